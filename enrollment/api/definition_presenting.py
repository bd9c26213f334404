"""Definitions as the wire shows them (enrollment contract 4.6)."""

from enrollment.api import links
from enrollment.api.presenting import Body, without_blanks
from enrollment.definitions import Defined
from enrollment.models import BusinessEventDefinition, NotificationDefinition

BUSINESS_EVENTS = "generic/businesseventdefinitions"
DEFINITIONS = "generic/notificationdefinitions"


def address(collection: str, code: str) -> str:
    return links.address(f"{collection}/key/{code}")


def business_event(one: BusinessEventDefinition) -> Body:
    return without_blanks(
        {
            "code": one.code,
            "descr": one.descr,
            "creationDate": one.created_at,
            "links": [links.link("self", address(BUSINESS_EVENTS, one.code))],
        }
    )


def definition(one: NotificationDefinition) -> Body:
    """Without the secret, which nobody is shown again."""
    return without_blanks(
        {
            "code": one.code,
            "descr": one.descr,
            "active": one.active,
            "businessEventDefinitionCodes": one.business_event_definition_codes,
            "emitNotification": one.emit_notification,
            "endpointUrl": one.endpoint_url,
            "httpMethod": one.http_method,
            "retrySchedule": one.retry_schedule,
            "creationDate": one.created_at,
            "lastUpdatedDate": one.updated_at,
            "links": [links.link("self", address(DEFINITIONS, one.code))],
        }
    )


def defined(one: Defined) -> Body:
    """With the secret, if it was generated just now."""
    body = definition(one.definition)
    return body | ({"signingSecret": one.generated} if one.generated else {})
