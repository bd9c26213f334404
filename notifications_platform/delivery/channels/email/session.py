"""Letters over one SMTP connection at a time, as a course of steps that never wait themselves.

Where the server pipelines, MAIL, RCPT and DATA leave in one write, together with the end of
the message before (RFC 2920): one round trip per message. A course yields what it waits for;
`wire` carries it on when that has come.
"""

import time
from collections.abc import Callable, Generator
from concurrent.futures import Future
from enum import Enum, auto
from functools import partial

import structlog

from notifications_platform.delivery.channels.base import (
    ProviderUnavailable,
    Sent,
    Transient,
    Verdict,
)
from notifications_platform.delivery.channels.email import replies
from notifications_platform.delivery.channels.email.connection import Connection
from notifications_platform.delivery.channels.email.letters import Letter, Letters
from notifications_platform.delivery.channels.email.pool import Pool
from notifications_platform.delivery.channels.email.replies import OutOfStep, Reply
from notifications_platform.delivery.channels.handover import TOO_LATE, is_too_late

log = structlog.get_logger(__name__)

Judge = Callable[[Reply, str], Verdict | None]

_END, _RESET = b".\r\n", b"RSET\r\n"
# Losses in a row, a time-out counting double, after which the server is left alone.
_MOST_TROUBLE = 4
_LOST_BEFORE = "connection lost before the data was handed over"
_TIMED_OUT = "timed out before the data was handed over"
_OUT_OF_STEP = "the server's answer makes no sense"
_LOST_AFTER = "connection lost after the data was handed over"


class Wait(Enum):
    """What a course of steps waits for: the socket of its connection, or the connection."""

    READ = auto()
    WRITE = auto()
    OPENING = auto()


class _Dispensable(Exception):
    """The server gives no further connection; the others go on with what they have."""


class Session:
    """Takes letters as long as there are any. A broken connection is replaced."""

    def __init__(
        self, letters: Letters, pool: Pool, *, own_sender: bool, additional: bool = False
    ) -> None:
        """`own_sender`: the envelope sender is the platform's, not the content's. An
        `additional` session ends where the server does not want it.
        """
        self.connection: Connection | None = None
        self.opening: Future[Connection] | None = None
        self.failed_at: Letter | None = None
        self._opening_until = 0.0
        self._letters = letters
        self._pool = pool
        self._additional = additional
        self._following: Letter | None = None
        # The letter whose envelope is already on its way over this connection.
        self._begun: Letter | None = None
        self._busy = False
        self._trouble = 0
        self._judges: tuple[Judge, Judge, Judge] = (
            partial(replies.verdict_on_sender, ours=own_sender),
            replies.verdict_on_receiver,
            replies.verdict_on_data,
        )

    @property
    def deadline(self) -> float:
        """Until when that which it waits for may take, by the monotonic clock."""
        return self.connection.deadline if self.connection else self._opening_until

    def course(self) -> Generator[Wait, None, None]:
        """Raises ProviderUnavailable, and tells by `failed_at` at which letter."""
        turned = time.monotonic()
        try:
            while letter := self._following or self._letters.next():
                self._following = None
                self.failed_at = letter
                verdict = yield from self._confined(letter)
                now = time.monotonic()
                self._letters.answer(letter.position, verdict, now - turned)
                turned = now
        except _Dispensable:
            if self.failed_at:
                self._letters.give_back(self.failed_at)
        finally:
            self._leave()

    # --- handing over ---------------------------------------------------------------------
    def _confined(self, letter: Letter) -> Generator[Wait, None, Verdict]:
        """Raises ProviderUnavailable."""
        try:
            return (yield from self._deliver(letter))
        except (ProviderUnavailable, _Dispensable):
            raise
        except Exception as defect:
            # A defect of ours must touch no other letter; who knows how far this one came.
            log.exception("email.defect", content=str(letter.parcel.content.id))
            return self._lost(f"internal error: {type(defect).__name__}", trouble=0)

    def _deliver(self, letter: Letter) -> Generator[Wait, None, Verdict]:
        """Raises ProviderUnavailable."""
        if self._trouble >= _MOST_TROUBLE:
            raise ProviderUnavailable("the connection breaks again and again")
        for again in (False, True):
            connection = self.connection
            if connection is None or connection.worn or again:
                connection = yield from self._connected(fresh=again)
            if unfit := letter.unfit_for(connection):
                return unfit
            try:
                refusal, waits_for_data = yield from self._begin(connection, letter)
            except TimeoutError:
                return self._lost(_TIMED_OUT, trouble=2)
            except OutOfStep:
                return self._lost(_OUT_OF_STEP, trouble=2)
            except OSError:
                self._lost(_LOST_BEFORE, trouble=1)
            else:
                verdict = yield from self._end(connection, letter, refusal, waits_for_data)
                return verdict
        return Transient(_LOST_BEFORE)

    def _begin(
        self, connection: Connection, letter: Letter
    ) -> Generator[Wait, None, tuple[Verdict | None, bool]]:
        """The envelope: why it was refused, if so, and whether the server waits for data."""
        address = letter.parcel.address
        connection.grant_time()
        if connection.pipelining and self._begun is not letter:
            yield from _written(connection, b"".join(letter.envelope))
        self._busy, self._begun = True, None
        refusal = None
        for command, judge in zip(letter.envelope, self._judges, strict=True):
            if not connection.pipelining:
                if refusal:
                    break
                yield from _written(connection, command)
            reply = connection.reply() or (yield from _answered(connection))
            if reply.code == replies.CLOSING:
                replies.heed_closing(reply)
            refusal = refusal or judge(reply, address)
        return refusal, reply.code == replies.GO_AHEAD

    def _end(
        self,
        connection: Connection,
        letter: Letter,
        refusal: Verdict | None,
        waits_for_data: bool,
    ) -> Generator[Wait, None, Verdict]:
        """The content, or what ends a refused transaction, and the next letter's envelope."""
        if not refusal and is_too_late(letter.parcel):
            self._drop()
            return TOO_LATE
        ending = letter.content if not refusal else _END if waits_for_data else _RESET
        self._following = following = self._followed_by(connection)
        connection.grant_time()
        try:
            envelope = b"".join(following.envelope) if following else b""
            if rest := connection.write(ending + envelope):
                yield from _written(connection, rest)
            self._begun = following
            reply = connection.reply() or (yield from _answered(connection))
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

    def _followed_by(self, connection: Connection) -> Letter | None:
        """The letter whose envelope may leave in the same write."""
        if not connection.pipelining or connection.worn:
            return None
        return self._letters.next_for(connection)

    # --- the connection -------------------------------------------------------------------
    def _connected(self, *, fresh: bool) -> Generator[Wait, None, Connection]:
        if self.connection and self.connection.worn and not self._busy:
            self.connection.quit()
            self.connection = None
        if self.connection is None and not fresh:
            self.connection = self._pool.kept()
        if self.connection is None:
            self.connection = yield from self._opened()
        self._additional = False
        return self.connection

    def _opened(self) -> Generator[Wait, None, Connection]:
        if self._additional and self._pool.crowded:
            raise _Dispensable
        self.opening = self._pool.opening()
        self._opening_until = time.monotonic() + self._pool.patience
        try:
            while not self.opening.done():
                yield Wait.OPENING
            opened, self.opening = self.opening, None
            return opened.result()
        except (ProviderUnavailable, TimeoutError) as failure:
            if self._additional:
                self._pool.heed_crowd()
                raise _Dispensable from None
            if isinstance(failure, TimeoutError):
                raise ProviderUnavailable("no connection: timed out") from failure
            raise

    def _lost(self, answer: str, *, trouble: int) -> Transient:
        self._trouble += trouble
        self._drop()
        return Transient(answer)

    def _drop(self) -> None:
        if self.connection:
            self.connection.close()
        self.connection = self._begun = None
        self._busy = False

    def _leave(self) -> None:
        if self.opening and not self.opening.cancel():
            self.opening.add_done_callback(self._pool.keep_opened)
        if self._busy:
            self._drop()
        elif self.connection:
            self._pool.give_back(self.connection)
            self.connection = None


def _written(connection: Connection, content: bytes | memoryview) -> Generator[Wait, None, None]:
    """Raises OSError."""
    while content := connection.write(content):
        yield Wait.WRITE


def _answered(connection: Connection) -> Generator[Wait, None, Reply]:
    """Raises OSError (TimeoutError and SMTPServerDisconnected are such) or OutOfStep."""
    while True:
        yield Wait.READ
        connection.receive()
        if reply := connection.reply():
            return reply
