"""Where a notification stands and why it was not delivered, in plain words. Pure, and free of
personal data.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from enrollment.models import EnrollmentEventNotification, NotificationHistory
from enrollment.states import Action, Status
from notifications_platform.back_office.sections import Line
from notifications_platform.delivery.explain import Tone, oslo, told

_GONE = 410


def standing(
    one: EnrollmentEventNotification,
    history: Sequence[NotificationHistory],
    engine: Sequence[Line],
) -> Iterator[Line]:
    """The answer first. `history` newest first; `engine` says where the newest message stands."""
    match one.status:
        case Status.SENT:
            yield _line(Tone.GOOD, _sent(one))
        case Status.CANCELLED:
            yield _line(Tone.NOTE, _cancelled(one, history))
        case Status.FAILED:
            yield from _failed(one)
        case Status.IN_PROCESS if one.obsolete:
            last = _("The attempt under way is its last.")
            yield _line(Tone.NOTE, told(obsolete(one), last))
        case _ if one.obsolete:
            never = _("It was not delivered before that, and never will be.")
            yield _line(Tone.NOTE, told(obsolete(one), never))
        case Status.WAITING:
            text = _("Policy {code} is not approved yet; it is sent as soon as it is.")
            yield _line(Tone.WAITING, text.format(code=one.policy_code))
        case _:
            yield from engine or [_line(Tone.WAITING, _("It stands in line."))]


def obsolete(one: EnrollmentEventNotification) -> str:
    """Why it counts no more."""
    if one.superseded_by:
        text = _("Notification {number} of the same member took its place.")
        return text.format(number=one.superseded_by)
    return _("Its policy was reverted.")


def _sent(one: EnrollmentEventNotification) -> str:
    if one.last_response_status:
        text = _("Its endpoint took it at {at} with HTTP {status}, at attempt {number}.")
    else:
        text = _("Its endpoint took it at {at}, at attempt {number}.")
    return text.format(
        at=_at(one.sent_at), status=one.last_response_status, number=one.attempt_count
    )


def _cancelled(one: EnrollmentEventNotification, history: Sequence[NotificationHistory]) -> str:
    by = _("It was cancelled by {who} at {at}.").format(
        who=one.cancelled_by, at=_at(one.cancelled_at)
    )
    given = [entry.reason for entry in history if entry.action == Action.CANCELLED]
    reason = _("Reason: {reason}").format(reason=given[0]) if any(given) else ""
    before = _("It had failed with “{error}”.").format(error=_(one.last_error_text))
    return told(by, reason, one.last_error_text and before)


def _failed(one: EnrollmentEventNotification) -> Iterator[Line]:
    text = (
        _("Attempt {number} failed at {at}.")
        if one.attempt_count
        else _("It failed without an attempt at {at}.")
    ).format(number=one.attempt_count, at=_at(one.failed_at))
    error = one.last_error_text
    answer = error and _("The answer was: “{answer}”.").format(answer=_(error.rstrip(".")))
    if one.obsolete:
        neither = _("It can neither be cancelled nor resent.")
        yield _line(Tone.NOTE, told(text, answer, obsolete(one), neither))
        return
    gone = one.last_response_status == _GONE
    why = _("Its endpoint says that it is gone for good.") if gone else _("No retry is left.")
    step = _("Nothing more happens until somebody resends or cancels it.")
    yield Line(text=told(text, answer, why), tone=Tone.BAD, step=step)


def _at(moment: datetime | None) -> str:
    return oslo(moment) if moment else _("an unknown time")


def _line(tone: Tone, text: str) -> Line:
    return Line(text=text, tone=tone)
