"""The last moment at which a message may be handed over (delivery contract 1)."""

from notifications_platform.core import clock
from notifications_platform.delivery.channels.base import NotTried, Parcel

TOO_LATE = NotTried("not handed over: its time was over")


def is_too_late(parcel: Parcel) -> bool:
    """Asked right before each hand-over; the window or the expiry may end in mid-batch."""
    return parcel.not_after is not None and clock.real() > parcel.not_after
