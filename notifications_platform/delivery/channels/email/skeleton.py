"""Messages by the hundred thousand: a MIME skeleton per content, bytes joined per message.

The standard library builds the message once per content, with marks where the bodies go.
What differs per message is encoded piece by piece, each in a form that stands anywhere: the
bodies in quoted-printable between soft line breaks, the headers on lines of their own. So
nothing has to be cut where an encoding might not allow it.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from functools import lru_cache
from html import escape
from uuid import uuid4

from notifications_platform.delivery.channels.base import Content, Parcel
from notifications_platform.delivery.channels.email import quoted_printable
from notifications_platform.delivery.channels.email.address import BadAddress, Mailbox, mailbox
from notifications_platform.delivery.channels.email.headers import one_line, unstructured
from notifications_platform.delivery.channels.email.texts import Texts, texts
from notifications_platform.delivery.channels.placeholders import Cut

# Of larger texts only a few are kept: some have thirty megabytes, and take thrice as much here.
_LARGE = 100_000

_BOUNDARY = "=_alternative"  # Quoted-printable never writes `=_`.

_NAMED = re.compile(r'(?:"((?:[^"\\]|\\.)*)"|([^<>"]*?)) *<([^<>]*)>')
_ESCAPED = re.compile(r"\\(.)")


class UnusableSender(ValueError):
    """The content's sender is not a mail address, alone or as `Name <address>`."""


def date_header(at: datetime) -> bytes:
    return f"Date: {format_datetime(at)}\r\n".encode("ascii")


class Skeleton:
    """One content, ready for any number of messages."""

    def __init__(self, content: Content) -> None:
        """Raises UnusableSender."""
        name, self.sender = sender_of(content)
        written = texts(content)
        self.utf8 = self.sender.utf8
        self._subject = written.subject
        self._fixed_subject = (
            b"" if written.subject.names else unstructured("Subject", written.subject.fill({}))
        )
        head, *tails = _frame(name, self.sender, written)
        self._id_tail = f"@{self.sender.domain}>\r\n".encode() + head
        bodies = [_Body(written.plain)] + ([_Body(written.html, html=True)] if written.html else [])
        self._parts = list(zip(bodies, tails, strict=True))

    def message(self, parcel: Parcel, receiver: Mailbox, date: bytes) -> bytes:
        """The whole message; `date` is its `date_header`. Lines end in CR LF, none begins with
        a dot, and all are ASCII unless sender or receiver are `utf8`.
        """
        values = parcel.values
        pieces = [
            f"To: {receiver.text}\r\n".encode(),
            self._fixed_subject or unstructured("Subject", self._subject.fill(values)),
            date,
            b"Message-ID: <",
            str(parcel.id).encode("ascii"),
            self._id_tail,
        ]
        for body, tail in self._parts:
            body.write(values, pieces)
            pieces.append(tail)
        return b"".join(pieces)


class _Body:
    """One text in quoted-printable, its literals encoded beforehand."""

    def __init__(self, text: Cut, *, html: bool = False) -> None:
        self._html = html
        *literals, last = text.literals
        encoded = [quoted_printable.piece(literal) for literal in literals]
        self._before = list(zip(encoded, text.names, strict=True))
        self._last = quoted_printable.last_piece(last)

    def write(self, values: Mapping[str, str], pieces: list[bytes]) -> None:
        for literal, name in self._before:
            value = values.get(name)
            if value is None:
                value = name
            elif self._html:
                value = escape(value)
            pieces += literal, quoted_printable.piece(value)
        pieces.append(self._last)


def sender_of(content: Content) -> tuple[str, Mailbox]:
    """Display name, empty if none, and address. Raises UnusableSender."""
    written = one_line(content.sender).strip()
    # Not parseaddr: its answer to odd names differs between Python's patch releases.
    named = _NAMED.fullmatch(written)
    quoted, plain, address = named.groups() if named else (None, "", written)
    name = plain if quoted is None else _ESCAPED.sub(r"\1", quoted)
    try:
        return name, mailbox(address)
    except BadAddress:
        raise UnusableSender from None


def _frame(name: str, sender: Mailbox, written: Texts) -> list[bytes]:
    """What stands before, between and after the bodies."""
    policy = SMTPUTF8 if sender.utf8 else SMTP
    frame = EmailMessage(policy=policy)
    try:
        frame["From"] = Address(name, addr_spec=sender.text)
    except ValueError:
        raise UnusableSender from None
    frame["Auto-Submitted"] = "auto-generated"
    mark = uuid4().hex
    frame.set_content(mark, cte="quoted-printable")
    if written.html:
        frame.add_alternative(mark, subtype="html", cte="quoted-printable")
        frame.set_boundary(_BOUNDARY)
    return frame.as_bytes(policy=policy).split(mark.encode() + b"\r\n")


_kept = lru_cache(maxsize=64)(Skeleton)
_kept_large = lru_cache(maxsize=4)(Skeleton)


def skeleton(content: Content) -> Skeleton:
    """The skeleton of a content, kept while it is in use. Raises ValueError (UnusableSender is
    one).
    """
    return (_kept_large if len(content.body) > _LARGE else _kept)(content)
