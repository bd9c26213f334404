"""Telling the service owner what happens (correspondence contract 9). Events are stored in the
transaction of the change; where the owner has an endpoint they leave as signed webhooks.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from correspondence.callers import ORGANIZATION_URN, PERSON_URN
from correspondence.models import Event
from correspondence.states import EVENT_OWNER
from notifications_platform.core.inserting import fresh, insert_together
from notifications_platform.delivery.channels.webhook import WEBHOOK_ID, Target
from notifications_platform.delivery.outbox import (
    Cause,
    NewContent,
    Outgoing,
    schedule,
    write_contents,
)
from notifications_platform.delivery.states import Channel
from notifications_platform.http import correlation
from notifications_platform.http.json import dumps
from notifications_platform.registers import service_owners

TARGETS = "correspondence-events"
CONTENT_TYPE = "application/cloudevents+json"
_PREFIX = "no.altinn.correspondence."
_MINUTES = (5, 30, 120, 300, 600, 840, 1200, 1440)
RETRY_AFTER = (timedelta(seconds=5), *(timedelta(minutes=minutes) for minutes in _MINUTES))
RETRY_SPREAD = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """`about` is correspondence, attachment or notification; `subject` a party's urn."""

    type: str
    about: str
    instance: UUID
    resource_id: str
    subject: str
    service_owner: str


def store(happened: Iterable[Happened], *, now: datetime) -> None:
    """The last thing in the caller's transaction, once: webhooks lock their owners' places in
    line until the commit, so that whoever took another lock after it might wait in a circle.
    With a bounded number of statements.
    """
    events = [
        fresh(
            Event,
            type=one.type,
            time=now,
            about=one.about,
            resource_id=one.resource_id,
            resource_instance=one.instance,
            subject=one.subject,
            service_owner=one.service_owner,
            correlation_id=correlation.current(),
        )
        for one in happened
    ]
    endpoints = targets({event.service_owner for event in events})
    sent_on = [event for event in events if event.service_owner in endpoints]
    for event in sent_on:
        event.queued = True
    if events:
        insert_together(events)
    if sent_on:
        _queue(sent_on, now)


def _queue(events: Sequence[Event], now: datetime) -> None:
    """One content each: a CloudEvent is not shared."""
    causes = [_cause(event, now) for event in events]
    write_contents([cause.content for cause in causes], now=now)
    messages = (
        Outgoing(cause, f"{TARGETS}:{cause.client}", values={WEBHOOK_ID: str(cause.owner_id)})
        for cause in causes
    )
    # All owners with one statement, which takes their places in line in one order.
    schedule(messages, clients={cause.client for cause in causes}, now=now)


def _cause(event: Event, now: datetime) -> Cause:
    return Cause(
        owner_kind=EVENT_OWNER,
        owner_id=event.id,
        client=event.service_owner,
        content=NewContent(
            channel=Channel.WEBHOOK,
            body=dumps(cloud_event(event)).decode(),
            content_type=CONTENT_TYPE,
            retry_after=RETRY_AFTER,
            retry_spread=RETRY_SPREAD,
            retry_last_repeats=False,
        ),
        not_before=now,
        correlation_id=event.correlation_id,
    )


def cloud_event(event: Event) -> dict[str, str]:
    return {
        "specversion": "1.0",
        "id": str(event.id),
        "type": f"{_PREFIX}{event.type}",
        "time": event.time.isoformat().replace("+00:00", "Z"),
        "source": f"{settings.PUBLIC_URL}/correspondence/api/v1/{event.about}",
        "resource": f"urn:altinn:resource:{event.resource_id}",
        "resourceinstance": str(event.resource_instance),
        "subject": event.subject,
        "alternativesubject": _alternative(event.subject),
    }


def _alternative(urn: str) -> str:
    if urn.startswith(PERSON_URN):
        return f"/person/{urn.removeprefix(PERSON_URN)}"
    return f"/organisation/{urn.removeprefix(ORGANIZATION_URN)}"


def targets(orgs: Collection[str]) -> Mapping[str, Target]:
    """Where the events of these service owners go, as the register has it just now. Nothing goes
    out unsigned: who has no secret has no endpoint.
    """
    found = {org: service_owners.by_org(org) for org in orgs}
    return {
        org: Target(url=owner.events_url, secrets=(owner.events_secret,))
        for org, owner in found.items()
        if owner and owner.events_url and owner.events_secret
    }
