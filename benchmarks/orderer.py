"""A client that keeps the platform busy and remembers what it was promised.

Each order's recipients have addresses of their own. What got a 202 was accepted; an order
without an answer may have been stored or not, which is nobody's fault.
"""

import http.client
import itertools
import json
import threading
import time
from collections.abc import Iterator
from types import TracebackType

from benchmarks.platform import ORDERS_PATH, Platform

_BULK = 2000
_MOST_WAITING = 12_000
_PAUSE = 0.1
_TIMEOUT = 10.0


class Orderer:
    """Orders from a thread of its own while the `with` block runs."""

    def __init__(self, platform: Platform) -> None:
        self.accepted: set[str] = set()
        self.without_answer: set[str] = set()
        self._platform = platform
        self._numbers = itertools.count()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Orderer":
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(_PAUSE):
            self._order("/email", self._mails(1))
            self._order("/sms", self._numbers_of_phones(3))
            if len(self.accepted) - self._platform.sinks.mail.taken() < _MOST_WAITING:
                self._order("/email", self._mails(_BULK))

    def _mails(self, count: int) -> dict[str, object]:
        addresses = [
            f"r{number}@faults.example" for number in itertools.islice(self._numbers, count)
        ]
        recipients = [{"emailAddress": address} for address in addresses]
        return {"subject": "Nytt brev", "body": "Hei! " * 40, "recipients": recipients}

    def _numbers_of_phones(self, count: int) -> dict[str, object]:
        recipients = [
            {"mobileNumber": f"+474{number % 10_000_000:07d}"}
            for number in itertools.islice(self._numbers, count)
        ]
        return {"body": "Hei!", "recipients": recipients}

    def _order(self, kind: str, order: dict[str, object]) -> None:
        addresses = set(_addresses(order))
        try:
            status = self._post(kind, json.dumps(order).encode())
        except ConnectionRefusedError:
            time.sleep(_PAUSE)  # nobody there, so nothing was said
            return
        except (OSError, http.client.HTTPException):
            self.without_answer |= addresses
            time.sleep(_PAUSE)
            return
        if status == 202:
            self.accepted |= addresses
        elif status != 503:
            raise AssertionError(f"an order was answered {status}")

    def _post(self, kind: str, body: bytes) -> int:
        connection = http.client.HTTPConnection(*self._platform.address, timeout=_TIMEOUT)
        headers = {
            "Authorization": f"Bearer {self._platform.token}",
            "Content-Type": "application/json",
        }
        try:
            connection.request("POST", ORDERS_PATH + kind, body, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()


def _addresses(order: dict[str, object]) -> Iterator[str]:
    recipients = order["recipients"]
    assert isinstance(recipients, list)
    for recipient in recipients:
        # The gateway gets numbers without their plus.
        yield recipient.get("emailAddress") or recipient["mobileNumber"].lstrip("+")
