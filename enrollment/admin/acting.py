"""Cancel and resend in the back office: who may, what it comes to, and that it is done."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest

from enrollment import acting
from enrollment.callers import Caller
from enrollment.grants import PERMISSIONS, Grant
from enrollment.models import EnrollmentEventNotification
from enrollment.results import Refused
from enrollment.states import Kind, Source, Status
from notifications_platform.back_office.acting import Doing, Verb
from notifications_platform.core.errors import DomainError

# What each asks for (contract 8); operators have both.
_GRANTS = {Kind.CANCEL: Grant.CANCEL, Kind.RESEND: Grant.RESEND}
DONE = {Kind.CANCEL: "cancelled", Kind.RESEND: "resent"}
WARNINGS = {
    Kind.CANCEL: "Nothing is delivered any more, and nothing brings it back. Only what failed and "
    "is not obsolete can be cancelled.",
    Kind.RESEND: "A new cycle begins, with all retries, at the address its definition has now. "
    "Receivers tell by the webhook-id whether they have it already. Only what failed and is not "
    "obsolete can be resent.",
}
_REFUSED = "only what failed and is not obsolete can be {}."


def may(request: HttpRequest, kind: Kind) -> bool:
    return bool(request.user.has_perm(PERMISSIONS[_GRANTS[kind]]))


def as_staff(user: str, client: str | None = None) -> Caller:
    """Sees everybody's notifications, or those of one client only."""
    return Caller(client=client, name=user, source=Source.ADMIN, grants=frozenset())


def verb(kind: Kind, *, label: str, icon: str) -> Verb:
    return Verb(
        name=kind.value,
        label=label,
        done=DONE[kind],
        icon=icon,
        warning=WARNINGS[kind],
        act=_act(kind),
        offered=lambda one: one.status == Status.FAILED and not one.obsolete,
        permission=kind.value,
        preview=_preview(kind),
        act_on_many=_act_on_many(kind),
    )


def _act(kind: Kind) -> Callable[[Any, Doing], object]:
    def act(one: EnrollmentEventNotification, doing: Doing) -> None:
        try:
            acting.act_on_one(
                kind,
                str(one.pk),
                caller=as_staff(doing.user),
                now=doing.now,
                reason=doing.reason,
            )
        except Refused as refusal:
            raise DomainError(_REFUSED.format(DONE[kind])) from refusal

    return act


def _act_on_many(kind: Kind) -> Callable[[Sequence[Any], Doing], Sequence[str]]:
    """In a constant number of statements; those that can be changed are."""

    def act(rows: Sequence[Any], doing: Doing) -> Sequence[str]:
        done = acting.act_on_many(
            kind,
            [str(one.pk) for one in rows],
            caller=as_staff(doing.user),
            now=doing.now,
            reason=doing.reason,
            lenient=True,
        )
        why = _REFUSED.format(DONE[kind])
        return [f"notification {one.notification_id}: {why}" for one in done.refused]

    return act


def _preview(kind: Kind) -> Callable[[Sequence[Any]], str]:
    def preview(rows: Sequence[Any]) -> str:
        named = [str(one.pk) for one in rows]
        number = len(acting.rehearse(named, caller=as_staff(""), lenient=True).ids)
        return f"{number} of {len(rows)} can be {DONE[kind]}."

    return preview
