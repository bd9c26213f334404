"""Persons from the national contact register, KRR (Kontakt- og reservasjonsregisteret).

Relied on, from Digdir's documentation of Kontaktregisteret (REST look-up service, attributes),
whose base address is https://kontaktregisteret.no/rest: POST …/v2/personer with up to 1000
`personidentifikatorer`; `personer` in the answer, each with `status` AKTIV, SLETTET or
IKKE_REGISTRERT, `reservasjon` JA or NEI, `varslingsstatus` KAN_VARSLES or KAN_IKKE_VARSLES
(contact data outdated, or the person reserved or unknown), and `kontaktinformasjon` with
`epostadresse`, `mobiltelefonnummer` and for both the instants `…_oppdatert` and
`…_sist_verifisert`. The scope is krr:global/kontaktinformasjon.read.

KRR holds no names: they come from the platform's own persons table, and are empty for whom it
does not list. Entering KRR is voluntary, so somebody whom only that table lists is a person
known by name, without contact data.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from notifications_platform.core.numbers import is_national_identity_number, register_mobile_number
from notifications_platform.registers.http_service import RegisterRefused, Service
from notifications_platform.registers.lookup import Person, Persons
from notifications_platform.registers.maskinporten import Bearer, Token
from notifications_platform.registers.recent import Recent
from notifications_platform.registers.tables import batches

PATH = "/v2/personer"
SCOPE = "krr:global/kontaktinformasjon.read"
LONG_AGO = date(1900, 1, 1)
_IS_REGISTERED = {"AKTIV": True, "SLETTET": False, "IKKE_REGISTRERT": False}
_IS_RESERVED = {"JA": True, "NEI": False}
_MOST_AT_ONCE = 1000
_KEPT_SECONDS = 60.0
_MOST_KEPT = 20_000


class KRR:
    """`token` None: the service asks for none. `names` knows what people are called."""

    def __init__(self, service: Service, *, token: Token | None, names: Persons) -> None:
        self._service = service
        self._token = token
        self._names = names
        self._recent: Recent[str, Person | None] = Recent(_KEPT_SECONDS, _MOST_KEPT)

    def lookup(self, numbers: Collection[str]) -> Mapping[str, Person]:
        named = self._names.lookup(numbers)
        found = self._contacts(numbers)
        persons = {}
        for number in numbers:
            known_by_name, contact = named.get(number), found.get(number)
            name = known_by_name.name if known_by_name else ""
            if contact:
                persons[number] = replace(contact, name=name)
            elif known_by_name:
                persons[number] = Person(national_identity_number=number, name=name)
        return persons

    def _contacts(self, numbers: Collection[str]) -> Mapping[str, Person | None]:
        # One impossible number would have KRR refuse the whole question.
        possible = [number for number in numbers if is_national_identity_number(number)]
        known = self._recent.of(possible)
        for batch in batches([number for number in possible if number not in known], _MOST_AT_ONCE):
            answered = self._ask(batch)
            missing = [number for number in batch if number not in answered]
            if missing:
                # KRR answers for each number, also for those it does not know. An answer that
                # is cut short gets a second chance before its gaps count as "not known".
                answered |= dict.fromkeys(missing) | self._ask(missing)
            self._recent.keep(answered)
            known |= answered
        return known

    def _ask(self, numbers: Sequence[str]) -> dict[str, Person | None]:
        question = {"personidentifikatorer": list(numbers)}
        answer = self._post(question)
        try:
            read = dict(_read(item) for item in answer["personer"])
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._service.unavailable("an answer of another form") from None
        asked = set(numbers)
        return {number: person for number, person in read.items() if number in asked}

    def _post(self, question: Mapping[str, object]) -> Any:
        if self._token is None:
            return self._service.post(PATH, json=question)
        token = self._token.get()
        try:
            return self._service.post(PATH, json=question, auth=Bearer(token))
        except RegisterRefused as refusal:
            if refusal.status != 401:
                raise
        self._token.forget(token)
        return self._service.post(PATH, json=question, auth=Bearer(self._token.get()))


def _read(item: Mapping[str, Any]) -> tuple[str, Person | None]:
    """Raises KeyError, TypeError, ValueError or AttributeError for what is not KRR's form."""
    number = str(item["personidentifikator"])
    if not _IS_REGISTERED[item["status"]]:
        return number, None
    contact: Mapping[str, Any] = item.get("kontaktinformasjon") or {}
    reserved = _IS_RESERVED[item["reservasjon"]]
    return number, Person(
        national_identity_number=number,
        email=(contact.get("epostadresse") or "").strip(),
        mobile_number=register_mobile_number(contact.get("mobiltelefonnummer") or ""),
        reserved=reserved,
        contact_confirmed=_confirmed(item, contact, reserved=reserved),
    )


def _confirmed(
    item: Mapping[str, Any], contact: Mapping[str, Any], *, reserved: bool
) -> date | None:
    """When the contact data was last confirmed; of two addresses, the one longer ago."""
    days = [
        max(confirmed)
        for kind in ("epostadresse", "mobiltelefonnummer")
        if contact.get(kind)
        and (
            confirmed := [
                datetime.fromisoformat(contact[f"{kind}_{what}"]).date()
                for what in ("oppdatert", "sist_verifisert")
                if contact.get(f"{kind}_{what}")
            ]
        )
    ]
    if not days and item.get("varslingsstatus") == "KAN_IKKE_VARSLES" and not reserved:
        return LONG_AGO
    return min(days, default=None)
