"""Which notifications to cancel or resend: the bodies of both, which differ in the name of their
flag only (contract 4.1, 4.2, 4.3).

Nothing is coerced: a flag that sweeps must have been meant.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from enrollment.queries import BadQuery, condition
from enrollment.requests.parts import Part, reading
from enrollment.states import Kind
from notifications_platform.http.json import JSONObject
from notifications_platform.http.refusals import ValidationProblem

FLAGS: Mapping[Kind, str] = {
    Kind.CANCEL: "cancelAllFailedNotifications",
    Kind.RESEND: "sendAllFailedNotifications",
}
LIST, ID = "enrollmentEventNotificationList", "notificationId"
_REASON_LENGTH = 500
_FAST_DIGITS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """`everything` that failed, narrowed by `q`; or `ids`, as they were sent."""

    everything: bool
    ids: Sequence[str]
    q: str
    dry_run: bool
    reason: str


def read_selection(kind: Kind, body: Any) -> Selection:
    """Raises ValidationProblem (400)."""
    with reading(_exact(body)) as part:
        everything = _flag(part, FLAGS[kind])
        return Selection(
            everything=everything,
            ids=part.each(LIST, _list(part), _id),
            q=_q(part, everything=everything, flag=FLAGS[kind]),
            dry_run=_flag(part, "dryRun"),
            reason=_reason(part),
        )


def read_reason(body: Any) -> str:
    """Of a single notification's cancel or resend. Raises ValidationProblem (400)."""
    with reading(body) as part:
        return _reason(part)


def _flag(part: Part, name: str) -> bool:
    if part.names(name) and part.value(name) is None:
        part.refuse(name, "true or false is needed here.")
    return bool(part.truth(name))


def _reason(part: Part) -> str:
    reason = part.text("reason")
    if len(reason) > _REASON_LENGTH:
        part.refuse("reason", f"{_REASON_LENGTH} characters at most, not {len(reason)}.")
    return reason


def _list(part: Part) -> list[Any]:
    if part.names(LIST) and part.value(LIST) is None:
        part.refuse(LIST, "A list is needed here.")
    return part.entries(LIST) or []


def _id(entry: Part) -> str:
    sent = entry.value(ID)
    fits = isinstance(sent, str | int) and not isinstance(sent, bool)
    if not fits and not entry.is_refused(""):
        entry.refuse(ID, "A string or a whole number is needed here.")
    return str(sent)


def _q(part: Part, *, everything: bool, flag: str) -> str:
    """Blank it would narrow nothing, beside a list it would be passed over: neither is meant."""
    q = part.text("q")
    if not part.names("q"):
        return ""
    if not everything:
        part.refuse("q", f"It narrows {flag}, which is false.")
    try:
        condition(q)
    except BadQuery as wrong:
        part.refuse("q", wrong.detail)
    return q


class _Digits(str):
    """A whole number that is too large for the fast reader, with all its digits."""

    __slots__ = ()


def _whole(digits: str) -> int | _Digits:
    return _Digits(digits) if len(digits) > _FAST_DIGITS else int(digits)


def _exact(body: Any) -> Any:
    """Ids beyond 64 bits, which the fast reader turns into fractions, are read once more."""
    if not isinstance(body, JSONObject) or not _has_fraction(body.get(LIST)):
        return body
    try:
        return {**body, LIST: json.loads(body.text, parse_int=_whole)[LIST]}
    except RecursionError:
        raise ValidationProblem({"$": ["Nested too deeply."]}) from None


def _has_fraction(entries: Any) -> bool:
    return isinstance(entries, list) and any(
        isinstance(entry, dict) and isinstance(entry.get(ID), float) for entry in entries
    )
