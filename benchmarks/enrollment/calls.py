"""A client of enrollment with every grant, and notifications for it as workers leave them."""

import http.client
import json
from collections.abc import Mapping
from typing import Any

from benchmarks.load import request
from benchmarks.platform import TOKEN_SECONDS, Platform
from enrollment.grants import ALL

ROOT = "/enrollment/api"
_PATIENCE = 900.0


class Client:
    """`name` is whose notifications it sees."""

    def __init__(self, platform: Platform, name: str) -> None:
        self.name = name
        self.platform = platform
        ttl = str(TOKEN_SECONDS)
        self._token = platform.manage(
            "token", "--kind", "oauth", "--client", name, "--scope", ALL, "--ttl", ttl
        )

    def seed(self, *, failed: int = 0, sent: int = 0) -> None:
        counts = ("--failed", str(failed), "--sent", str(sent))
        self.platform.manage("enrollment_seed", *counts, "--client", self.name)

    def request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> bytes:
        """For a loop of many."""
        return request(method, f"{ROOT}/{path}", self._headers, _bytes(body))

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What the answer says, however long it takes."""
        connection = http.client.HTTPConnection(*self.platform.address, timeout=_PATIENCE)
        try:
            connection.request(method, f"{ROOT}/{path}", _bytes(body), dict(self._headers))
            answer = connection.getresponse()
            content = answer.read()
            assert answer.status in {200, 202}, f"{answer.status} {content[:300]!r}"
            return json.loads(content)
        finally:
            connection.close()

    @property
    def _headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}


def _bytes(body: Mapping[str, Any] | None) -> bytes:
    return json.dumps(body).encode() if body is not None else b""
