"""Whom the message of an Altinn service reaches (cases contract 10).

Those who registered an address with the organisation, for every service or for this one, and the
official addresses of its main unit; an organisation without a main unit is its own. Every e-mail
address gets it, or every mobile number where there is no e-mail address.

Registers may be far away: no transaction may be open.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from cases.models import EksterntVarsel
from cases.varsler.queueing import Contacts
from notifications_platform.core.addresses import to_e164
from notifications_platform.delivery.states import Channel
from notifications_platform.registers import configured
from notifications_platform.registers.lookup import (
    ContactPoint,
    Organization,
    RegisterUnavailable,
)

T = TypeVar("T")
# A register that is down is not asked about each of many organisations in turn.
_MOST_FAILURES = 3


def look_up(varsler: Collection[EksterntVarsel]) -> dict[UUID, Contacts]:
    """The addresses of each, by its id; none at all where nobody can be reached. What a register
    did not answer is left out, and the others go on.
    """
    numbers = {varsel.virksomhetsnummer for varsel in varsler}
    points = _ask(configured.contact_points().lookup, numbers)
    organizations = configured.organizations()
    units = _ask(organizations.lookup, numbers)
    mains = _ask(organizations.lookup, {one.parent for one in units.found.values() if one.parent})
    contacts = {}
    for varsel in varsler:
        number = varsel.virksomhetsnummer
        unit = units.found.get(number)
        main_number = unit.parent if unit and unit.parent else number
        if number in points.silent | units.silent or main_number in mains.silent:
            continue
        main = mains.found.get(main_number) if unit and unit.parent else unit
        registered = [one for one in points.found.get(number, ()) if one.covers(_service(varsel))]
        contacts[varsel.id] = _contacts(registered, main)
    return contacts


def _service(varsel: EksterntVarsel) -> str:
    return f"{varsel.service_code}:{varsel.service_edition}"


def _contacts(registered: Sequence[ContactPoint], main: Organization | None) -> Contacts:
    emails = [one.email for one in registered]
    mobiles = [one.mobile_number for one in registered]
    if main:
        emails += main.email_addresses
        mobiles += main.mobile_numbers
    if addresses := _once(email.strip() for email in emails):
        return Contacts(Channel.EMAIL, addresses)
    return Contacts(Channel.SMS, _once(to_e164(mobile) or "" for mobile in mobiles))


def _once(addresses: Iterable[str]) -> list[str]:
    """As first written; letter case makes no other address."""
    kept: dict[str, str] = {}
    for address in addresses:
        if address:
            kept.setdefault(address.casefold(), address)
    return list(kept.values())


@dataclass(frozen=True, slots=True)
class _Answers(Generic[T]):
    """`silent`: the numbers about which the register did not answer."""

    found: Mapping[str, T]
    silent: frozenset[str]


def _ask(lookup: Callable[[Collection[str]], Mapping[str, T]], numbers: set[str]) -> _Answers[T]:
    """About all together; where that fails one by one, so that one bad number stands alone."""
    if not numbers:
        return _Answers({}, frozenset())
    try:
        return _Answers(lookup(numbers), frozenset())
    except RegisterUnavailable:
        return _one_by_one(lookup, sorted(numbers)) if len(numbers) > 1 else _silent(numbers)


def _silent(numbers: set[str]) -> _Answers[T]:
    return _Answers({}, frozenset(numbers))


def _one_by_one(
    lookup: Callable[[Collection[str]], Mapping[str, T]], numbers: Sequence[str]
) -> _Answers[T]:
    found: dict[str, T] = {}
    silent: list[str] = []
    for number in numbers:
        if len(silent) >= _MOST_FAILURES:
            silent.append(number)
            continue
        try:
            found.update(lookup([number]))
        except RegisterUnavailable:
            silent.append(number)
    return _Answers(found, frozenset(silent))
