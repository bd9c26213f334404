"""From a query string to a search (correspondence contract 6.1). Names match without regard to
case; all that is wrong is told together.
"""

from collections.abc import Callable, Mapping
from typing import Any

from correspondence.identifiers import stored_party, stored_resource
from correspondence.requests.members import Id, Named, Time, sound_text
from correspondence.requests.refusals import Misshapen, ShapeError
from correspondence.searching import MOST, Search
from correspondence.states import AttachmentStatus, CorrespondenceStatus, Role
from notifications_platform.http.wire import WrongType

_MISSING = "This parameter is needed."


def read_search(query: Mapping[str, str]) -> Search:
    """Raises ShapeError. A blank parameter is none."""
    given = {name.lower(): text for name, text in query.items() if text.strip()}
    reading = _Reading(given)
    found: dict[str, Any] = {
        "resource_id": reading.needed("resourceId", stored_resource),
        "role": reading.needed("role", Named(Role).to_internal_value),
        "status": reading.maybe("status", Named(CorrespondenceStatus).to_internal_value),
        "after": reading.maybe("from", Time().to_internal_value),
        "before": reading.maybe("to", Time().to_internal_value),
        "on_behalf_of": reading.maybe("onBehalfOf", _party) or "",
        "senders_reference": reading.maybe("sendersReference", str) or "",
        "idempotent_key": reading.maybe("idempotentKey", Id().to_internal_value),
        "offset": reading.maybe("offset", _number) or 0,
        "limit": reading.maybe("limit", _number),
    }
    if reading.wrong:
        raise ShapeError(reading.wrong)
    if found["limit"] is None:
        found["limit"] = MOST
    return Search(**found)


def read_attachment_search(query: Mapping[str, str]) -> tuple[str, AttachmentStatus | None]:
    """Resource (empty for every one) and status. Raises ShapeError."""
    given = {name.lower(): text for name, text in query.items() if text.strip()}
    reading = _Reading(given)
    resource_id = reading.maybe("resourceId", stored_resource) or ""
    status = reading.maybe("status", Named(AttachmentStatus).to_internal_value)
    if reading.wrong:
        raise ShapeError(reading.wrong)
    return resource_id, status


class _Reading:
    def __init__(self, given: Mapping[str, str]) -> None:
        self.given = given
        self.wrong: list[Misshapen] = []

    def needed(self, name: str, read: Callable[[str], Any]) -> Any:
        if name.lower() not in self.given:
            self.wrong.append(Misshapen((name,), _MISSING))
            return None
        return self.maybe(name, read)

    def maybe(self, name: str, read: Callable[[str], Any]) -> Any:
        text = self.given.get(name.lower())
        if text is None:
            return None
        try:
            return read(sound_text(text))
        except WrongType as wrong:
            self.wrong.append(Misshapen((name,), wrong.message))
            return None


def _party(text: str) -> str:
    party = stored_party(text.strip())
    if party is None:
        raise WrongType("An organisation or a person is needed here, each with its prefix.")
    return party


def _number(text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 10):
        raise WrongType("A whole number is needed here.")
    return int(text)
