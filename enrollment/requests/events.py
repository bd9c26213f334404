"""The body of a call that tells of enrollment events (enrollment contract 4.4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from enrollment.requests.parts import Part, reading, unfit_as_code
from enrollment.results import Code, Refused, ResultMessage

LIST = "policyEnrollmentEventList"
MOST_EVENTS = 1000
VALUES = tuple(f"value{number}" for number in range(10))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """`business_event_definition_code` None: an event of type Message. `values` holds those of
    value0 to value9 that say something.
    """

    person_code: str
    business_event_definition_code: str | None
    descr: str
    effective_date: date | None
    event_reference: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvents:
    """What happened in one policy, in the order in which it was told; `policy_approved` None: as
    is known of the policy.
    """

    policy_code: str
    policy_gid: str
    policy_approved: bool | None
    events: Sequence[NewEvent]


def read_events(policy_code: str, body: Any) -> NewEvents:
    """Raises ValidationProblem (400) for a wrong shape; Refused for too many events, each of
    which is then left unread.
    """
    with reading(body) as whole:
        if wrong := unfit_as_code(policy_code):
            whole.refuse("policyCode", wrong)
        entries = whole.entries(LIST)
        if not entries and not whole.is_refused(LIST):
            whole.refuse(LIST, "One event at least is needed here.")
        too_many = len(entries or ()) > MOST_EVENTS
        new = NewEvents(
            policy_code=policy_code,
            policy_gid=whole.code("policyGid") or policy_code,
            policy_approved=whole.truth("policyApproved"),
            events=whole.each(LIST, () if too_many else entries or (), _event),
        )
    if too_many:
        text = f"{MOST_EVENTS} events at most, not {len(entries or ())}"
        raise Refused(ResultMessage(Code.TOO_MANY, text))
    return new


def _event(part: Part) -> NewEvent:
    business_event = part.text("businessEventDefinitionCode")
    values = {name: text for name in VALUES if (text := part.text(name))}
    return NewEvent(
        person_code=part.code("personCode"),
        business_event_definition_code=(
            business_event if part.has("businessEventDefinitionCode") else None
        ),
        descr=part.text("descr"),
        effective_date=part.day("effectiveDate"),
        event_reference=part.code("eventReference"),
        values=values,
    )
