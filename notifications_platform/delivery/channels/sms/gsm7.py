"""How long an SMS is: GSM 03.38 septets, or UCS-2 units once one character is outside it
(delivery contract 4, orders contract 8).
"""

from collections.abc import Callable
from dataclasses import dataclass

_DEFAULT = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Each of these takes an escape septet and one more.
_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM7 = _DEFAULT | _EXTENSION
_PARTS = 16


@dataclass(frozen=True, slots=True)
class Measured:
    """A text as it will leave: cut to what 16 parts hold, with the number of its parts."""

    text: str
    parts: int
    ucs2: bool


def measure(text: str) -> Measured:
    """Cut silently beyond 16 parts, never inside a character."""
    if _DEFAULT.issuperset(text):
        return _measured(text, None, single=160, per_part=134)
    if _GSM7.issuperset(text):
        return _measured(text, _septets, single=160, per_part=134)
    return _measured(text, _code_units, single=70, per_part=67, ucs2=True)


def _septets(character: str) -> int:
    return 2 if character in _EXTENSION else 1


def _code_units(character: str) -> int:
    return 2 if character > "\uffff" else 1


def _measured(
    text: str,
    cost: Callable[[str], int] | None,
    *,
    single: int,
    per_part: int,
    ucs2: bool = False,
) -> Measured:
    """Without `cost`, each character takes one."""
    most = _PARTS * per_part
    text = text[:most]
    costs = [cost(character) for character in text] if cost else [1] * len(text)
    total = sum(costs)
    while total > most:
        total -= costs.pop()
    parts = 1 if total <= single else -(-total // per_part)
    return Measured(text[: len(costs)], parts, ucs2)
