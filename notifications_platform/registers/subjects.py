"""Whose record it is in the registers."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Subject:
    """By national identity number or organisation number."""

    kind: Literal["person", "organization"]
    number: str
