"""An SMS gateway on loopback that misbehaves as it is told, and keeps what it takes.

It speaks PSWin's XML. A receiver's `Fate` is met by its message alone, a `Mood` by a whole call.
What it takes it reports on, after a receiver's own script of `Reports`: before the answer or
later, once or twice, rightly or in contradiction.
"""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

_MESSAGES = re.compile(rb"<ID>(\d+)</ID>.*?<RCV>(\d+)</RCV>", re.DOTALL)
_SILENCE_SECONDS = 40
Report = tuple[str, str]


class Fate(Enum):
    """What happens to one message; those from BUSY on, the first time only."""

    INVALID = auto()  # FAIL, Invalid RCV
    POISON = auto()  # the whole call is answered 500
    BUSY = auto()  # FAIL, anything else
    OMITTED = auto()  # the answer leaves it out


LASTING = {Fate.INVALID, Fate.POISON}


class Mood(Enum):
    """What happens to a call; LOGON and AWAY take nothing, those from SILENT on take it all."""

    WELL = auto()
    LOGON = auto()  # LOGON FAIL
    AWAY = auto()  # 503
    SILENT = auto()  # no answer at all
    CUT = auto()  # the connection ends instead of an answer
    MALFORMED = auto()  # an answer that is no XML


TAKING = {Mood.SILENT, Mood.CUT, Mood.MALFORMED}


@dataclass(frozen=True, slots=True)
class Reports:
    """States to report on a message: before it is answered for, and later, each in its order."""

    early: Sequence[str] = ()
    later: Sequence[str] = ("DELIVRD",)


@dataclass(frozen=True, slots=True)
class Taken:
    at: float
    receiver: str
    reference: str
    unanswered: bool


@dataclass
class BadGateway:
    """What the gateway is told, and what it took; `hand_in` posts reports to the platform."""

    port: int = 0
    fates: dict[str, Fate] = field(default_factory=dict)
    scripts: dict[str, Reports] = field(default_factory=dict)
    mood: Mood = Mood.WELL
    taken: list[Taken] = field(default_factory=list)
    refused_calls: int = 0
    met: set[str] = field(default_factory=set)
    due: list[Report] = field(default_factory=list)
    hand_in: Callable[[Sequence[Report]], None] = lambda _: None
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopped: threading.Event = field(default_factory=threading.Event)

    def fate(self, receiver: str) -> Fate | None:
        fate = self.fates.get(receiver)
        if fate is None or (fate not in LASTING and receiver in self.met):
            return None
        self.met.add(receiver)
        return fate

    def answer(self, body: bytes) -> tuple[int, bytes] | None:
        """Status and answer to one call; None for none."""
        messages = [(number.decode(), to.decode()) for number, to in _MESSAGES.findall(body)]
        mood = self.mood
        if mood is Mood.AWAY or any(self.fates.get(to) is Fate.POISON for _, to in messages):
            self.refused_calls += 1
            return (503 if mood is Mood.AWAY else 500), b"no"
        if mood is Mood.LOGON:
            self.refused_calls += 1
            return 200, b"<SESSION><LOGON>FAIL</LOGON><REASON>closed</REASON></SESSION>"
        listed = "".join(self._answer_for(number, to, mood) for number, to in messages)
        match mood:
            case Mood.SILENT:
                self.stopped.wait(_SILENCE_SECONDS)
                return None
            case Mood.CUT:
                return None
            case Mood.MALFORMED:
                return 200, f"<SESSION><LOGON>OK</LOGON><MSGLST>{listed}".encode()
        return 200, f"<SESSION><LOGON>OK</LOGON><MSGLST>{listed}</MSGLST></SESSION>".encode()

    def _answer_for(self, number: str, receiver: str, mood: Mood) -> str:
        with self.lock:
            fate = self.fate(receiver)
        match fate:
            case Fate.OMITTED:
                return ""
            case Fate.INVALID:
                return f"<MSG><ID>{number}</ID><STATUS>FAIL</STATUS><INFO>Invalid RCV</INFO></MSG>"
            case Fate.BUSY:
                return f"<MSG><ID>{number}</ID><STATUS>FAIL</STATUS><INFO>Try later</INFO></MSG>"
        reference = self._take(receiver, unanswered=mood in TAKING)
        return f"<MSG><ID>{number}</ID><REF>{reference}</REF><STATUS>OK</STATUS></MSG>"

    def _take(self, receiver: str, *, unanswered: bool) -> str:
        reference = str(uuid4())
        self.taken.append(Taken(time.time(), receiver, reference, unanswered))
        script = self.scripts.get(receiver, Reports())
        if script.early:
            self.hand_in([(reference, state) for state in script.early])
        with self.lock:
            self.due += [(reference, state) for state in script.later]
        return reference


@contextmanager
def running_bad_gateway() -> Iterator[BadGateway]:
    told = BadGateway()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            answer = told.answer(self.rfile.read(int(self.headers["Content-Length"])))
            if answer is None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            status, body = answer
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Says nothing: the library would write a line to the terminal per call."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_about: object) -> None:
            """Callers that were left without an answer hang up, which is nobody's fault."""

    with Server(("127.0.0.1", 0), Handler) as server:
        told.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield told
        finally:
            told.stopped.set()
            server.shutdown()
            thread.join(5)
