"""What the sinks received, told in the words of runtime contract 6."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Lower

from notifications_platform.delivery.states import Channel
from notifications_platform.sandbox.models import Received

MOST = 10_000
USUAL = 1_000

_PARSER = BytesParser(policy=policy.default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """`to` and `sender` of an SMS as numbers or names, of an e-mail as bare addresses; `body`
    with its markup when the mail is HTML; `at` is business time in UTC.
    """

    id: UUID
    channel: str
    to: str
    sender: str
    subject: str
    body: str
    content_type: str
    message_id: str
    at: datetime


def newest(*, channel: str = "", to: str = "", limit: int = USUAL) -> list[Item]:
    """At most `limit` received messages, newest first, of this channel and to this recipient.

    Addresses are compared without regard to case, a number with or without its `+`.
    """
    return [_item(received) for received in _found(channel, to)[:limit]]


def newest_id(*, channel: str = "", to: str = "") -> UUID | None:
    """Of what `newest` would show first."""
    return _found(channel, to).values_list("id", flat=True).first()


def empty() -> None:
    """Forget everything received. Reports still owed are made all the same."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE sandbox_received")


def on_the_wire(items: Iterable[Item]) -> list[dict[str, object]]:
    names = {"content_type": "contentType", "message_id": "messageId"}
    return [
        {names.get(key, key): value for key, value in asdict(item).items() if key != "id"}
        for item in items
    ]


def _found(channel: str, to: str) -> QuerySet[Received]:
    found = Received.objects.order_by("-id")
    if channel:
        found = found.filter(channel=channel)
    if to:
        found = found.alias(folded=Lower("recipient")).filter(folded__in=_spellings(to))
    return found


def _spellings(to: str) -> Sequence[str]:
    # In a query string an unescaped + is a blank.
    bare = to.strip().lower()
    return [bare, f"+{bare}"] if bare.isdecimal() else [bare]


def _item(received: Received) -> Item:
    if received.channel == Channel.SMS:
        return Item(
            id=received.id,
            channel=received.channel,
            to=received.recipient,
            sender=received.sender,
            subject="",
            body=bytes(received.content).decode(errors="replace"),
            content_type="text/plain",
            message_id=received.reference,
            at=received.at.astimezone(UTC),
        )
    return _mail(received)


def _mail(received: Received) -> Item:
    message = _PARSER.parsebytes(bytes(received.content))
    body, content_type = _readable(message)
    sender = _header(message, "From")
    return Item(
        id=received.id,
        channel=received.channel,
        to=received.recipient,
        sender=parseaddr(sender)[1] or sender,
        subject=_header(message, "Subject"),
        body=body,
        content_type=content_type,
        message_id=_header(message, "Message-ID").strip(),
        at=received.at.astimezone(UTC),
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message[name] or "")
    except (MessageError, ValueError, IndexError):
        # Shown as it came where even the standard parser stumbles.
        return next((str(value) for key, value in message.raw_items() if key == name), "")


def _readable(message: EmailMessage) -> tuple[str, str]:
    """The HTML part of an HTML mail, else the text."""
    part = message.get_body(("html", "plain"))
    if part is None:
        return message.as_string(), "text/plain"
    encoded = part.get_payload(decode=True)
    content = encoded if isinstance(encoded, bytes) else b""
    try:
        text = content.decode(part.get_content_charset("utf-8"), errors="replace")
    except LookupError:
        text = content.decode("latin-1")
    text = text.replace("\r\n", "\n")
    if str(part.get("Content-Transfer-Encoding", "")).lower() != "base64":
        # The last line's end belongs to SMTP, not to the text.
        text = text.removesuffix("\n")
    return text, part.get_content_type()
