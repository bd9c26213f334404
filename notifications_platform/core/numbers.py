"""National numbers, mobile numbers and e-mail addresses: judged and normalised. Pure functions.

Digits are ASCII digits throughout: what a person writes with other scripts' digits is no
number to any register.
"""

import re
from types import MappingProxyType

import phonenumbers

_DAYS_IN_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_D_NUMBER_DAY = 40
# Added to the month; True where such numbers are made for tests only. 40 serves both the
# emergency numbers of hospitals and one agency's test data, so it counts as real.
_MONTH_RANGES = MappingProxyType({0: False, 40: False, 65: True, 80: True})
_FIRST_CHECK = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
_SECOND_CHECK = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_ORGANIZATION_CHECK = (3, 2, 7, 6, 5, 4, 3, 2, 1)
_SYNTHETIC_ORGANIZATION = frozenset("23")

_ELEVEN_DIGITS = re.compile(r"[0-9]{11}")
_NINE_DIGITS = re.compile(r"[0-9]{9}")
_LETTERS = re.compile(r"[^\W\d_]")
_BLANKS = re.compile(r"\s+")
_DOMESTIC_MOBILE = re.compile(r"[49][0-9]{7}")

_ATOM = r"[A-Za-z0-9æøåÆØÅ!#$%&'*+\-=?^_`{|}~]+"
_LABEL = r"[A-Za-z0-9æøåÆØÅ](?:[A-Za-z0-9æøåÆØÅ\-]{0,61}[A-Za-z0-9æøåÆØÅ])?"
_EMAIL = re.compile(
    rf"{_ATOM}(?:\.{_ATOM})*@(?:(?:{_LABEL}\.){{1,9}}[A-Za-z]{{2,14}}|[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{3}})"
)


def is_national_identity_number(text: str, *, synthetic: bool = True) -> bool:
    """A national identity number or D-number: a day that exists, and both check digits hold.

    `synthetic=False` refuses the ranges of the national test populations.
    """
    if not _ELEVEN_DIGITS.fullmatch(text):
        return False
    return (
        _has_birth_date(text, synthetic=synthetic)
        and _checks(text[:10], _FIRST_CHECK)
        and _checks(text, _SECOND_CHECK)
    )


def is_organization_number(text: str, *, synthetic: bool = True) -> bool:
    """Nine digits whose last one is the check digit; test organisations begin with 2 or 3."""
    if not _NINE_DIGITS.fullmatch(text) or not _checks(text, _ORGANIZATION_CHECK):
        return False
    return synthetic or text[0] not in _SYNTHETIC_ORGANIZATION


def mobile_number(text: str) -> str:
    """E.164 of a number written with its country code, empty when it is not valid (orders
    contract 5): begins with `+` or `00`; blanks inside and at the end do not matter.
    """
    if text.startswith("00"):
        text = "+" + text[2:]
    # libphonenumber reads letters as telephone keys: +479FLOWERS would be a valid number.
    if not text.startswith("+") or text.startswith("++") or _LETTERS.search(text):
        return ""
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return ""
    if number.extension or not phonenumbers.is_valid_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def register_mobile_number(text: str) -> str:
    """E.164 of a number from a register, empty when it is of no use (orders contract 7.3).

    Unlike callers, registers may leave out the country code of a Norwegian mobile.
    """
    compact = _BLANKS.sub("", text)
    if _DOMESTIC_MOBILE.fullmatch(compact):
        compact = "+47" + compact
    return mobile_number(compact)


def email_address(text: str) -> str:
    """The address without blanks around it, empty when it is not one address of the form
    that orders contract 5 takes.
    """
    trimmed = text.strip()
    return trimmed if _EMAIL.fullmatch(trimmed) else ""


def _has_birth_date(text: str, *, synthetic: bool) -> bool:
    day, month = int(text[:2]), int(text[2:4])
    if day > _D_NUMBER_DAY:
        day -= _D_NUMBER_DAY
    return any(
        1 <= month - offset <= 12 and 1 <= day <= _DAYS_IN_MONTH[month - offset - 1]
        for offset, is_synthetic in _MONTH_RANGES.items()
        if synthetic or not is_synthetic
    )


def _checks(digits: str, weights: tuple[int, ...]) -> bool:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11 == 0
