"""Host and mail domain names in the form that DNS knows."""

import re

import idna

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_ASCII_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")


def to_ascii(name: str) -> str:
    """`name` in lower case, other letters than ASCII as IDNA 2008. Raises ValueError."""
    if not name.isascii():
        # idna.IDNAError is a UnicodeError, hence a ValueError.
        name = idna.encode(name, uts46=True).decode("ascii")
    name = name.lower().removesuffix(".")
    if len(name) > 253 or not _ASCII_NAME.fullmatch(name):
        raise ValueError("not a host name")
    return name
