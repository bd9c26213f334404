"""What the search box finds in `enrollment`. Every index begins with the client: what is asked of
all of them is asked of each that has a definition.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enrollment.admin.filters import those_with_definitions
from enrollment.coordinates import id_of, owner_of
from enrollment.models import (
    EnrollmentClient,
    EnrollmentEventNotification,
    PolicyEnrollmentEvent,
    PolicyState,
)
from enrollment.states import Status
from notifications_platform.back_office.owned import Clients, within
from notifications_platform.back_office.searching.finders import (
    Find,
    Finder,
    Found,
    Group,
    Hit,
    Text,
    register,
)
from notifications_platform.back_office.searching.keysets import newest, newest_of_few, time_key
from notifications_platform.back_office.searching.terms import Kind, Term
from notifications_platform.back_office.searching.words import shortened, when
from notifications_platform.core import clock

_WORDS: dict[str, tuple[Text, str]] = {
    Status.WAITING: (
        _("Enrollment notification {number} of {client}, waits for its policy's approval"),
        "waiting",
    ),
    Status.READY: (_("Enrollment notification {number} of {client}, about to be sent"), "waiting"),
    Status.IN_PROCESS: (
        _("Enrollment notification {number} of {client}, on its way since {changed}"),
        "waiting",
    ),
    Status.SENT: (_("Enrollment notification {number} of {client}, sent {changed}"), "good"),
    Status.FAILED: (_("Enrollment notification {number} of {client}, failed {changed}"), "bad"),
    Status.CANCELLED: (
        _("Enrollment notification {number} of {client}, cancelled {changed}"),
        "note",
    ),
}
_OBSOLETE = _("{words} (obsolete)")
_ABOUT = _("{definition}, policy {policy}, member {member}")
_POLICY = _("Policy {gid} of {client}, approved")
_UNAPPROVED = _("Policy {gid} of {client}, not approved")
_EVENT = _("Event {number} of {client}, told {when}")
_CLIENT = _("Client {name} of enrollment")

Notifications = QuerySet[EnrollmentEventNotification]


def _notifications(clients: Clients) -> Notifications:
    rows = EnrollmentEventNotification.objects.all()
    return rows if clients is None else rows.filter(client__in=sorted(clients))


def _hit(one: EnrollmentEventNotification, key: str) -> Hit:
    template, tone = _WORDS[one.status]
    changed = one.sent_at or one.cancelled_at or one.failed_at or one.updated_at
    words = str(template).format(
        number=one.pk, client=one.client, changed=when(changed, now=clock.now())
    )
    return Hit(
        at=one.created_at,
        key=key,
        words=str(_OBSOLETE).format(words=words) if one.obsolete else words,
        detail=str(_ABOUT).format(
            definition=one.notification_definition_code,
            policy=shortened(one.policy_code),
            member=shortened(one.person_code),
        ),
        link=reverse("admin:enrollment_enrollmenteventnotification_change", args=[one.pk]),
        tone="note" if one.obsolete else tone,
    )


def _by_number(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    rows = _notifications(clients).filter(pk=term.of(Kind.NUMBER))
    return Found([_hit(one, str(one.pk)) for one in newest(rows, before=before, limit=limit)])


def _by_webhook(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    """By what the engine calls the owner of its messages."""
    owner = UUID(term.of(Kind.UUID))
    if owner != owner_of(id_of(owner)):
        return Found()
    rows = _notifications(clients).filter(pk=id_of(owner))
    return Found([_hit(one, str(one.pk)) for one in newest(rows, before=before, limit=limit)])


def _by_code(column: str) -> Find:
    """By a code that each client's index has in the order of ids."""

    def find(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
        rows = EnrollmentEventNotification.objects.filter(**{column: term.of(Kind.TEXT)})
        found = [
            one
            for client in within(those_with_definitions(), clients)
            for one in newest(rows.filter(client=client), before=before, limit=limit)
        ]
        found = sorted(found, key=lambda one: one.pk, reverse=True)[:limit]
        return Found([_hit(one, str(one.pk)) for one in found])

    return find


def _policies_called(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    rows = PolicyState.objects.filter(
        client__in=within(those_with_definitions(), clients), policy_gid=term.of(Kind.TEXT)
    )
    return _policies(newest_of_few(rows, "created_at", before=before, limit=limit))


def _policy_by_number(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    rows = PolicyState.objects.filter(pk=term.of(Kind.NUMBER))
    rows = rows if clients is None else rows.filter(client__in=sorted(clients))
    return _policies(newest_of_few(rows, "created_at", before=before, limit=limit))


def _policies(rows: "QuerySet[PolicyState]") -> Found:
    return Found(
        [
            Hit(
                at=policy.created_at,
                key=time_key(policy.created_at, policy.pk),
                words=str(_POLICY if policy.approved else _UNAPPROVED).format(
                    gid=shortened(policy.policy_gid), client=policy.client
                ),
                detail=shortened(policy.policy_code),
                link=reverse("admin:enrollment_policystate_change", args=[policy.pk]),
                tone="good" if policy.approved else "waiting",
            )
            for policy in rows
        ]
    )


def _event_by_number(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    rows = PolicyEnrollmentEvent.objects.defer("descr", "values").filter(pk=term.of(Kind.NUMBER))
    rows = rows if clients is None else rows.filter(client__in=sorted(clients))
    return Found(
        [
            Hit(
                at=event.created_at,
                key=str(event.pk),
                words=str(_EVENT).format(
                    number=event.pk,
                    client=event.client,
                    when=when(event.created_at, now=clock.now()),
                ),
                detail=shortened(event.policy_code),
                link=reverse("admin:enrollment_policyenrollmentevent_change", args=[event.pk]),
            )
            for event in newest(rows, before=before, limit=limit)
        ]
    )


def _client(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    rows = EnrollmentClient.objects.filter(client_id__in=within([term.of(Kind.TEXT)], clients))
    return Found(
        [
            Hit(
                at=None,
                key=str(client.pk),
                words=str(_CLIENT).format(name=client.name or client.client_id),
                link=reverse("admin:enrollment_enrollmentclient_change", args=[client.pk]),
            )
            for client in newest(rows, before=before, limit=limit)
        ]
    )


def _finder(
    name: str,
    find: Callable[..., Found],
    kinds: Sequence[Kind],
    *,
    model: str = "enrollmenteventnotification",
    group: Group = Group.ENROLLMENT,
) -> Finder:
    permission = f"enrollment.view_{model}"
    return Finder(name=name, group=group, kinds=kinds, permission=permission, find=find)


_TEXT, _NUMBER = (Kind.TEXT,), (Kind.NUMBER,)
register(
    _finder("enrollment notification", _by_number, _NUMBER),
    _finder("enrollment notification of webhook", _by_webhook, (Kind.UUID,)),
    _finder("enrollment by policy code", _by_code("policy_code"), _TEXT),
    _finder("enrollment by person code", _by_code("person_code"), _TEXT),
    _finder("policies called", _policies_called, _TEXT, model="policystate"),
    _finder("policy by number", _policy_by_number, _NUMBER, model="policystate"),
    _finder("policy event", _event_by_number, _NUMBER, model="policyenrollmentevent"),
    _finder("enrollment client", _client, _TEXT, model="enrollmentclient", group=Group.REGISTERS),
)
