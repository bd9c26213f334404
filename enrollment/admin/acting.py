"""Cancel and resend in the back office: who may, what it comes to, and that it is done."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from enrollment import acting
from enrollment.callers import Caller
from enrollment.grants import PERMISSIONS, Grant
from enrollment.models import EnrollmentEventNotification
from enrollment.results import Refused
from enrollment.states import Kind, Source
from notifications_platform.back_office.verbs import (
    Doing,
    Foresee,
    Look,
    Prospect,
    Refusals,
    Verb,
)
from notifications_platform.core.errors import DomainError

# What each asks for (contract 8); operators have both.
_GRANTS = {Kind.CANCEL: Grant.CANCEL, Kind.RESEND: Grant.RESEND}
WARNINGS = {
    Kind.CANCEL: gettext_lazy(
        "Nothing is delivered any more, and nothing brings it back. Only what failed and is not "
        "obsolete can be cancelled."
    ),
    Kind.RESEND: gettext_lazy(
        "A new cycle begins, with all retries, at the address its definition has now. Receivers "
        "tell by the webhook-id whether they have it already. Only what failed and is not obsolete "
        "can be resent."
    ),
}
_REFUSED = {
    Kind.CANCEL: gettext_noop("Only what failed and is not obsolete can be cancelled."),
    Kind.RESEND: gettext_noop("Only what failed and is not obsolete can be resent."),
}


def done(kind: Kind, number: int) -> str:
    if kind is Kind.CANCEL:
        text = ngettext(
            "{number} notification cancelled.", "{number} notifications cancelled.", number
        )
    else:
        text = ngettext("{number} notification resent.", "{number} notifications resent.", number)
    return text.format(number=number)


def may(request: HttpRequest, kind: Kind) -> bool:
    return bool(request.user.has_perm(PERMISSIONS[_GRANTS[kind]]))


def as_staff(user: str, client: str | None = None) -> Caller:
    """Sees everybody's notifications, or those of one client only."""
    return Caller(client=client, name=user, source=Source.ADMIN, grants=frozenset())


def verb(kind: Kind, *, label: Any, icon: str) -> Verb:
    return Verb(
        name=kind.value,
        label=label,
        done=partial(done, kind),
        icon=icon,
        warning=WARNINGS[kind],
        act=_act(kind),
        foresee=_foresee(kind),
        permission=kind.value,
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
            raise DomainError(_REFUSED[kind]) from refusal

    return act


def _act_on_many(kind: Kind) -> Callable[[Sequence[Any], Doing], Refusals]:
    """In a constant number of statements; those that can be changed are."""

    def act(rows: Sequence[Any], doing: Doing) -> Refusals:
        went = acting.act_on_many(
            kind,
            [str(one.pk) for one in rows],
            caller=as_staff(doing.user),
            now=doing.now,
            reason=doing.reason,
            lenient=True,
        )
        changed = set(went.ids)
        return {one.pk: DomainError(_REFUSED[kind]) for one in rows if one.pk not in changed}

    return act


def _foresee(kind: Kind) -> Foresee:
    def foresee(rows: Sequence[Any], _look: Look) -> Sequence[Prospect]:
        named = [str(one.pk) for one in rows]
        able = set(acting.rehearse(named, caller=as_staff(""), lenient=True).ids)
        return [
            Prospect(
                now=_standing(one),
                then=acting.TRANSITIONS[kind].to.value,
                refusal=None if one.pk in able else DomainError(_REFUSED[kind]),
            )
            for one in rows
        ]

    return foresee


def _standing(one: EnrollmentEventNotification) -> str:
    return _("{status}, obsolete").format(status=one.status) if one.obsolete else str(one.status)
