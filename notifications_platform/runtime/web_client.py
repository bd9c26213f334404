"""The supervisor's own requests to the web server it started: plain, never by a proxy."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> Any:
        """Raises ValueError when the body is no JSON."""
        return json.loads(self.body)


class WebClient:
    """Talks to `address` under the host name of `public_url`, which the platform answers to."""

    def __init__(self, address: tuple[str, int], public_url: str) -> None:
        self._address = address
        self._host = urlsplit(public_url).netloc

    def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | bytes | None = None,
        *,
        token: str = "",
        seconds: float = _SECONDS,
    ) -> Answer:
        """A mapping goes as JSON. Raises OSError (http.client's errors included) when there is no
        answer.
        """
        headers = {"Host": self._host, "Accept": "application/json, */*;q=0.1"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        content = body if isinstance(body, bytes) else None
        if content is not None:
            headers["Content-Type"] = "application/octet-stream"
        elif body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        connection = http.client.HTTPConnection(*self._address, timeout=seconds)
        try:
            connection.request(method, path, content, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read())
        except http.client.HTTPException as error:
            raise ConnectionError(f"no proper answer: {error!r}") from error
        finally:
            connection.close()
