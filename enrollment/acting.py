"""Cancelling and resending notifications that are named: one, or a list as one unit (contract 4.1,
4.2, 4.3, 7).

Rows are locked in the order of their ids, looked at, and changed only if all may be: of two who
want the same one, the second finds it changed. Of a list only those that failed are locked: a
worker locks those that it has in hand by what became of them, not in the order of their ids.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from enrollment import delivery, transitions
from enrollment.callers import Caller
from enrollment.coordinates import read_id
from enrollment.models import EnrollmentEventNotification
from enrollment.reading import visible_to
from enrollment.results import Code, Refused, ResultMessage, not_failed, unknown
from enrollment.states import Kind, Status
from enrollment.transitions import Doer, of_ids
from notifications_platform.audit import trail

MOST = 10_000
SUBJECT = "enrollmenteventnotification"
TRANSITIONS = {Kind.CANCEL: transitions.CANCEL, Kind.RESEND: transitions.RESEND}

Check = Callable[[EnrollmentEventNotification], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """`ids` in the order in which they were named, `refused` likewise."""

    ids: Sequence[int]
    refused: Sequence[ResultMessage] = ()


@transaction.atomic
def act_on_one(  # noqa: PLR0913 who, when and why go with what
    kind: Kind,
    id: str,
    *,
    caller: Caller,
    now: datetime,
    reason: str = "",
    check: Check | None = None,
) -> EnrollmentEventNotification:
    """The row as it is then. `id` as it stands in the URL; `check` may refuse the locked row.

    Raises Refused: 404 for one unknown to the caller, 422 for one that is not failed or obsolete.
    """
    number = read_id(id) or 0
    one = visible_to(caller).filter(pk=number).select_for_update(no_key=True).first()
    if one is None:
        raise Refused(unknown(id), status=404)
    if check:
        check(one)
    if not _is_open(one.status, one.obsolete):
        raise Refused(not_failed(id))
    _change(kind, [one.pk], caller=caller, reason=reason, now=now)
    one.refresh_from_db()
    return one


@transaction.atomic
def act_on_many(  # noqa: PLR0913 as above
    kind: Kind,
    named: Sequence[str],
    *,
    caller: Caller,
    now: datetime,
    reason: str = "",
    lenient: bool = False,
) -> Done:
    """All or none of them; `lenient` changes those that may be changed, and tells of the others.

    `named` as the caller wrote them; the number of statements grows by one in a thousand of them
    at most. Raises Refused (422): nothing named, too many, or one message for each that is unknown
    to the caller, not failed or obsolete.
    """
    found = _told_apart(named, caller=caller, lock=True)
    if found.refused and not lenient:
        raise Refused(*found.refused)
    if found.ids:
        _change(kind, found.ids, caller=caller, reason=reason, now=now)
    return found


def rehearse(named: Sequence[str], *, caller: Caller, lenient: bool = False) -> Done:
    """What `act_on_many` would do or refuse just now; nothing is changed or locked."""
    found = _told_apart(named, caller=caller, lock=False)
    if found.refused and not lenient:
        raise Refused(*found.refused)
    return found


def _told_apart(named: Sequence[str], *, caller: Caller, lock: bool) -> Done:
    if not named:
        raise Refused(ResultMessage(Code.NOTHING_SELECTED, "No notification is selected."))
    if len(named) > MOST:
        text = f"{MOST:,} notifications at most can be named in one call, not {len(named):,}."
        raise Refused(ResultMessage(Code.TOO_MANY, text))
    meant = _first_spellings(named)
    is_open = _looked_at([key for key in meant if isinstance(key, int)], caller, lock=lock)
    refused = [
        not_failed(text) if key in is_open else unknown(text)
        for key, text in meant.items()
        if not is_open.get(key)
    ]
    return Done(ids=[key for key in meant if is_open.get(key)], refused=refused)  # type: ignore[misc]


def _first_spellings(named: Sequence[str]) -> Mapping[int | str, str]:
    """By number, or by the trimmed text where there is none: each once, as it was first sent."""
    meant: dict[int | str, str] = {}
    for text in named:
        trimmed = text.strip()
        meant.setdefault(read_id(trimmed) or trimmed, text)
    return meant


def _looked_at(ids: Sequence[int], caller: Caller, *, lock: bool) -> Mapping[int | str, bool]:
    """Of those that the caller knows, whether they may be changed."""
    known = visible_to(caller).filter(pk__in=ids)
    failed = known.filter(status=Status.FAILED, obsolete=False).order_by("pk")
    if lock:
        failed = failed.select_for_update(no_key=True)
    is_open = set(failed.values_list("pk", flat=True))
    return {id: id in is_open for id in known.values_list("pk", flat=True)}


def _is_open(status: str, obsolete: bool) -> bool:
    return status == Status.FAILED and not obsolete


def _change(kind: Kind, ids: Sequence[int], *, caller: Caller, reason: str, now: datetime) -> None:
    """Of rows that are locked and were looked at."""
    transition = TRANSITIONS[kind]
    by = Doer(name=caller.name, source=caller.source, reason=reason)
    changed = transitions.apply(transition, of_ids(ids), by=by, now=now)
    trail.record(
        f"enrollment.{kind.value}",
        SUBJECT,
        changed,
        by=caller.by,
        now=now,
        from_state=Status.FAILED.value,
        to_state=transition.to.value,
        reason=reason,
    )
    if kind is Kind.RESEND:
        delivery.hand_over(changed, now=now)
