"""The look-up at placing: its result is shown, the order is not changed (contract 4.5, 7.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from orders import recipients as reach
from orders.new_orders import NewOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientLookup:
    """What the registers said at placing about recipients without a direct address."""

    status: str
    is_reserved: Sequence[str]
    missing_contact: Sequence[str]


def look_up(orders: Sequence[NewOrder], *, now: datetime) -> list[RecipientLookup | None]:
    """One result per order, None where nobody had to be looked up; official addresses only.

    Asks each register for all orders together, and maybe over the network: no transaction may
    be open. Raises RegisterUnavailable.
    """
    asked = [list(reach.needing_lookup(order.recipients, order.channel)) for order in orders]
    known = reach.look_up((one for some in asked for one in some), now=now)
    return [
        _result(order, recipients, known) if recipients else None
        for order, recipients in zip(orders, asked, strict=True)
    ]


def _result(
    order: NewOrder, asked: Sequence[reach.Recipient], known: reach.Known
) -> RecipientLookup:
    reserved: dict[str, None] = {}
    missing: dict[str, None] = {}
    everyone: set[str] = set()
    for recipient in asked:
        number = recipient.get("nationalIdentityNumber") or recipient["organizationNumber"]
        everyone.add(number)
        identified = known.of(recipient)
        if identified.reserved:
            reserved[number] = None
        elif not identified.has_address_for(order.channel):
            missing[number] = None
    unreachable = len(reserved) + len(missing)
    some = "PartialSuccess" if unreachable else "Success"
    return RecipientLookup(
        status="Failed" if unreachable == len(everyone) else some,
        is_reserved=list(reserved),
        missing_contact=list(missing),
    )
