"""Parcels made ready for SMTP, one after the other, for whichever session is free."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import structlog

from notifications_platform.core import clock
from notifications_platform.delivery.channels.base import (
    Answered,
    Parcel,
    Permanent,
    Transient,
    Verdict,
)
from notifications_platform.delivery.channels.email.address import BadAddress, mailbox
from notifications_platform.delivery.channels.email.connection import Connection
from notifications_platform.delivery.channels.email.skeleton import (
    Skeleton,
    UnusableSender,
    date_header,
    skeleton,
)
from notifications_platform.delivery.channels.handover import TOO_LATE, is_too_late
from notifications_platform.delivery.states import Reason

log = structlog.get_logger(__name__)

_NO_ADDRESS = Permanent(Reason.INVALID_ADDRESS, "not a mail address")
_NO_SENDER = Permanent(Reason.CONTENT_REFUSED, "the sender is not a mail address")
_UNWRITABLE = Permanent(Reason.CONTENT_REFUSED, "the text cannot be made into a mail")
_END = b".\r\n"


@dataclass(slots=True)
class Letter:
    """A message ready to be handed over: its envelope commands, and its bytes with their end."""

    position: int
    parcel: Parcel
    envelope: tuple[bytes, bytes, bytes]
    content: bytes
    utf8_sender: bool
    utf8_receiver: bool

    def unfit_for(self, connection: Connection) -> Verdict | None:
        """What the server said from the start that it does not take."""
        if (self.utf8_sender or self.utf8_receiver) and not connection.utf8:
            reason = Reason.CONTENT_REFUSED if self.utf8_sender else Reason.INVALID_ADDRESS
            return Permanent(reason, "the server takes ASCII addresses only")
        if connection.size and len(self.content) > connection.size:
            return Permanent(Reason.CONTENT_REFUSED, "larger than the server takes")
        return None


class Letters:
    """The parcels of one call. What needs no server is answered for on the way."""

    def __init__(self, parcels: Iterator[Parcel], *, return_path: str) -> None:
        self.answered: deque[Answered] = deque()
        # No further letter is begun once the provider as a whole has failed.
        self.stopped = False
        self._parcels = enumerate(parcels)
        self._given_back: list[Letter] = []
        self._return_path = return_path
        self._date = date_header(clock.real())
        self._frame: tuple[object, Skeleton] | None = None

    def next(self) -> Letter | None:
        while not self.stopped:
            if self._given_back:
                return self._given_back.pop()
            position, parcel = next(self._parcels, (0, None))
            if parcel is None:
                break
            prepared = self._prepared(position, parcel)
            if isinstance(prepared, Letter):
                return prepared
            self.answer(position, prepared)
        return None

    def next_for(self, connection: Connection) -> Letter | None:
        """The next one that this connection's server can take."""
        while letter := self.next():
            unfit = letter.unfit_for(connection)
            if not unfit:
                return letter
            self.answer(letter.position, unfit)
        return None

    @property
    def left_over(self) -> bool:
        """Whether letters were given back that a session may still take."""
        return bool(self._given_back) and not self.stopped

    def give_back(self, letter: Letter) -> None:
        """For another session: nothing of it has been handed over."""
        self._given_back.append(letter)

    def answer(self, position: int, verdict: Verdict, seconds: float = 0.0) -> None:
        self.answered.append(Answered(position, verdict, seconds))

    def _prepared(self, position: int, parcel: Parcel) -> Letter | Verdict:
        """Whatever is wrong with a parcel, it is that one's trouble alone."""
        if is_too_late(parcel):
            return TOO_LATE
        try:
            return self._written(position, parcel)
        except BadAddress:
            return _NO_ADDRESS
        except UnusableSender:
            return _NO_SENDER
        except ValueError as error:
            log.warning(
                "email.unwritable", content=str(parcel.content.id), error=type(error).__name__
            )
            return _UNWRITABLE
        except Exception as defect:
            log.exception("email.defect", content=str(parcel.content.id))
            return Transient(f"internal error: {type(defect).__name__}")

    def _written(self, position: int, parcel: Parcel) -> Letter:
        """Raises ValueError (BadAddress and UnusableSender are such)."""
        receiver = mailbox(parcel.address)
        frame = self._skeleton(parcel)
        sender = self._return_path or frame.sender.text
        options = " SMTPUTF8 BODY=8BITMIME" if receiver.utf8 or frame.utf8 else ""
        return Letter(
            position,
            parcel,
            (
                f"MAIL FROM:<{sender}>{options}\r\n".encode(),
                f"RCPT TO:<{receiver.text}>\r\n".encode(),
                b"DATA\r\n",
            ),
            frame.message(parcel, receiver, self._date) + _END,
            frame.utf8,
            receiver.utf8,
        )

    def _skeleton(self, parcel: Parcel) -> Skeleton:
        """Neighbours mostly share their content, which takes longer to look up than to compare."""
        if self._frame is None or self._frame[0] is not parcel.content:
            self._frame = parcel.content, skeleton(parcel.content)
        return self._frame[1]
