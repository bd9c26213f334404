"""Whose rows a member of the staff sees: everybody's, or only those of some clients.

The role says what somebody may do, the binding to whose rows. A client is named here as messages
name it (`Message.client`): a service owner by its short name, a producer and a client of
enrollment by their client ids.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db import transaction

from notifications_platform.audit import trail
from notifications_platform.back_office.models import Binding

Clients = frozenset[str] | None


def clients_of(user: AbstractBaseUser | AnonymousUser) -> Clients:
    """The clients whose rows this user sees; None for everybody's, empty for nobody's. Read once
    per request. It does not ask whether the user may see anything at all: roles do.
    """
    if not isinstance(user, User):
        return frozenset()
    if not hasattr(user, "_back_office_clients"):
        names = frozenset(Binding.objects.filter(user=user).values_list("client", flat=True))
        setattr(user, "_back_office_clients", names or None)  # noqa: B010 - not the model's
    known: Clients = getattr(user, "_back_office_clients")  # noqa: B009 - not the model's
    return known


def is_bound(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether this user sees some clients' rows only."""
    return clients_of(user) is not None


def within(names: Iterable[str], clients: Clients) -> list[str]:
    """Those of `names` that somebody who sees these clients' rows may learn."""
    return [name for name in names if clients is None or name in clients]


def bind(user: User, clients: Collection[str], *, by: str, now: datetime) -> None:
    """Let `user` see the rows of these clients only; of everybody, if there are none. Notes in the
    trail whose they are from now on, unless nothing changes.
    """
    wanted = set(clients)
    with transaction.atomic():
        held = set(
            Binding.objects.select_for_update()
            .filter(user=user)
            .order_by("pk")
            .values_list("client", flat=True)
        )
        if wanted == held:
            return
        Binding.objects.filter(user=user, client__in=held - wanted).delete()
        Binding.objects.bulk_create(
            [Binding(user=user, client=client) for client in sorted(wanted - held)],
            ignore_conflicts=True,
        )
        trail.record(
            "back_office.bind",
            "staff",
            [user.pk],
            by=trail.By.staff(by),
            now=now,
            detail={"clients": sorted(wanted)},
        )
