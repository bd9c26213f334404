"""Where a definition's notifications go, asked at each attempt (contract 4.6, 6)."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.conf import settings

from enrollment.models import EnrollmentClient, NotificationDefinition
from enrollment.states import TARGETS
from notifications_platform.core import clock
from notifications_platform.delivery.channels.webhook import Target


def address_in_sql(column: str) -> str:
    """What the engine calls the target of the definition whose id `column` holds."""
    return f"'{TARGETS}:' || {column}"


def targets(names: Collection[str]) -> Mapping[str, Target]:
    """Those of the definitions of these ids that have an endpoint of their own, or whose client
    has one in the register. Two statements at most.
    """
    now = clock.now()
    definitions = NotificationDefinition.objects.filter(pk__in=list(map(int, names)))
    own = {str(one.pk): _own(one, now) for one in definitions if one.endpoint_url}
    return own | _registered([one for one in definitions if not one.endpoint_url])


def _own(definition: NotificationDefinition, now: datetime) -> Target:
    former = definition.former_secrets_at(now)
    return _target(definition, definition.endpoint_url, definition.signing_secret, *former)


def _registered(definitions: Collection[NotificationDefinition]) -> dict[str, Target]:
    """By their clients' entries in the register."""
    if not definitions:
        return {}
    clients = EnrollmentClient.objects.filter(client_id__in={one.client for one in definitions})
    known = {client.client_id: client for client in clients if client.delivery_url}
    return {
        str(one.pk): _target(one, client.delivery_url, client.signing_secret)
        for one in definitions
        if (client := known.get(one.client))
    }


def _target(definition: NotificationDefinition, url: str, *secrets: str) -> Target:
    return Target(
        url=url,
        method=definition.http_method,
        secrets=tuple(filter(None, secrets)),
        timeout=settings.ENROLLMENT_DELIVERY_TIMEOUT,
    )
