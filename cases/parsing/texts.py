"""What texts may look like (cases contract 5): whole strings, ASCII digits, code points."""

import re

from cases.parsing.reader import Code, Part

LONGEST_TEKST = 300
LONGEST_TITTEL = 140
_ELEVEN_DIGITS = re.compile("[0-9]{11}")
_LINE_BREAK = re.compile("[\r\n]")
_MOBILE = re.compile(r"(?:\+47|0047)?([49][0-9]{7})")
_LOCAL = frozenset("0123456789._%+-")
_DOMAIN = frozenset("0123456789.-")


def shown(part: Part, name: str, most: int) -> str:
    """A text that recipients see: at most so many code points, and no national id number."""
    text = part.text(name)
    if len(text) > most:
        part.refuse(name, Code.TOO_LONG, f"At most {most} characters; these are {len(text)}.")
    if _ELEVEN_DIGITS.search(text):
        detail = "Eleven digits in a row could be a national identity number: leave it out."
        part.refuse(name, Code.ELEVEN_DIGITS, detail)
    return text


def shown_if_any(part: Part, name: str, most: int) -> str | None:
    return shown(part, name, most) if part.has(name) else None


def one_line(part: Part, name: str) -> str:
    text = part.text(name)
    if _LINE_BREAK.search(text):
        part.refuse(name, Code.LINE_BREAK, "A single line is needed: no CR, no LF.")
    return text


def mobile(part: Part, name: str) -> str:
    """As `+47` and eight digits, whichever way it was written; empty when it is none."""
    match = _MOBILE.fullmatch(part.text(name))
    if match:
        return f"+47{match[1]}"
    detail = "A Norwegian mobile number is needed: eight digits that begin with 4 or 9, alone or"
    part.refuse(name, Code.INVALID_FORMAT, f"{detail} after +47 or 0047.")
    return ""


def email(part: Part, name: str) -> str:
    address = part.text(name)
    if not is_email(address):
        part.refuse(name, Code.INVALID_FORMAT, "This is no e-mail address.")
    return address


def is_email(text: str) -> bool:
    """Letters of any script, as the contract has it; no pattern of `re` can say letter."""
    local, _, domain = text.partition("@")
    name, _, top = domain.rpartition(".")
    return (
        bool(local and name)
        and len(top) >= 2
        and top.isalpha()
        and all(char.isalpha() or char in _LOCAL for char in local)
        and all(char.isalpha() or char in _DOMAIN for char in name)
    )
