"""Calls to the platform by one client over a kept connection, and waiting for what they cause."""

import http.client
import json
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from benchmarks.platform import ORDERS_PATH, SCOPE, Platform

CLOCK_PATH = "/sandbox/api/v1/clock"
REPORTS_PATH = "/notifications/sms/api/v1/reports"
REPORT_USER = "sms-gateway"
REPORT_PASSWORD = "of-the-faults-run"  # noqa: S105 on loopback, for this run only
_TIMEOUT = 60.0
# Web servers close connections on which nothing was said for longer.
_KEPT = 5.0
Answer = tuple[int, dict[str, Any]]


class Caller:
    """One client, one connection; not to be shared between threads."""

    def __init__(self, platform: Platform, token: str = "") -> None:
        """`token` is of the service owner ttd unless given."""
        self._headers = {
            "Authorization": f"Bearer {token or platform.token}",
            "Content-Type": "application/json",
        }
        self._connection = http.client.HTTPConnection(*platform.address, timeout=_TIMEOUT)
        self._used = time.monotonic()

    def call(self, method: str, path: str, body: object = None) -> Answer:
        """Status and, where there is one, the JSON object of the answer."""
        content = json.dumps(body).encode() if body is not None else b""
        status, read = self._exchange(method, path, content, self._headers)
        return status, json.loads(read) if read.startswith(b"{") else {}

    def order(self, order: Mapping[str, Any], kind: str) -> str:
        """The id of the accepted order; `kind` is `/email` or `/sms`."""
        status, answer = self.call("POST", ORDERS_PATH + kind, order)
        assert status == 202, f"an order was answered {status}: {answer}"
        return str(answer["orderId"])

    def advance_clock(self, duration: str) -> None:
        """By an ISO 8601 duration; every process follows when this returns."""
        status, answer = self.call("POST", CLOCK_PATH, {"advance": duration})
        assert status == 200, f"the clock was not moved: {answer}"

    def report(self, reports: Iterable[tuple[str, str]]) -> int:
        """Hand in delivery reports, (reference, state) each, in one call; the status."""
        listed = "".join(
            f"<MSG><ID>{number}</ID><REF>{reference}</REF><STATE>{state}</STATE></MSG>"
            for number, (reference, state) in enumerate(reports, start=1)
        )
        credentials = b64encode(f"{REPORT_USER}:{REPORT_PASSWORD}".encode()).decode()
        headers = {"Authorization": f"Basic {credentials}", "Content-Type": "text/xml"}
        body = f'<?xml version="1.0"?><MSGLST>{listed}</MSGLST>'.encode()
        return self._exchange("POST", REPORTS_PATH, body, headers)[0]

    def close(self) -> None:
        self._connection.close()

    def _exchange(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        if time.monotonic() - self._used > _KEPT:
            self._connection.close()  # the next request opens it anew
        self._used = time.monotonic()
        self._connection.request(method, path, body, dict(headers))
        answer = self._connection.getresponse()
        return answer.status, answer.read()


def another_client(platform: Platform, org: str) -> str:
    """A token of the service owner `org`."""
    return platform.manage("token", "--client", org, "--scope", SCOPE)


def end_pause(platform: Platform, provider: str) -> None:
    """What the back office's button does: try the provider now, not when its pause is over."""
    platform.manage(
        "shell",
        "--no-imports",
        "-c",
        "from notifications_platform.core import clock\n"
        "from notifications_platform.delivery import switching\n"
        f"switching.end_pause({provider!r}, because='healed', user='faults', now=clock.now(),"
        " real=clock.real())",
    )


def wait(done: Callable[[], bool], what: str, *, seconds: float, pause: float = 0.1) -> float:
    """Until `done`, in seconds. Raises TimeoutError after `seconds`."""
    began = time.monotonic()
    while not done():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(pause)
    return time.monotonic() - began


def number(platform: Platform, query: str, *values: object) -> int:
    """The only value of the only row."""
    with platform.connect() as connection:
        row = connection.execute(query.encode(), values).fetchone()
    return int(row[0] or 0) if row else 0
