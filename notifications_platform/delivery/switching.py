"""Switching a provider off and on, ending its pause, stopping and resuming a whole channel: what
staff do during an outage.

What stands still keeps its place in line, and expires as anywhere else.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from notifications_platform.audit import trail
from notifications_platform.core.errors import DomainError, NotFound
from notifications_platform.core.jobs import wake_on_commit
from notifications_platform.delivery.models import ChannelSwitch, Provider
from notifications_platform.delivery.states import Channel

_STOPPED_ALREADY = gettext_noop("The channel is stopped already.")
_NOT_STOPPED = gettext_noop("The channel is not stopped.")


class ProviderNotFound(NotFound):
    code = "provider_not_found"


class NothingToSwitch(DomainError):
    """The provider is already as asked."""

    code = "provider_unchanged"


class ChannelNotFound(NotFound):
    code = "channel_not_found"


class ChannelUnchanged(DomainError):
    """The channel is already as asked."""

    code = "channel_unchanged"


def stop_channel(channel: str, *, because: str, user: str, now: datetime) -> None:
    """Let nothing leave on `channel` until it is resumed: no claim that begins after this has
    committed takes anything. What a worker has in hand still leaves; other channels go on.

    Raises ChannelNotFound, ChannelUnchanged.
    """
    with transaction.atomic():
        _known(channel)
        stopped = ChannelSwitch.objects.filter(channel=channel, stopped=False).update(
            stopped=True, stopped_by=user, stopped_because=because, stopped_since=now
        )
        if not stopped:
            raise ChannelUnchanged(_STOPPED_ALREADY)
        _audit("delivery.stop_channel", channel, kind="channel", user=user, reason=because, now=now)


def resume_channel(channel: str, *, because: str, user: str, now: datetime) -> None:
    """Let what waits leave again, at once, each in its place in line.

    Raises ChannelNotFound, ChannelUnchanged.
    """
    with transaction.atomic():
        _known(channel)
        resumed = ChannelSwitch.objects.filter(channel=channel, stopped=True).update(
            stopped=False, stopped_by="", stopped_because="", stopped_since=None
        )
        if not resumed:
            raise ChannelUnchanged(_NOT_STOPPED)
        _audit(
            "delivery.resume_channel", channel, kind="channel", user=user, reason=because, now=now
        )
        wake_on_commit("delivery.drain", channel)


def switch_off(name: str, *, because: str, user: str, now: datetime) -> None:
    """No worker hands anything to this provider until it is switched on.

    What a worker has in hand still leaves. Raises ProviderNotFound, NothingToSwitch.
    """
    with transaction.atomic():
        provider = _locked(name)
        if refusal := refusal_to_switch(provider, off=True):
            raise refusal
        Provider.objects.filter(pk=provider.pk).update(
            switched_off=True,
            switched_off_by=user,
            switched_off_because=because,
            switched_off_since=now,
        )
        _audit("delivery.switch_off", name, user=user, reason=because, now=now)


def switch_on(name: str, *, because: str, user: str, now: datetime) -> None:
    """Use the provider again. Raises ProviderNotFound, NothingToSwitch."""
    with transaction.atomic():
        provider = _locked(name)
        if refusal := refusal_to_switch(provider, off=False):
            raise refusal
        Provider.objects.filter(pk=provider.pk).update(
            switched_off=False,
            switched_off_by="",
            switched_off_because="",
            switched_off_since=None,
        )
        _audit("delivery.switch_on", name, user=user, reason=because, now=now)
        wake_on_commit("delivery.drain", provider.channel)


def end_pause(name: str, *, because: str, user: str, now: datetime, real: datetime) -> None:
    """Try the provider at once instead of when its pause is over; it starts with a small batch,
    and its next pause is as long as if this one had run its time.

    Raises ProviderNotFound, NothingToSwitch.
    """
    with transaction.atomic():
        provider = _locked(name)
        if refusal := refusal_to_end_pause(provider, real=real):
            raise refusal
        Provider.objects.filter(pk=provider.pk).update(paused_until=None)
        _audit("delivery.end_pause", name, user=user, reason=because, now=now)
        wake_on_commit("delivery.drain", provider.channel)


def refusal_to_switch_channel(switch: ChannelSwitch, *, stop: bool) -> ChannelUnchanged | None:
    if switch.stopped is not stop:
        return None
    return ChannelUnchanged(_STOPPED_ALREADY if stop else _NOT_STOPPED)


def refusal_to_switch(provider: Provider, *, off: bool) -> NothingToSwitch | None:
    if provider.switched_off is not off:
        return None
    already = gettext_noop("It is switched off already.")
    return NothingToSwitch(already if off else gettext_noop("It is switched on already."))


def refusal_to_end_pause(provider: Provider, *, real: datetime) -> NothingToSwitch | None:
    if provider.paused_until is not None and provider.paused_until > real:
        return None
    return NothingToSwitch(gettext_noop("It is not paused."))


def _locked(name: str) -> Provider:
    provider = Provider.objects.select_for_update().filter(name=name).first()
    if provider is None:
        raise ProviderNotFound
    return provider


def introduce_channels() -> None:
    """Each has its row, for staff to see; one that came with a new version may not have it yet."""
    ChannelSwitch.objects.bulk_create(
        [ChannelSwitch(channel=channel) for channel in Channel.values], ignore_conflicts=True
    )


def _known(channel: str) -> None:
    if channel not in Channel.values:
        raise ChannelNotFound
    introduce_channels()


def _audit(  # noqa: PLR0913 as the trail has it
    action: str, name: str, *, kind: str = "provider", user: str, reason: str, now: datetime
) -> None:
    trail.record(action, kind, [name], by=trail.By.staff(user), now=now, reason=reason)
