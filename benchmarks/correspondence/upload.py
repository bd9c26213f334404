"""How fast a gigabyte is taken as an attachment, and what memory that needs.

Digest, limits, lease and storage included. Beside it, in turns, the same bytes through the same
web server into a file. The next one begins once the scanner has looked through the last.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

from benchmarks.correspondence import calls
from benchmarks.limits.server import running_copier
from benchmarks.memory import Watch
from benchmarks.platform import Platform, running_platform, running_sinks
from benchmarks.report import Finding

_MEGABYTE = 1 << 20
_PIECE = bytes(range(256)) * (_MEGABYTE // 256)
_LEAST = 0.5
_MOST_MEGABYTES = 200
_PATIENCE = 300


def measure(*, short: bool) -> list[Finding]:
    with running_sinks() as sinks, running_platform(sinks) as platform:
        return list(measure_on(platform, short=short))


def measure_on(platform: Platform, *, short: bool) -> Iterator[Finding]:
    megabytes, rounds = (64, 1) if short else (1024, 3)
    token = calls.token(platform)
    figures, limits, peaks, broken = [], [], [], []
    with running_copier(platform, platform.folder / "copied") as copier:
        _send(copier, "/", {}, 8)
        for number in range(rounds):
            with Watch(platform) as watch:
                attachment = _initialize(platform, token, f"bench-{number}")
                path = f"{calls.BASE}/attachment/{attachment}/upload"
                headers = calls.headers(token, "application/octet-stream")
                seconds = _send(platform.address, path, headers, megabytes)
                broken += _not_published(platform, token, attachment)
            figures.append(megabytes / seconds)
            limits.append(megabytes / _send(copier, "/", {}, megabytes))
            peaks.append(max(peak.rss for role, peak in watch.peak.items() if role != "database"))
    name = f"attachment of {megabytes:,} MB"
    yield Finding(
        name,
        "MB/s",
        figures,
        limits=limits,
        limit_name="copied into a file",
        least=_LEAST,
        broken=broken,
    )
    yield Finding(f"{name}, memory", "MB RSS", peaks, most=_MOST_MEGABYTES)


def _initialize(platform: Platform, token: str, reference: str) -> str:
    entry = {"resourceId": calls.RESOURCE, "fileName": "a.zip", "sendersReference": reference}
    answer: str = _call(platform, token, "POST", "/attachment", json.dumps(entry).encode())
    return answer


def _call(platform: Platform, token: str, method: str, path: str, body: bytes = b"") -> Any:
    with closing(HTTPConnection(*platform.address, timeout=_PATIENCE)) as connection:
        connection.request(method, calls.BASE + path, body, dict(calls.headers(token)))
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        return json.loads(answer.read())


def _send(address: tuple[str, int], path: str, headers: Mapping[str, str], megabytes: int) -> float:
    """Seconds until it is answered for."""
    began = time.perf_counter()
    with closing(HTTPConnection(*address, timeout=_PATIENCE)) as connection:
        connection.putrequest("POST", path)
        for name, value in {**headers, "Content-Length": str(megabytes * _MEGABYTE)}.items():
            connection.putheader(name, value)
        connection.endheaders()
        for _ in range(megabytes):
            connection.send(_PIECE)
        answer = connection.getresponse()
        told = answer.read()
    assert answer.status == 200, told
    return time.perf_counter() - began


def _not_published(platform: Platform, token: str, attachment: str) -> list[str]:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        status = _call(platform, token, "GET", f"/attachment/{attachment}")["status"]
        if status == "Published":
            return []
        time.sleep(0.2)
    return [f"after {_PATIENCE} s it is {status}"]
