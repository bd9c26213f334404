"""Switching a provider off and on, and ending its pause: what staff do during an outage."""

from datetime import datetime

from django.db import transaction

from notifications_platform.audit import trail
from notifications_platform.core.errors import DomainError, NotFound
from notifications_platform.core.jobs import wake_on_commit
from notifications_platform.delivery.models import Provider


class ProviderNotFound(NotFound):
    code = "provider_not_found"


class NothingToSwitch(DomainError):
    """The provider is already as asked."""

    code = "provider_unchanged"


def switch_off(name: str, *, because: str, user: str, now: datetime) -> None:
    """No worker hands anything to this provider until it is switched on.

    What a worker has in hand still leaves. Raises ProviderNotFound, NothingToSwitch.
    """
    with transaction.atomic():
        provider = _locked(name)
        if provider.switched_off:
            raise NothingToSwitch(f"{name} is switched off already.")
        Provider.objects.filter(pk=provider.pk).update(
            switched_off=True, switched_off_by=user, switched_off_because=because
        )
        _audit("delivery.switch_off", name, user=user, reason=because, now=now)


def switch_on(name: str, *, because: str, user: str, now: datetime) -> None:
    """Use the provider again. Raises ProviderNotFound, NothingToSwitch."""
    with transaction.atomic():
        provider = _locked(name)
        if not provider.switched_off:
            raise NothingToSwitch(f"{name} is switched on already.")
        Provider.objects.filter(pk=provider.pk).update(
            switched_off=False, switched_off_by="", switched_off_because=""
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
        if provider.paused_until is None or provider.paused_until <= real:
            raise NothingToSwitch(f"{name} is not paused.")
        Provider.objects.filter(pk=provider.pk).update(paused_until=None)
        _audit("delivery.end_pause", name, user=user, reason=because, now=now)
        wake_on_commit("delivery.drain", provider.channel)


def _locked(name: str) -> Provider:
    provider = Provider.objects.select_for_update().filter(name=name).first()
    if provider is None:
        raise ProviderNotFound
    return provider


def _audit(action: str, name: str, *, user: str, reason: str, now: datetime) -> None:
    trail.record(action, "provider", [name], by=trail.By.staff(user), now=now, reason=reason)
