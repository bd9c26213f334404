"""Somebody who reads the platform's pages all the while, as clients, staff and operators do."""

import threading
from collections.abc import Iterator
from http.cookiejar import CookieJar
from itertools import cycle
from types import TracebackType
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

from benchmarks.orderer import Answer, ask
from benchmarks.platform import ORDERS_PATH, Platform

_PAUSE = 0.02
_PATIENCE = 30.0
_DEMO_PASSWORD = "sandbox-demo"  # noqa: S105 as the sandbox tells everybody
_NOBODY = "00000000-0000-4000-8000-000000000000"
ALIVE = "/health/live"
READY = "/health/ready"
STAFF_PAGE = "/admin/"
ROUTES = (
    f"{ORDERS_PATH}/{_NOBODY}",
    f"{ORDERS_PATH}/{_NOBODY}/status",
    READY,
    ALIVE,
    "/metrics",
    "/sandbox/api/v1/clock",
    "/sandbox/api/v1/outbox",
    "/admin/login/",
    STAFF_PAGE,
    "/.well-known/jwks.json",
)


class Reader:
    """Asks each route in turn while the `with` block runs; `answers` by route."""

    def __init__(self, platform: Platform) -> None:
        self.answers: dict[str, list[Answer]] = {route: [] for route in ROUTES}
        self._platform = platform
        self._staff = _staff_cookie(platform)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Reader":
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

    def broken(self, *, patience: float) -> list[str]:
        """Routes that failed without saying so clearly, that hung, or said nothing at all."""
        return [
            f"{route}: {count} answers were {what}" for route, what, count in self._bad(patience)
        ]

    def _bad(self, patience: float) -> Iterator[tuple[str, str, int]]:
        for route, answers in self.answers.items():
            whats = [_wrong(route, answer, patience) for answer in answers]
            for what in sorted(set(whats) - {""}):
                yield route, what, whats.count(what)

    def _run(self) -> None:
        headers = {"Authorization": f"Bearer {self._platform.token}", "Cookie": self._staff}
        for route in cycle(ROUTES):
            if self._stop.wait(_PAUSE):
                return
            try:
                answer = ask(self._platform.address, "GET", route, headers=headers)
            except ConnectionRefusedError:
                continue
            self.answers[route].append(answer)


def _staff_cookie(platform: Platform) -> str:
    """Of a member of the demo staff who is logged in to the back office."""
    jar = CookieJar()
    browser = build_opener(HTTPCookieProcessor(jar))
    page = "http://{}:{}/admin/login/".format(*platform.address)
    browser.open(page, timeout=_PATIENCE).close()
    fields = {
        "username": "reader",
        "password": _DEMO_PASSWORD,
        "csrfmiddlewaretoken": {cookie.name: cookie.value for cookie in jar}["csrftoken"],
    }
    browser.open(page, urlencode(fields).encode(), timeout=_PATIENCE).close()
    cookies = {cookie.name: cookie.value for cookie in jar}
    assert "sessionid" in cookies, "the demo staff could not log in"
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def _wrong(route: str, answer: Answer, patience: float) -> str:
    if answer.status == 0:
        return "none at all"
    if answer.seconds > patience:
        return f"later than {patience:.0f} s"
    if answer.status >= 500 and (answer.status != 503 or route == ALIVE):
        return str(answer.status)
    clear = answer.is_clear_refusal or _is_clear_page(route, answer)
    if answer.status == 503 and not (clear or route == READY):
        return "503 without a problem or Retry-After"
    return ""


def _is_clear_page(route: str, answer: Answer) -> bool:
    """Staff get a page to read, and their browser is told when to come again."""
    is_page = answer.headers.get("content-type", "").startswith("text/html")
    return route.startswith("/admin/") and is_page and "retry-after" in answer.headers
