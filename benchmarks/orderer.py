"""Clients that keep the platform busy and remember what they were promised.

Each order's recipients have addresses of their own. What got a 202 was accepted; an order
without an answer, or with a 503, may have been stored or not, which is nobody's fault: the
database may have died between its commit and its word of it.
"""

import http.client
import itertools
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import NamedTuple

import psycopg

from benchmarks.platform import ORDERS_PATH, Platform

PROBLEM = "application/problem+json"
_PAUSE = 0.1
_TIMEOUT = 10.0
_LOOK_EVERY = 0.25
_WAITING = """
    SELECT (SELECT count(*) FROM delivery_message WHERE state = 'queued' AND channel = 'email')
         + (SELECT coalesce(sum(recipient_count), 0) FROM orders_order
            WHERE status IN ('Registered', 'Processing'))
    """


class Answer(NamedTuple):
    """What one request got. `at`, when it was asked, is in seconds since 1970; `status` is 0
    where no answer came, `headers` are lower-case.
    """

    at: float
    seconds: float
    status: int
    headers: Mapping[str, str]

    @property
    def is_clear_refusal(self) -> bool:
        """A 503 that says what it is, and when to come again."""
        kind = self.headers.get("content-type", "")
        return self.status == 503 and kind.startswith(PROBLEM) and "retry-after" in self.headers


def ask(  # noqa: PLR0913 a request's own parts
    address: tuple[str, int],
    method: str,
    path: str,
    *,
    headers: Mapping[str, str],
    body: bytes = b"",
    timeout: float = _TIMEOUT,
) -> Answer:
    """One request on a connection of its own. Raises ConnectionRefusedError: nobody there, so
    nothing was said.
    """
    at = time.time()
    connection = http.client.HTTPConnection(*address, timeout=timeout)
    try:
        connection.request(method, path, body or None, dict(headers))
        answer = connection.getresponse()
        answer.read()
    except ConnectionRefusedError:
        raise
    except (OSError, http.client.HTTPException):
        return Answer(at, time.time() - at, 0, {})
    finally:
        connection.close()
    named = {name.lower(): value for name, value in answer.getheaders()}
    return Answer(at, time.time() - at, answer.status, named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """`most_waiting` mails are kept in the queue, by orders of `bulk`, so that the senders
    never idle; besides, every `pause` seconds, a single mail and an SMS to three. Without
    `bulk` there are only these.
    """

    bulk: int = 2000
    most_waiting: int = 12_000
    pause: float = _PAUSE


class Orderer:
    """Orders from threads of its own while the `with` block runs."""

    def __init__(self, platform: Platform, offer: Offer | None = None) -> None:
        self.accepted: set[str] = set()
        self.without_answer: set[str] = set()
        self.refused: set[str] = set()
        # Orders nobody can be sure of, each with all of its addresses: all of them, or none.
        self.unsure_orders: list[frozenset[str]] = []
        self.answers: list[Answer] = []
        self._platform = platform
        self._offer = offer or Offer()
        self._numbers = itertools.count()
        self._stop = threading.Event()
        lives = [self._singles, *([self._bulk] if self._offer.bulk else [])]
        self._threads = [threading.Thread(target=self._live, args=[life]) for life in lives]
        self._failure: BaseException | None = None

    def __enter__(self) -> "Orderer":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if self._failure:
            raise RuntimeError("the load ended before its time") from self._failure

    @property
    def surprises(self) -> list[Answer]:
        """Answers that no fault excuses: neither accepted nor clearly refused."""
        return [
            answer
            for answer in self.answers
            if answer.status not in (0, 202) and not answer.is_clear_refusal
        ]

    def order_mails(self, count: int) -> tuple[Answer, frozenset[str]] | None:
        """One order of mails, on the caller's thread, with its addresses; None: nobody there."""
        addresses = [f"r{number}@faults.example" for number in self._next(count)]
        recipients = [{"emailAddress": address} for address in addresses]
        order = {"subject": "Nytt brev", "body": "Hei! " * 40, "recipients": recipients}
        return self._order("/email", order, addresses)

    def _live(self, life: Callable[[], None]) -> None:
        try:
            life()
        except BaseException as failure:
            self._failure = failure
            raise

    def _singles(self) -> None:
        while not self._stop.wait(self._offer.pause):
            self.order_mails(1)
            self._order_sms(3)

    def _bulk(self) -> None:
        with _Queue(self._platform) as queue:
            while not self._stop.wait(_PAUSE):
                if queue.waiting() < self._offer.most_waiting:
                    self.order_mails(self._offer.bulk)

    def _order_sms(self, count: int) -> None:
        # The gateway gets numbers without their plus.
        addresses = [f"474{number % 10_000_000:07d}" for number in self._next(count)]
        recipients = [{"mobileNumber": f"+{address}"} for address in addresses]
        self._order("/sms", {"body": "Hei!", "recipients": recipients}, addresses)

    def _next(self, count: int) -> list[int]:
        return list(itertools.islice(self._numbers, count))

    def _order(
        self, kind: str, order: Mapping[str, object], addresses: Sequence[str]
    ) -> tuple[Answer, frozenset[str]] | None:
        headers = {
            "Authorization": f"Bearer {self._platform.token}",
            "Content-Type": "application/json",
        }
        body = json.dumps(order).encode()
        try:
            answer = ask(
                self._platform.address, "POST", ORDERS_PATH + kind, headers=headers, body=body
            )
        except ConnectionRefusedError:
            time.sleep(_PAUSE)
            return None
        whose = frozenset(addresses)
        self._note(answer, whose)
        return answer, whose

    def _note(self, answer: Answer, whose: frozenset[str]) -> None:
        self.answers.append(answer)
        if answer.status == 202:
            self.accepted |= whose
            return
        self.unsure_orders.append(whose)
        if answer.status == 0:
            self.without_answer |= whose
        else:
            self.refused |= whose
        time.sleep(_PAUSE)


class _Queue:
    """How much mail waits, asked now and then: while the database is away, as last seen."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._connection: psycopg.Connection | None = None
        self._waiting = 0
        self._asked = 0.0

    def __enter__(self) -> "_Queue":
        return self

    def __exit__(self, *_: object) -> None:
        self._drop()

    def waiting(self) -> int:
        if time.monotonic() - self._asked > _LOOK_EVERY:
            self._look()
            self._asked = time.monotonic()
        return self._waiting

    def _look(self) -> None:
        try:
            self._connection = self._connection or self._platform.connect()
            row = self._connection.execute(_WAITING).fetchone()
            self._waiting = int(row[0]) if row else 0
        except psycopg.Error:
            self._drop()

    def _drop(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None
