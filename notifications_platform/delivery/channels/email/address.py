"""Mail addresses as SMTP and message headers take them.

What passes holds no space, control character or angle bracket, so that neither a command nor
a header can be continued by it.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from notifications_platform.http.hostnames import to_ascii

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_QUOTED = re.compile(r'"[ !#-\[\]-~]+"')
_ASCII_LOCAL_CHARACTERS = re.compile(rf"(?:{_ATOM}|\.)*")
_LITERAL = re.compile(r"\[[0-9A-Za-z.:]{1,60}\]")
_LONGEST = 320


class BadAddress(ValueError):
    """Not one mail address."""

    def __init__(self) -> None:
        super().__init__("not a mail address")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """`text` is local@domain with the domain in ASCII; `utf8`: the local part is not ASCII, so
    that only a server with SMTPUTF8 takes it.
    """

    text: str
    domain: str
    utf8: bool = False


def mailbox(address: str) -> Mailbox:
    """Raises BadAddress."""
    address = address.strip()
    local, at, domain = address.rpartition("@")
    if not at or len(address) > _LONGEST:
        raise BadAddress
    domain = _domain(domain)
    if local.isascii():
        return Mailbox(f"{_ascii_local(local)}@{domain}", domain)
    return Mailbox(f"{_other_local(local)}@{domain}", domain, utf8=True)


@lru_cache(maxsize=4096)
def _domain(domain: str) -> str:
    if _LITERAL.fullmatch(domain):
        return domain
    try:
        return to_ascii(domain)
    except ValueError:
        raise BadAddress from None


def _ascii_local(local: str) -> str:
    if _DOT_ATOM.fullmatch(local) or _QUOTED.fullmatch(local):
        return local
    if local and _ASCII_LOCAL_CHARACTERS.fullmatch(local):
        # Dots first, last or doubled: some providers gave such addresses away.
        return f'"{local}"'
    raise BadAddress


def _other_local(local: str) -> str:
    ascii_part = "".join(filter(str.isascii, local))
    if not _ASCII_LOCAL_CHARACTERS.fullmatch(ascii_part):
        raise BadAddress
    # Separators, controls, lone surrogates and what has no assigned meaning.
    if any(unicodedata.category(character)[0] in "ZC" for character in local):
        raise BadAddress
    return unicodedata.normalize("NFC", local)
