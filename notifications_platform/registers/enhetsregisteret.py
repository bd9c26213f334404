"""Organisations from the national register of entities, Enhetsregisteret.

Relied on, from Brønnøysundregistrene's documentation of their open data (no token): main units
under `/enhetsregisteret/api/enheter`, sub-units under `…/underenheter`; one by
`/{organisasjonsnummer}`, which answers 404 when unknown, 410 when removed, and 200 with
`slettedato` when struck off; many by `?organisasjonsnummer=` and a comma list, `size` at a
time, as `_embedded.enheter` or `_embedded.underenheter` (left out when empty) with
`page.totalElements`, without those struck off. Fields: `navn`, `epostadresse`, `mobil`,
`overordnetEnhet`. A malformed number has a whole list refused.

What was found is kept in the cache for minutes; these are open data.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.core.cache import cache

from notifications_platform.core.numbers import is_organization_number, register_mobile_number
from notifications_platform.registers import fair_weather
from notifications_platform.registers.http_service import Service
from notifications_platform.registers.lookup import Organization
from notifications_platform.registers.tables import batches

PATH = "/enhetsregisteret/api"
_KINDS = ("enheter", "underenheter")
_UNKNOWN_OR_REMOVED = frozenset({404, 410})
_MOST_AT_ONCE = 200
_KEPT_SECONDS = 600
_UNKNOWN_KEPT_SECONDS = 60


class Enhetsregisteret:
    def __init__(self, service: Service) -> None:
        self._service = service
        server = hashlib.sha256(service.base_url.encode()).hexdigest()[:12]
        self._prefix = f"registers:organization:1:{server}:"

    def lookup(self, numbers: Collection[str]) -> Mapping[str, Organization]:
        possible = [number for number in numbers if is_organization_number(number)]
        known = self._remembered(possible)
        for batch in batches([number for number in possible if number not in known], _MOST_AT_ONCE):
            answered = self._one(batch[0]) if len(batch) == 1 else self._many(batch)
            self._remember(batch, answered)
            known |= answered
        return {number: found for number, found in known.items() if found}

    def _one(self, number: str) -> dict[str, Organization]:
        for kind in _KINDS:
            unit = self._service.get(f"{PATH}/{kind}/{number}", absent=_UNKNOWN_OR_REMOVED)
            if unit is not None:
                return self._read([unit], [number])
        return {}

    def _many(self, numbers: Sequence[str]) -> dict[str, Organization]:
        found: dict[str, Organization] = {}
        for kind in _KINDS:
            wanted = [number for number in numbers if number not in found]
            if wanted:
                found |= self._read(self._search(kind, wanted), wanted)
        return found

    def _search(self, kind: str, numbers: Sequence[str]) -> list[Any]:
        asked = {"organisasjonsnummer": ",".join(numbers), "size": str(len(numbers))}
        answer = self._service.get(f"{PATH}/{kind}", params=asked)
        try:
            units: list[Any] = answer["_embedded"][kind] if "_embedded" in answer else []
            complete = len(units) >= answer["page"]["totalElements"]
        except (KeyError, TypeError):
            raise self._service.unavailable("an answer of another form") from None
        if not complete:
            raise self._service.unavailable("an answer that is cut short")
        return units

    def _read(self, units: Iterable[Any], asked: Collection[str]) -> dict[str, Organization]:
        try:
            read = [_organization(unit) for unit in units if not unit.get("slettedato")]
        except (AttributeError, KeyError, TypeError):
            raise self._service.unavailable("an answer of another form") from None
        return {one.organization_number: one for one in read if one.organization_number in asked}

    def _remembered(self, numbers: Collection[str]) -> dict[str, Organization | None]:
        """None for those that were unknown a moment ago."""
        keys = {self._prefix + number: number for number in numbers}
        kept: Mapping[str, Any] = fair_weather.attempt(lambda: cache.get_many(keys), {})
        return {keys[key]: value for key, value in kept.items()}

    def _remember(self, asked: Collection[str], found: Mapping[str, Organization]) -> None:
        entries = {self._prefix + number: one for number, one in found.items()}
        unknown = {self._prefix + number: None for number in asked if number not in found}
        fair_weather.attempt(lambda: cache.set_many(entries, _KEPT_SECONDS), [])
        fair_weather.attempt(lambda: cache.set_many(unknown, _UNKNOWN_KEPT_SECONDS), [])


def _organization(unit: Mapping[str, Any]) -> Organization:
    """Raises AttributeError, KeyError or TypeError for what is not the register's form."""
    email = (unit.get("epostadresse") or "").strip()
    mobile = register_mobile_number(unit.get("mobil") or "")
    return Organization(
        organization_number=str(unit["organisasjonsnummer"]),
        name=str(unit["navn"]),
        email_addresses=(email,) if email else (),
        mobile_numbers=(mobile,) if mobile else (),
        parent=str(unit.get("overordnetEnhet") or ""),
    )
