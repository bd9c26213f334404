"""What may be asked for, and in which order it may come: a whitelist (contract 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from django.db.models import F
from django.db.models.expressions import OrderBy

from enrollment.queries.errors import BadQuery


class Type(Enum):
    """`value`: what a value of it is, in an error."""

    NUMBER = "a whole number"
    TRUTH = "true or false"
    TEXT = "a string in quotes"
    TIME = "a date or a date-time in quotes"


@dataclass(frozen=True, slots=True)
class Property:
    name: str
    column: str
    type: Type


PROPERTIES: Mapping[str, Property] = {
    one.name: one
    for one in (
        Property("id", "id", Type.NUMBER),
        Property("status", "status", Type.TEXT),
        Property("obsolete", "obsolete", Type.TRUTH),
        Property("policyCode", "policy_code", Type.TEXT),
        Property("policyGid", "policy_gid", Type.TEXT),
        Property("personCode", "person_code", Type.TEXT),
        Property("notificationDefinitionCode", "notification_definition_code", Type.TEXT),
        Property("businessEventDefinitionCode", "business_event_definition_code", Type.TEXT),
        Property("policyEnrollmentEventId", "event_id", Type.NUMBER),
        Property("attemptCount", "attempt_count", Type.NUMBER),
        Property("creationDate", "created_at", Type.TIME),
        Property("lastUpdatedDate", "updated_at", Type.TIME),
        Property("sentDate", "sent_at", Type.TIME),
        Property("failedDate", "failed_at", Type.TIME),
    )
}
_DIRECTIONS = {"": False, "asc": False, "desc": True}


def known(name: str, position: int) -> Property:
    """Raises BadQuery."""
    if name not in PROPERTIES:
        raise BadQuery(f"{name or 'Nothing'} is no property that can be used here", position)
    return PROPERTIES[name]


def read_order(text: str) -> list[OrderBy]:
    """Of an `orderBy`: comma list of `property`, `property:asc` or `property:desc`. Ties go by id;
    rows without the value come last. Raises BadQuery.
    """
    ordering: dict[str, OrderBy] = {}
    position = 0
    for part in text.split(",") if text.strip() else ():
        name, _, direction = part.strip().partition(":")
        column = known(name, position).column
        if direction not in _DIRECTIONS:
            raise BadQuery(f"{direction} is neither asc nor desc", position)
        if column in ordering:
            raise BadQuery(f"{name} is named twice", position)
        ordering[column] = _ordered(column, descending=_DIRECTIONS[direction])
        position += len(part) + 1
    ordering.setdefault("id", F("id").asc())
    return list(ordering.values())


def _ordered(column: str, *, descending: bool) -> OrderBy:
    # Only where there may be none: elsewhere it would keep a descending index from being used.
    last = True if column in _OPTIONAL else None
    field = F(column)
    return field.desc(nulls_last=last) if descending else field.asc(nulls_last=last)


_OPTIONAL = {"sent_at", "failed_at"}
