"""What administrators do about the way in of others, on a member of the staff's page."""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from notifications_platform.audit import trail
from notifications_platform.back_office import sessions
from notifications_platform.back_office.access import second_factor
from notifications_platform.back_office.acting import TransitionActions
from notifications_platform.back_office.base import edited_fields
from notifications_platform.back_office.verbs import Doing, Look, Verb, one_by_one
from notifications_platform.core import clock
from notifications_platform.core.errors import DomainError


class NotYours(DomainError):
    code = "not_yours"


class NothingThere(DomainError):
    code = "nothing_there"


def reset_second_factor(user: User, doing: Doing) -> None:
    """Raises NotYours for one's own, and for a superuser's unless a superuser asks."""
    if refusal := _keeps_factor(user, doing):
        raise refusal
    second_factor.reset(user, by=trail.By.staff(doing.user), reason=doing.reason, now=doing.now)


@transaction.atomic
def end_sessions(user: User, doing: Doing) -> None:
    """Raises NotYours as above."""
    if refusal := _keeps_sessions(user, doing):
        raise refusal
    sessions.end_all([user])
    trail.record(
        "staff.sessions_ended",
        second_factor.KIND,
        [user.pk],
        by=trail.By.staff(doing.user),
        now=doing.now,
        reason=doing.reason,
    )


def _keeps_factor(user: User, look: Look) -> DomainError | None:
    if not second_factor.has(user):
        return NothingThere(gettext_noop("There is no second factor."))
    return _not_yours(user, look)


def _keeps_sessions(user: User, look: Look) -> DomainError | None:
    if not sessions.live(user, real=look.real).exists():
        return NothingThere(gettext_noop("Nobody is logged in by this name."))
    return _not_yours(user, look)


def _not_yours(user: User, look: Look) -> DomainError | None:
    if user.get_username() == look.user:
        return NotYours(gettext_noop("Your own is found under My access."))
    doers = User.objects.filter(username=look.user, is_superuser=True)
    if user.is_superuser and not doers.exists():
        return NotYours(gettext_noop("Only a superuser does this to a superuser."))
    return None


def _factor_of(user: User) -> str:
    return _("set up") if second_factor.has(user) else _("none")


def _sessions_of(user: User) -> str:
    number = sessions.live(user, real=clock.real()).count()
    return ngettext("{number} session", "{number} sessions", number).format(number=number)


def _reset(number: int) -> str:
    return ngettext("Second factor reset.", "{number} second factors reset.", number).format(
        number=number
    )


def _logged_out(number: int) -> str:
    return ngettext("Logged out everywhere.", "{number} logged out everywhere.", number).format(
        number=number
    )


class StaffAccess(TransitionActions):
    """For the ModelAdmin of the staff, before the others it inherits from."""

    verbs = (
        Verb(
            name="reset-second-factor",
            label=gettext_lazy("Reset second factor"),
            done=_reset,
            icon="phonelink_erase",
            warning=gettext_lazy(
                "The second factor and the recovery codes are taken away, and all sessions of this "
                "person end. Do it for somebody who lost their phone, once you are sure that it "
                "is them who asks. Where a second factor is required, their next login leads to "
                "a new one."
            ),
            act=reset_second_factor,
            foresee=one_by_one(
                state=_factor_of, becomes=lambda _row: _("none"), refusal=_keeps_factor
            ),
            in_list=False,
            permission="change",
        ),
        Verb(
            name="end-sessions",
            label=gettext_lazy("Log out everywhere"),
            done=_logged_out,
            icon="logout",
            warning=gettext_lazy(
                "All sessions of this person end at once. They can log in again; to keep them "
                "out, take away Active."
            ),
            act=end_sessions,
            foresee=one_by_one(
                state=_sessions_of, becomes=lambda _row: _("none"), refusal=_keeps_sessions
            ),
            in_list=False,
            permission="change",
        ),
    )

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Who may not come in any more, or has another password, is logged out."""
        if isinstance(obj, User) and _shut_out(obj, edited_fields(message)):
            own = sessions.own_key(request.session) if obj == request.user else ""
            sessions.end_all([obj], but=own)
        return super().log_change(request, obj, message)


def _shut_out(user: User, edited: list[str]) -> bool:
    return not (user.is_active and user.is_staff) or "password" in edited
