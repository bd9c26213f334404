"""Taking in enrollment events: each one that a definition asks for becomes a notification
(enrollment contract 3, 4.4).

All or nothing, in one transaction that holds the policy's row; what is ready is handed to the
engine in the same transaction and leaves upon its commit. The number of statements does not
depend on how many events there are.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction

from enrollment import business_events, delivery, payload, policy_rows, superseding
from enrollment.callers import Caller
from enrollment.models import (
    EnrollmentEventNotification,
    NotificationDefinition,
    NotificationHistory,
    PolicyEnrollmentEvent,
    PolicyState,
)
from enrollment.requests.events import LIST, NewEvent, NewEvents
from enrollment.results import Code, Refused, ResultMessage
from enrollment.states import Action, EmitNotification, EventType, Status
from enrollment.superseding import Key
from enrollment.transitions import Doer
from notifications_platform.core.inserting import copy_together
from notifications_platform.delivery import outbox
from notifications_platform.delivery.outbox import NewContent
from notifications_platform.http import correlation

# As much of a wrong code as a message repeats.
_SHOWN = 60


def ingest(new: NewEvents, *, caller: Caller, now: datetime) -> None:
    """Store these events and the notifications that they cause. An event whose reference this
    policy knows already, or that stands in the list twice, creates nothing; where that goes for
    all of them, nothing is changed at all.

    `policy_approved` counts as an approval: what waited for it is delivered, too. Raises Refused.
    """
    _refuse_wrong(new, caller)
    with transaction.atomic():
        policy = policy_rows.lock_or_make(caller.owning, new.policy_gid, new.policy_code, now=now)
        events = _unheard(new.events, policy)
        if events:
            _store(new, events, policy, caller=caller, now=now)


def _refuse_wrong(new: NewEvents, caller: Caller) -> None:
    codes = {one.business_event_definition_code or "" for one in new.events}
    unknown = business_events.unknown_among(codes - {""}, caller.owning)
    if messages := list(_wrong(new, unknown)):
        raise Refused(*messages)


def _wrong(new: NewEvents, unknown: set[str]) -> Iterator[ResultMessage]:
    if not new.policy_code.strip():
        yield ResultMessage(Code.NO_POLICY_CODE, "The policy code is missing")
    for number, one in enumerate(new.events):
        place, code = f"{LIST}[{number}]", one.business_event_definition_code
        if not one.person_code.strip():
            yield ResultMessage(Code.NO_PERSON_CODE, f"{place}: the person code is missing")
        if code == "" or code in unknown:
            text = f"{place}: business event definition '{code[:_SHOWN]}' is unknown"
            yield ResultMessage(Code.UNKNOWN_BUSINESS_EVENT, text)


def _unheard(events: Sequence[NewEvent], policy: PolicyState) -> Sequence[NewEvent]:
    """Without those that the policy has heard of already; of two with one reference, the first."""
    references = {one.event_reference for one in events} - {""}
    if not references:
        return events
    heard = PolicyEnrollmentEvent.objects.filter(policy=policy, event_reference__in=references)
    known = set(heard.values_list("event_reference", flat=True))
    unheard = []
    for one in events:
        if one.event_reference not in known:
            unheard.append(one)
            known |= {one.event_reference} - {""}
    return unheard


def _store(
    new: NewEvents,
    events: Sequence[NewEvent],
    policy: PolicyState,
    *,
    caller: Caller,
    now: datetime,
) -> None:
    approved = policy.approved if new.policy_approved is None else new.policy_approved
    policy_rows.keep(policy, policy_code=new.policy_code, approved=approved, now=now)
    draft = _Draft(policy, events, by=Doer.of(caller), now=now)
    # In the order in which everybody locks: older ones go before the approval lets them loose.
    if draft.notifications:
        superseding.supersede(policy, draft.first_of, by=draft.by, now=now)
    ready = policy_rows.release(policy, by=draft.by, now=now) if new.policy_approved else []
    draft.store()
    ready += [one.pk for one in draft.notifications if _is_going(one)]
    if ready:
        delivery.hand_over(ready, now=now)


def _is_going(one: EnrollmentEventNotification) -> bool:
    return one.status == Status.READY and not one.obsolete


class _Draft:
    """The rows of one call, with their ids, because what is sent holds them. `first_of` says which
    is the first of them with a key.
    """

    def __init__(
        self, policy: PolicyState, events: Sequence[NewEvent], *, by: Doer, now: datetime
    ) -> None:
        self.policy, self.by, self.now = policy, by, now
        self.correlation_id = correlation.current()
        self.first_of: dict[Key, int] = {}
        self.contents: list[NewContent] = []
        self.history: list[NotificationHistory] = []
        causes = [
            (one, definition)
            for one, definitions in zip(events, _asked_by(events, policy.client), strict=True)
            for definition in definitions
        ]
        event_ids, ids = _reserve(len(events), len(causes))
        self.events = {
            id(one): self._event(one, pk) for one, pk in zip(events, event_ids, strict=True)
        }
        self.notifications = [
            self._notification(self.events[id(one)], definition, pk)
            for (one, definition), pk in zip(causes, ids, strict=True)
        ]
        self._supersede_each_other()

    def _event(self, one: NewEvent, pk: int) -> PolicyEnrollmentEvent:
        code = one.business_event_definition_code
        return PolicyEnrollmentEvent(
            pk=pk,
            client=self.policy.client,
            policy=self.policy,
            policy_code=self.policy.policy_code,
            person_code=one.person_code,
            type=EventType.MESSAGE if code is None else EventType.BUSINESS,
            business_event_definition_code=code or "",
            descr=one.descr,
            effective_date=one.effective_date,
            event_reference=one.event_reference,
            values=dict(one.values),
            correlation_id=self.correlation_id,
            created_at=self.now,
        )

    def _notification(
        self, event: PolicyEnrollmentEvent, definition: NotificationDefinition, pk: int
    ) -> EnrollmentEventNotification:
        waits = definition.emit_notification == EmitNotification.POST_APPROVAL
        made = EnrollmentEventNotification(
            pk=pk,
            client=event.client,
            definition=definition,
            event=event,
            notification_definition_code=definition.code,
            business_event_definition_code=event.business_event_definition_code,
            policy_code=event.policy_code,
            policy_gid=self.policy.policy_gid,
            person_code=event.person_code,
            emit_notification=definition.emit_notification,
            status=Status.WAITING if waits and not self.policy.approved else Status.READY,
            correlation_id=self.correlation_id,
            created_at=self.now,
            updated_at=self.now,
        )
        content = delivery.new_content(
            payload.body_of(made, event), delivery.schedule_in_force(definition)
        )
        made.content_id = content.id
        self.contents.append(content)
        self._note(Action.CREATED, made)
        return made

    def _supersede_each_other(self) -> None:
        """In the order of the list."""
        latest: dict[Key, EnrollmentEventNotification] = {}
        for one in self.notifications:
            key = Key(one.person_code, one.definition_id)
            if older := latest.get(key):
                older.obsolete, older.superseded_by = True, one.pk
                self._note(Action.OBSOLETED, older)
            self.first_of.setdefault(key, one.pk)
            latest[key] = one

    def _note(self, action: Action, one: EnrollmentEventNotification) -> None:
        self.history.append(
            NotificationHistory(
                notification=one,
                action=action,
                from_status="" if action is Action.CREATED else one.status,
                to_status=one.status,
                actor=self.by.name,
                source=self.by.source,
                at=self.now,
            )
        )

    def store(self) -> None:
        copy_together(list(self.events.values()), with_keys=True)
        outbox.write_contents(self.contents, now=self.now)
        copy_together(self.notifications, with_keys=True)
        copy_together(self.history)


def _asked_by(
    events: Sequence[NewEvent], client: str
) -> Iterator[Sequence[NotificationDefinition]]:
    """Of each event: which definitions want to be told."""
    codes = {one.business_event_definition_code for one in events} - {None}
    by_code: Mapping[str | None, list[NotificationDefinition]] = defaultdict(list)
    if codes:
        for definition in NotificationDefinition.objects.filter(
            client=client, active=True, business_event_definition_codes__overlap=list(codes)
        ).order_by("pk"):
            for code in definition.business_event_definition_codes:
                by_code[code].append(definition)
    return (by_code.get(one.business_event_definition_code, ()) for one in events)


def _reserve(events: int, notifications: int) -> tuple[Sequence[int], Sequence[int]]:
    """Ids for so many rows, rising."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT ARRAY(SELECT nextval(pg_get_serial_sequence(
                       'enrollment_policyenrollmentevent', 'id')) FROM generate_series(1, %s)),
                   ARRAY(SELECT nextval(pg_get_serial_sequence(
                       'enrollment_enrollmenteventnotification', 'id'))
                       FROM generate_series(1, %s))
            """,
            [events, notifications],
        )
        row = cursor.fetchone()
    return row or ((), ())
