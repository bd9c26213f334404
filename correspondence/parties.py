"""How the back office shows the parties of a letter: organisations by number, persons masked."""

from correspondence.callers import ORGANIZATION_URN, PERSON_URN
from notifications_platform.back_office.looking import masked

_DIGITS_OF_A_PERSON = 11


def is_person(urn: str) -> bool:
    """Whoever is no organisation, self-registered users included."""
    return bool(urn) and not urn.startswith(ORGANIZATION_URN)


def shown(urn: str) -> str:
    """Enough of a person to recognise, not to learn who it is."""
    if urn.startswith(ORGANIZATION_URN):
        return urn.removeprefix(ORGANIZATION_URN)
    return masked(urn.removeprefix(PERSON_URN).rpartition(":")[2])


def urn(term: str) -> str:
    """The stored form that a search for this number, or urn, means."""
    number = term.lower().removeprefix("0192:")
    if not (number.isascii() and number.isdecimal()):
        return number
    return (PERSON_URN if len(number) == _DIGITS_OF_A_PERSON else ORGANIZATION_URN) + number
