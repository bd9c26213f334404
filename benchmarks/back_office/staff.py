"""A member of the staff who clicks through everything there is, and how long each page takes."""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from urllib.parse import urljoin, urlsplit

import requests

from benchmarks.platform import Platform

_PASSWORD = "sandbox-demo"  # noqa: S105 - printed by every start of the sandbox
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
_LINK = re.compile(r'href="([^"]+)"')
_LIST = re.compile(r"/admin/[a-z_]+/[a-z_]+/")
_ROW = re.compile(r"/admin/[a-z_]+/[a-z_]+/[^/]+/change/")
_MOST_CHOICES = 12


@dataclass(frozen=True, slots=True)
class Visit:
    """`ms` until the last byte had arrived."""

    path: str
    status: int
    ms: float
    html: str


class Staff:
    """Logged in with a password, as the sandbox's demo logins are."""

    def __init__(self, platform: Platform, name: str = "administrator") -> None:
        self._root = f"http://127.0.0.1:{platform.port}"
        self._session = requests.Session()
        self._session.headers["Accept-Language"] = "en"
        platform.manage("sandbox_staff")
        login = self.visit("/admin/login/?next=/admin/")
        found = _TOKEN.search(login.html)
        assert found, "the login page has no form"
        answer = self._session.post(
            f"{self._root}/admin/login/?next=/admin/",
            {"username": name, "password": _PASSWORD, "csrfmiddlewaretoken": found[1]},
            headers={"Referer": self._root},
            timeout=60,
        )
        assert urlsplit(answer.url).path == "/admin/", f"not logged in, but at {answer.url}"

    def visit(self, path: str) -> Visit:
        began = time.perf_counter()
        answer = self._session.get(self._root + path, timeout=60)
        took = (time.perf_counter() - began) * 1000
        return Visit(path, answer.status_code, took, answer.text)

    def post(self, path: str, form: dict[str, str], *, seen: str) -> Visit:
        """Send a form of the page `seen`, and follow where it leads."""
        found = _TOKEN.search(seen)
        assert found, f"no form for {path}"
        began = time.perf_counter()
        answer = self._session.post(
            self._root + path,
            {**form, "csrfmiddlewaretoken": found[1]},
            headers={"Referer": self._root},
            timeout=60,
        )
        took = (time.perf_counter() - began) * 1000
        return Visit(path, answer.status_code, took, answer.text)

    def lists(self) -> Sequence[str]:
        """Every list that the menu offers."""
        home = self.visit("/admin/")
        assert home.status == 200
        return sorted({link for link in _links(home) if _LIST.fullmatch(link)})

    def pages_behind(self, path: str) -> Iterator[str]:
        """The list narrowed by each of its filters' choices, its second page, its first row."""
        first = self.visit(path)
        found = dict.fromkeys(_links(first))
        here = [link for link in found if urlsplit(link).path == path and urlsplit(link).query]
        yield from here[:_MOST_CHOICES]
        yield f"{path}?p=2"
        yield from [link for link in found if _ROW.fullmatch(link) and link.startswith(path)][:1]


def _links(visit: Visit) -> list[str]:
    """Paths and queries, resolved, within the page's own host."""
    return [
        urljoin(visit.path, unescape(link))
        for link in _LINK.findall(visit.html)
        if not link.startswith(("http", "#", "mailto:", "data:"))
    ]
