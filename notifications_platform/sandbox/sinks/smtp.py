"""The mail sink: an SMTP server (RFC 5321, 6531) that stores whatever it is sent.

Its own protocol class: an asyncio server made of general parts spends most of its time on
reading lines, and the sink must not be what the platform waits for.
"""

import asyncio
import re
from collections import OrderedDict
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from notifications_platform.core import clock
from notifications_platform.delivery.states import Channel
from notifications_platform.sandbox.sinks import magic
from notifications_platform.sandbox.sinks.recording import Arrival, CannotStore, Recorder

_HOST = "sandbox.invalid"
_LONGEST_LINE = 2048
_LARGEST_MESSAGE = 40_000_000
_MOST_RECIPIENTS = 100
_END_OF_CONTENT = b"\r\n.\r\n"
_EXTENSIONS = (
    f"250-{_HOST}",
    "250-PIPELINING",
    f"250-SIZE {_LARGEST_MESSAGE}",
    "250-8BITMIME",
    "250-SMTPUTF8",
    "250 ENHANCEDSTATUSCODES",
)
_PATH = re.compile(r"(?:FROM|TO):\s*<([^<>\x00-\x20\x7f]*)>((?:\s+\S+)*)\s*", re.IGNORECASE)


class Greylist:
    """Who was put off and not taken yet; forgets the oldest beyond 10,000."""

    def __init__(self) -> None:
        self._put_off: OrderedDict[str, None] = OrderedDict()

    def knows(self, address: str) -> bool:
        """Whether `address` was put off before; if so it is forgotten, else noted."""
        if address in self._put_off:
            del self._put_off[address]
            return True
        self._put_off[address] = None
        if len(self._put_off) > 10_000:
            self._put_off.popitem(last=False)
        return False


class SmtpConnection(asyncio.Protocol):
    """One client. Commands are answered in the order they came, also when pipelined; while a
    message is being stored nothing further is read.
    """

    def __init__(self, recorder: Recorder, greylist: Greylist) -> None:
        self._recorder = recorder
        self._greylist = greylist
        self._buffer = bytearray()
        self._searched = 0
        self._in_content = False
        self._finishing: asyncio.Task[None] | None = None
        self._reset()

    def _reset(self) -> None:
        self._sender: str | None = None
        self._utf8 = False
        self._recipients: list[str] = []

    # --- asyncio ----------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - tells the type only
        self._transport = transport
        self._answer(f"220 {_HOST} ESMTP sandbox")

    def connection_lost(self, _error: Exception | None) -> None:
        if self._finishing:
            self._finishing.cancel()

    def data_received(self, chunk: bytes) -> None:
        self._buffer += chunk
        if self._finishing and len(self._buffer) > _LONGEST_LINE:
            # Not sooner: a client that gives up meanwhile must be noticed.
            self._transport.pause_reading()
        self._advance()

    def _advance(self) -> None:
        while not self._finishing and not self._transport.is_closing():
            if not (self._content_arrived() if self._in_content else self._line_arrived()):
                return

    # --- lines ------------------------------------------------------------------------------
    def _line_arrived(self) -> bool:
        end = self._buffer.find(b"\n")
        if max(end, len(self._buffer) if end < 0 else 0) > _LONGEST_LINE:
            self._hang_up("500 5.5.2 Line too long")
            return False
        if end < 0:
            return False
        line = bytes(self._buffer[:end]).rstrip(b"\r")
        del self._buffer[: end + 1]
        try:
            self._obey(line.decode())
        except UnicodeDecodeError:
            self._answer("500 5.5.2 Not UTF-8")
        return True

    def _obey(self, line: str) -> None:
        verb, _, argument = line.partition(" ")
        match verb.upper():
            case "MAIL":
                self._mail(argument)
            case "RCPT":
                self._rcpt(argument)
            case "DATA":
                self._data()
            case "EHLO":
                self._reset()
                self._answer(*_EXTENSIONS)
            case "HELO":
                self._reset()
                self._answer(f"250 {_HOST}")
            case "RSET":
                self._reset()
                self._answer("250 2.0.0 Forgotten")
            case "NOOP":
                self._answer("250 2.0.0 Still here")
            case "QUIT":
                self._hang_up("221 2.0.0 Bye")
            case _:
                self._answer("502 5.5.1 Not implemented here")

    def _mail(self, argument: str) -> None:
        path = _PATH.fullmatch(argument)
        if path is None:
            self._answer("501 5.1.7 Syntax: MAIL FROM:<address>")
            return
        self._reset()
        self._utf8 = "SMTPUTF8" in path[2].upper().split()
        if self._refuses_script(path[1]):
            return
        self._sender = path[1]
        self._answer("250 2.1.0 Sender fine")

    def _rcpt(self, argument: str) -> None:
        path = _PATH.fullmatch(argument)
        if self._sender is None:
            self._answer("503 5.5.1 MAIL first")
        elif path is None or "@" not in path[1]:
            self._answer("501 5.1.3 Syntax: RCPT TO:<address>")
        elif len(self._recipients) >= _MOST_RECIPIENTS:
            self._answer("452 4.5.3 Too many recipients")
        elif not self._refuses_script(path[1]) and not self._refuses_recipient(path[1]):
            self._recipients.append(path[1])
            self._answer("250 2.1.5 Recipient fine")

    def _refuses_script(self, address: str) -> bool:
        if self._utf8 or address.isascii():
            return False
        self._answer("553 5.6.7 Such an address needs SMTPUTF8")
        return True

    def _refuses_recipient(self, address: str) -> bool:
        behaviour = magic.of_address(address)
        if behaviour is None or not behaviour.at_recipient:
            return False
        if behaviour.once and self._greylist.knows(address):
            return False
        if behaviour.hangs_up:
            self._hang_up(behaviour.at_recipient)
        else:
            self._answer(behaviour.at_recipient)
        return True

    def _data(self) -> None:
        if not self._recipients:
            self._answer("503 5.5.1 RCPT first")
            return
        self._answer("354 End with a lone dot")
        # Lets an empty message end like any other: with CR LF, dot, CR LF.
        self._buffer[:0] = b"\r\n"
        self._searched = 0
        self._in_content = True

    # --- content ----------------------------------------------------------------------------
    def _content_arrived(self) -> bool:
        end = self._buffer.find(_END_OF_CONTENT, self._searched)
        if end < 0:
            self._searched = max(0, len(self._buffer) - len(_END_OF_CONTENT))
            if len(self._buffer) > _LARGEST_MESSAGE:
                self._hang_up("552 5.3.4 Message too large")
            return False
        content = bytes(self._buffer[: end + 2])
        del self._buffer[: end + len(_END_OF_CONTENT)]
        self._in_content = False
        content = content.replace(b"\r\n.", b"\r\n").removeprefix(b"\r\n")
        self._finishing = asyncio.ensure_future(self._finish(content))
        return False

    async def _finish(self, content: bytes) -> None:
        answer = await self._taken(content)
        self._finishing = None
        self._reset()
        if answer:
            self._answer(answer)
            self._transport.resume_reading()
            self._advance()
        else:
            self._transport.abort()

    async def _taken(self, content: bytes) -> str:
        """The answer to this content; empty to break the connection off."""
        behaviours = [found for address in self._recipients if (found := magic.of_address(address))]
        for behaviour in behaviours:
            await asyncio.sleep(behaviour.pause.total_seconds())
            if behaviour.drops or behaviour.at_content:
                return behaviour.at_content
        arrivals = [
            Arrival(channel=Channel.EMAIL, recipient=address, content=content)
            for address in self._recipients
        ]
        if self._sender and any(behaviour.bounces for behaviour in behaviours):
            arrivals.append(_bounce(self._sender, self._recipients))
        try:
            await self._recorder.store(arrivals)
        except CannotStore:
            return "451 4.3.0 Cannot store it just now"
        return f"250 2.0.0 Taken as {arrivals[0].id}"

    # --- answers ----------------------------------------------------------------------------
    def _answer(self, *lines: str) -> None:
        self._transport.write("".join(f"{line}\r\n" for line in lines).encode())

    def _hang_up(self, line: str) -> None:
        self._answer(line)
        self._transport.close()


def _bounce(sender: str, recipients: list[str]) -> Arrival:
    """What a mail server that could not deliver after all sends back (RFC 3461)."""
    notice = EmailMessage()
    notice["From"] = f"Mail Delivery System <mailer-daemon@{_HOST}>"
    notice["To"] = sender
    notice["Subject"] = "Undelivered mail returned to sender"
    notice["Date"] = format_datetime(clock.now())
    notice["Message-ID"] = make_msgid(domain=_HOST)
    notice["Auto-Submitted"] = "auto-replied"
    notice.set_content(
        f"Could not be delivered: {', '.join(recipients)}\n550 5.1.1 No such mailbox"
    )
    return Arrival(channel=Channel.EMAIL, recipient=sender, content=notice.as_bytes())


async def serve(recorder: Recorder, host: str, port: int) -> asyncio.Server:
    """Listen on `host`:`port`; port 0 takes a free one."""
    greylist = Greylist()
    return await asyncio.get_running_loop().create_server(
        lambda: SmtpConnection(recorder, greylist), host, port
    )
