"""A request as it leaves: start line, headers and body (RFC 9112, sections 3 to 6)."""

import re
from collections.abc import Mapping
from functools import lru_cache

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET = re.compile(r"[\x21-\x7e]+")
# Whatever could end a line, and what no header may hold anyhow (RFC 9110, section 5.5).
_NOT_IN_A_VALUE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
# What says where a request ends and how it is answered is written here alone.
_OURS = {
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
}
_HAS_A_BODY = {"PATCH", "POST", "PUT"}


def request_bytes(  # noqa: PLR0913 - what a request is made of
    method: str,
    target: str,
    *,
    authority: str,
    headers: Mapping[str, str],
    body: bytes | None,
    closes: bool,
) -> bytes:
    """`target` as it stands in the start line; `closes`: it is the last one on its connection.
    Headers that frame the request are made here, and those of the caller by these names left out.
    Raises ValueError for what would not be the one request that is meant: a line end, another
    control character or one beyond Latin-1.
    """
    lines = [_start(method, target, authority, closes)]
    for name, value in headers.items():
        if _is_anothers(name):
            if _NOT_IN_A_VALUE.search(value):
                raise ValueError("a header that cannot be sent")
            lines.append(f"{name}: {value}\r\n")
    if body is not None or method in _HAS_A_BODY:
        lines.append(f"Content-Length: {len(body or b'')}\r\n")
    lines.append("\r\n")
    return "".join(lines).encode("latin-1") + (body or b"")


@lru_cache(maxsize=1024)
def _start(method: str, target: str, authority: str, closes: bool) -> str:
    """What all requests to one place begin with."""
    if not (
        _TOKEN.fullmatch(method) and _TARGET.fullmatch(target) and _TARGET.fullmatch(authority)
    ):
        raise ValueError("a start line that cannot be sent")
    return (
        f"{method} {target} HTTP/1.1\r\nHost: {authority}\r\n"
        "User-Agent: notifications-platform\r\nAccept-Encoding: identity\r\n"
        + ("Connection: close\r\n" if closes else "")
    )


@lru_cache(maxsize=1024)
def _is_anothers(name: str) -> bool:
    """Whether a caller may say it. Raises ValueError."""
    if not _TOKEN.fullmatch(name):
        raise ValueError("a header without a proper name")
    return name.lower() not in _OURS
