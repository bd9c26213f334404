"""Is an answer the documented one? In a text, `…` stands for anything that differs from run to
run, alone for a number, too; `"…": "…"` for members that are not shown. All else is compared
member by member.
"""

from itertools import zip_longest
from typing import Any

ANYTHING = "…"
_ABSENT = object()


def differences(documented: Any, real: Any, place: str = "$") -> list[str]:
    """What differs, each with its place; empty when the real answer is the documented one."""
    match documented, real:
        case dict(), dict():
            shown = [name for name in documented if name != ANYTHING]
            others = [name for name in real if name not in documented]
            names = shown if ANYTHING in documented else [*shown, *others]
            pairs = [
                (f"{place}.{name}", documented.get(name, _ABSENT), real.get(name, _ABSENT))
                for name in names
            ]
        case list(), list():
            pairs = [
                (f"{place}[{index}]", one, other)
                for index, (one, other) in enumerate(
                    zip_longest(documented, real, fillvalue=_ABSENT)
                )
            ]
        case str(), str() if is_like(documented, real):
            return []
        case "…", int() | float() if not isinstance(real, bool):
            return []
        case _ if documented == real and type(documented) is type(real):
            return []
        case _:
            return [f"{place}: documented {_shown(documented)}, really {_shown(real)}"]
    return [found for at, one, other in pairs for found in differences(one, other, at)]


def is_like(documented: str, real: str) -> bool:
    """Whether `real` has the documented pieces in their order, with something at each `…`."""
    first, *others = documented.split(ANYTHING)
    if not others:
        return documented == real
    if not real.startswith(first):
        return False
    rest = real[len(first) :]
    *between, last = others
    for piece in between:
        found = rest.find(piece, 1)
        if found < 0:
            return False
        rest = rest[found + len(piece) :]
    return len(rest) > len(last) and rest.endswith(last)


def _shown(value: object) -> str:
    return "nothing" if value is _ABSENT else repr(value)
