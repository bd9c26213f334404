"""E-mail over SMTP: many messages per connection, several connections at once (delivery 3).

Where the server pipelines, MAIL, RCPT and DATA leave in one write, together with the end of
the message before (RFC 2920): one round trip per message.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from urllib.parse import parse_qs, unquote, urlsplit

from notifications_platform.core import clock
from notifications_platform.delivery.channels.base import (
    Parcel,
    Permanent,
    ProviderUnavailable,
    Sent,
    Transient,
    Verdict,
)
from notifications_platform.delivery.channels.email import replies
from notifications_platform.delivery.channels.email.address import BadAddress, mailbox
from notifications_platform.delivery.channels.email.connection import Connection, Server
from notifications_platform.delivery.channels.email.pool import Pool
from notifications_platform.delivery.channels.email.replies import OutOfStep
from notifications_platform.delivery.channels.email.skeleton import (
    UnusableSender,
    date_header,
    skeleton,
)
from notifications_platform.delivery.channels.handover import TOO_LATE, is_too_late
from notifications_platform.delivery.states import Reason

Judge = Callable[[replies.Reply, str], Verdict | None]

_PORTS = {"": 25, "starttls": 587, "ssl": 465}
_END, _RESET = b".\r\n", b"RSET\r\n"
# Losses in a row, a time-out counting double, after which the server is left alone.
_MOST_TROUBLE = 4
_LOST_BEFORE = "connection lost before the data was handed over"
_TIMED_OUT = "timed out before the data was handed over"
_OUT_OF_STEP = "the server's answer makes no sense"
_LOST_AFTER = "connection lost after the data was handed over"


def server(url: str, hello: str) -> Server:
    """`smtp://[user:password@]host:port[?tls=starttls|ssl][&timeout=seconds]`; `hello` is the
    name that we give ourselves. Raises ValueError.
    """
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    tls = options.pop("tls", "")
    timeout = timedelta(seconds=float(options.pop("timeout", 20)))
    if parts.scheme != "smtp" or not parts.hostname or tls not in _PORTS or options:
        raise ValueError("write it as smtp://user:password@host:port?tls=starttls")
    return Server(
        host=parts.hostname,
        port=parts.port or _PORTS[tls],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=tls,
        timeout=timeout,
        hello=hello,
    )


class SmtpTransport:
    batch = 100
    one_by_one = True
    reports = False

    def __init__(self, server: Server, *, return_path: str = "") -> None:
        """`return_path` is the envelope sender, empty for the message's own sender."""
        self.name = f"smtp:{server.host}:{server.port}"
        self.pool = Pool(server)
        self.return_path = return_path

    def send(self, parcels: Sequence[Parcel]) -> Iterator[Verdict]:
        return _Round(self, parcels).verdicts()


@dataclass(frozen=True, slots=True)
class _Letter:
    """A message ready to be handed over: its envelope commands, and its bytes with their end."""

    parcel: Parcel
    commands: tuple[bytes, bytes, bytes]
    content: bytes
    utf8_sender: bool
    utf8_receiver: bool


class _Round:
    """One call of `send`: a batch over one connection, replaced where it breaks."""

    def __init__(self, transport: SmtpTransport, parcels: Sequence[Parcel]) -> None:
        self._transport = transport
        self._parcels = iter(parcels)
        self._ahead: deque[_Letter | Verdict] = deque()
        self._connection: Connection | None = None
        # The letter whose envelope is already on its way over this connection.
        self._begun: _Letter | None = None
        self._busy = False
        self._trouble = 0
        self._judges: tuple[Judge, Judge, Judge] = (
            partial(replies.verdict_on_sender, ours=bool(transport.return_path)),
            replies.verdict_on_receiver,
            replies.verdict_on_data,
        )
        self._date = date_header(clock.real())

    def verdicts(self) -> Iterator[Verdict]:
        try:
            while self._ahead or self._look_ahead():
                item = self._ahead.popleft()
                yield self._deliver(item) if isinstance(item, _Letter) else item
        finally:
            self._leave()

    # --- what comes next ------------------------------------------------------------------
    def _look_ahead(self) -> bool:
        """Prepare one more parcel; False at the end."""
        parcel = next(self._parcels, None)
        if parcel is not None:
            self._ahead.append(self._prepared(parcel))
        return parcel is not None

    def _next_letter(self) -> _Letter | None:
        """The one after this, with the verdicts that need no server left in between."""
        while not (self._ahead and isinstance(self._ahead[-1], _Letter)):
            if not self._look_ahead():
                return None
        following = self._ahead[-1]
        return following if isinstance(following, _Letter) else None

    def _prepared(self, parcel: Parcel) -> _Letter | Verdict:
        if is_too_late(parcel):
            return TOO_LATE
        try:
            receiver = mailbox(parcel.address)
            frame = skeleton(parcel.content)
        except BadAddress:
            return Permanent(Reason.INVALID_ADDRESS, "not a mail address")
        except UnusableSender:
            return Permanent(Reason.CONTENT_REFUSED, "the sender is not a mail address")
        sender = self._transport.return_path or frame.sender.text
        options = " SMTPUTF8 BODY=8BITMIME" if receiver.utf8 or frame.utf8 else ""
        return _Letter(
            parcel=parcel,
            commands=(
                f"MAIL FROM:<{sender}>{options}\r\n".encode(),
                f"RCPT TO:<{receiver.text}>\r\n".encode(),
                b"DATA\r\n",
            ),
            content=frame.message(parcel, receiver, self._date) + _END,
            utf8_sender=frame.utf8,
            utf8_receiver=receiver.utf8,
        )

    # --- handing over ---------------------------------------------------------------------
    def _deliver(self, letter: _Letter) -> Verdict:
        """Raises ProviderUnavailable."""
        if self._trouble >= _MOST_TROUBLE:
            raise ProviderUnavailable("the connection breaks again and again")
        for again in (False, True):
            connection = self._connected(fresh=again)
            unfit = _unfit(connection, letter)
            if unfit:
                return unfit
            try:
                refusal, waits_for_data = self._begin(connection, letter)
            except TimeoutError:
                return self._lost(_TIMED_OUT, trouble=2)
            except OutOfStep:
                return self._lost(_OUT_OF_STEP, trouble=2)
            except OSError:
                self._lost(_LOST_BEFORE, trouble=1)
            else:
                return self._end(connection, letter, refusal, waits_for_data=waits_for_data)
        return Transient(_LOST_BEFORE)

    def _begin(self, connection: Connection, letter: _Letter) -> tuple[Verdict | None, bool]:
        """The envelope: why it was refused, if so, and whether the server waits for data."""
        address = letter.parcel.address
        if connection.pipelining and self._begun is not letter:
            connection.write(b"".join(letter.commands))
        self._busy, self._begun = True, None
        connection.grant_time()
        refusal = None
        for command, judge in zip(letter.commands, self._judges, strict=True):
            if not connection.pipelining:
                if refusal:
                    break
                connection.write(command)
            reply = connection.reply()
            replies.heed_closing(reply)
            refusal = refusal or judge(reply, address)
        return refusal, reply.code == replies.GO_AHEAD

    def _end(
        self,
        connection: Connection,
        letter: _Letter,
        refusal: Verdict | None,
        *,
        waits_for_data: bool,
    ) -> Verdict:
        """The content, or what ends a refused transaction, and the next letter's envelope."""
        if not refusal and is_too_late(letter.parcel):
            self._drop()
            return TOO_LATE
        ending = letter.content if not refusal else _END if waits_for_data else _RESET
        following = self._followed_by(connection)
        try:
            connection.write(ending + (b"".join(following.commands) if following else b""))
            self._begun = following
            connection.grant_time()
            reply = connection.reply()
            verdict = refusal or replies.verdict_on_content(reply, letter.parcel.address)
        except (OSError, OutOfStep) as error:
            lost = self._lost(_LOST_AFTER, trouble=2 if isinstance(error, TimeoutError) else 1)
            return refusal or lost
        connection.count(refused=not isinstance(verdict, Sent))
        self._trouble = 0
        self._busy = following is not None
        if refusal and ending is _RESET and reply.code // 100 != 2:
            self._drop()
        return verdict

    def _followed_by(self, connection: Connection) -> _Letter | None:
        """The letter whose envelope may leave in the same write."""
        if not connection.pipelining or connection.worn:
            return None
        following = self._next_letter()
        return following if following and not _unfit(connection, following) else None

    # --- the connection -------------------------------------------------------------------
    def _connected(self, *, fresh: bool) -> Connection:
        if self._connection and self._connection.worn and not self._busy:
            self._connection.quit()
            self._connection = None
        if self._connection is None:
            pool = self._transport.pool
            self._connection = pool.fresh() if fresh else pool.borrow()
        return self._connection

    def _lost(self, answer: str, *, trouble: int) -> Transient:
        self._trouble += trouble
        self._drop()
        return Transient(answer)

    def _drop(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = self._begun = None
        self._busy = False

    def _leave(self) -> None:
        if self._busy:
            self._drop()
        elif self._connection:
            self._transport.pool.give_back(self._connection)
            self._connection = None


def _unfit(connection: Connection, letter: _Letter) -> Verdict | None:
    """What the server said from the start that it does not take."""
    if (letter.utf8_sender or letter.utf8_receiver) and not connection.utf8:
        reason = Reason.CONTENT_REFUSED if letter.utf8_sender else Reason.INVALID_ADDRESS
        return Permanent(reason, "the server takes ASCII addresses only")
    if connection.size and len(letter.content) > connection.size:
        return Permanent(Reason.CONTENT_REFUSED, "larger than the server takes")
    return None
