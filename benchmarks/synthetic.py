"""Persons and organisations that do not exist, as a registers file."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

_FIRST_DAY = date(1950, 1, 1)
# Test populations stand in months of their own, 80 above the calendar's.
_MONTHS_APART = 80
_FIRST_CHECK = (3, 7, 6, 1, 8, 9, 4, 5, 2)
_SECOND_CHECK = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_ORGANIZATION_CHECK = (3, 2, 7, 6, 5, 4, 3, 2)


def registers(persons: int, organizations: int) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Every tenth person has no e-mail, and so is reached by SMS; every other has both."""
    return {
        "persons": [
            {
                "nationalIdentityNumber": number,
                "name": f"Fornavn Mellomnavn Etternavn{place}",
                "mobileNumber": f"+47{40_000_000 + place}",
                **({"email": f"person{place}@bench.example"} if place % 10 else {}),
            }
            for place, number in zip(range(persons), _identity_numbers(), strict=False)
        ],
        "organizations": [
            {
                "organizationNumber": number,
                "name": f"Foretak {place} AS",
                "emailAddresses": [f"post{place}@bench.example"],
            }
            for place, number in zip(range(organizations), _organization_numbers(), strict=False)
        ],
    }


def write(folder: Path, lists: Mapping[str, Sequence[Mapping[str, Any]]]) -> Path:
    file = folder / "registers.json"
    file.write_text(json.dumps(lists))
    return file


def _identity_numbers() -> Iterator[str]:
    """One a day; days whose number would have no check digit are left out."""
    day = _FIRST_DAY
    while True:
        start = f"{day.day:02}{day.month + _MONTHS_APART:02}{day.year % 100:02}500"
        if whole := _with_check(_with_check(start, _FIRST_CHECK), _SECOND_CHECK):
            yield whole
        day += timedelta(days=1)


def _organization_numbers() -> Iterator[str]:
    number = 31_000_000
    while True:
        if whole := _with_check(str(number), _ORGANIZATION_CHECK):
            yield whole
        number += 1


def _with_check(digits: str, weights: Sequence[int]) -> str:
    """With its check digit; empty where there is none."""
    rest = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False)) % 11
    return f"{digits}{(11 - rest) % 11}" if digits and rest != 1 else ""
