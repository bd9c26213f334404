"""National numbers, and the telephone numbers of registers. Pure functions.

Digits are ASCII digits throughout: what is written with other scripts' digits is no number to
any register.
"""

import re
from types import MappingProxyType

from notifications_platform.core.addresses import to_e164

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
_BLANKS = re.compile(r"\s+")
_DOMESTIC_MOBILE = re.compile(r"[49][0-9]{7}")


def is_national_identity_number(text: str, *, synthetic: bool = True) -> bool:
    """A national identity number or D-number: a day that exists, and both check digits hold.

    `synthetic=False` refuses the ranges of the national test populations.
    """
    return (
        bool(_ELEVEN_DIGITS.fullmatch(text))
        and _has_birth_date(text, synthetic=synthetic)
        and _checks(text[:10], _FIRST_CHECK)
        and _checks(text, _SECOND_CHECK)
    )


def is_organization_number(text: str, *, synthetic: bool = True) -> bool:
    """Nine digits whose last one is the check digit; test organisations begin with 2 or 3."""
    if not _NINE_DIGITS.fullmatch(text) or not _checks(text, _ORGANIZATION_CHECK):
        return False
    return synthetic or text[0] not in _SYNTHETIC_ORGANIZATION


def register_mobile_number(text: str) -> str:
    """E.164 of a number from a register, empty when it is of no use (orders contract 7.3).

    Unlike callers, registers may leave out the country code of a Norwegian mobile, and put
    blanks where they like.
    """
    compact = _BLANKS.sub("", text)
    if _DOMESTIC_MOBILE.fullmatch(compact):
        compact = "+47" + compact
    return to_e164(compact) or ""


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
