"""HTTP calls to addresses that somebody else chose: webhooks, send conditions (delivery 5).

The name is resolved once, the connection is made to an address that was checked, and TLS is
verified against the name. The timeout covers the whole call, redirects included, however
slowly the answer drips. Proxies of the environment are not used. Whoever makes many calls to the
same places may keep their connections for the next ones.
"""

import re
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, lru_cache
from ipaddress import ip_address
from typing import Literal
from urllib.parse import quote, urljoin, urlsplit

from django.conf import settings

from notifications_platform.http.answering import Answering, Unreadable
from notifications_platform.http.asking import request_bytes
from notifications_platform.http.deadline import Deadline
from notifications_platform.http.hostnames import to_ascii
from notifications_platform.http.kept import Connections, newly_made
from notifications_platform.http.reachable import Address, may_reach
from notifications_platform.http.talking import Wire

FailureKind = Literal[
    "bad_url", "refused", "no_such_host", "unreachable", "tls", "timeout", "unreadable"
]
Resolve = Callable[[str], Sequence[Address]]

_REDIRECTS = 3
_REDIRECT_STATUSES = {301, 302, 303, 307, 308}
_DEFAULT_PORTS = {"http": 80, "https": 443}
# An answer's body that nobody wants is read up to here where that saves the next call its
# connection.
_SHORT_REST = 4096
_NOT_IN_A_URL = re.compile(r"[\x00-\x20\x7f\\]")
_PATH_CHARACTERS = "/%:=&~+!$,;'@()*[]"
# A name server has no time-out of ours, so names are looked up on threads of their own, and a name
# once for all who want it just then: one that is not answered for takes no thread from the others.
_lookups = ThreadPoolExecutor(max_workers=64, thread_name_prefix="outbound-dns")
_looking_up: dict[tuple[Resolve, str], Future[Sequence[Address]]] = {}
_looking_up_lock = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, whatever its status. Header names are in lower case; `truncated` says
    that the body went on beyond the read limit.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    truncated: bool


class OutboundFailed(Exception):
    """No answer was had. Its text never holds the path or query of the URL."""

    def __init__(self, kind: FailureKind, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class _Place:
    scheme: str
    host: str
    port: int
    authority: str
    target: str


def resolve(host: str) -> list[Address]:
    """The addresses of a name, in the order of the operating system. Raises OSError."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [ip_address(entry[4][0]) for entry in found]


def can_be_called(url: str) -> bool:
    """Whether it is an absolute http(s) address without a user; who answers there, if anybody,
    only a call can tell.
    """
    try:
        _place(url)
    except OutboundFailed:
        return False
    return True


def request(  # noqa: PLR0913 - each is a promise of its own, all by keyword
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    timeout: timedelta,
    read_limit: int,
    allow_private: bool | None = None,
    redirects: Literal["same-host", "none"] = "none",
    resolve: Resolve = resolve,
    connections: Connections | None = None,
) -> Answer:
    """Make the call within `timeout` (real time) and read at most `read_limit` bytes of body.

    `allow_private`: None means OUTBOUND_ALLOW_PRIVATE. Redirects, where asked for, are
    followed three times at most, for GET and HEAD, to the same host and never from https to
    http; any other is itself the answer. `connections`: where a usable one may wait, and is left.
    The other side may have closed it just then: without a word of an answer, the same is said on
    a new one. Raises OutboundFailed, and nothing else.
    """
    call = _Call(
        method=method,
        headers=headers or {},
        body=body,
        read_limit=read_limit,
        allow_private=settings.OUTBOUND_ALLOW_PRIVATE if allow_private is None else allow_private,
        resolve=resolve,
        deadline=Deadline(timeout),
        connections=connections,
    )
    follows = redirects == "same-host" and method in {"GET", "HEAD"}
    place = _place(url)
    answer = _exchange(call, place)
    for _ in range(_REDIRECTS if follows else 0):
        following = _redirect(place, answer)
        if following is None:
            break
        place = following
        answer = _exchange(call, place)
    return answer


# Not frozen, as that takes three times as long to make.
@dataclass(slots=True, kw_only=True)
class _Call:
    method: str
    headers: Mapping[str, str]
    body: bytes | None
    read_limit: int
    allow_private: bool
    resolve: Resolve
    deadline: Deadline
    connections: Connections | None


@lru_cache(maxsize=1024)
def _place(url: str) -> _Place:
    if _NOT_IN_A_URL.search(url):
        raise OutboundFailed("bad_url")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        if ":" not in host:
            host = to_ascii(host)
        target = quote(parts.path or "/", safe=_PATH_CHARACTERS)
        if parts.query:
            target += "?" + quote(parts.query, safe=_PATH_CHARACTERS + "?")
    except ValueError:
        raise OutboundFailed("bad_url") from None
    if parts.scheme not in _DEFAULT_PORTS or parts.username is not None or port == 0:
        raise OutboundFailed("bad_url")
    usual = _DEFAULT_PORTS[parts.scheme]
    authority = f"[{host}]" if ":" in host else host
    if port not in {None, usual}:
        authority = f"{authority}:{port}"
    return _Place(parts.scheme, host, port or usual, authority, target)


def _redirect(place: _Place, answer: Answer) -> _Place | None:
    """Where the answer sends us, if we may go there."""
    location = answer.headers.get("location", "")
    if answer.status not in _REDIRECT_STATUSES or not location:
        return None
    try:
        there = _place(urljoin(f"{place.scheme}://{place.authority}{place.target}", location))
    except (OutboundFailed, ValueError):
        return None
    if there.host != place.host:
        return None
    if (there.scheme, there.port) == (place.scheme, place.port):
        return there
    upgraded = (place.scheme, place.port, there.scheme, there.port) == ("http", 80, "https", 443)
    return there if upgraded else None


def _exchange(call: _Call, place: _Place) -> Answer:
    try:
        asked = _asked(call, place)
        answer = _on_a_kept_one(call, place, asked)
        return answer or _converse(call, place, asked, _new_one(call, place))
    except TimeoutError:
        raise OutboundFailed("timeout") from None
    except ssl.SSLError as error:
        raise OutboundFailed("tls", error.reason or "") from None
    except Unreadable as error:
        raise OutboundFailed("unreadable", str(error)) from None
    except ValueError as error:
        raise OutboundFailed("unreadable", type(error).__name__) from None
    except OSError as error:
        raise OutboundFailed("unreachable", error.strerror or "") from None


def _asked(call: _Call, place: _Place) -> bytes:
    return request_bytes(
        call.method,
        place.target,
        authority=place.authority,
        headers=call.headers,
        body=call.body,
        closes=call.connections is None,
    )


def _on_a_kept_one(call: _Call, place: _Place, asked: bytes) -> Answer | None:
    kept = call.connections.take(_key(call, place)) if call.connections else None
    if kept is None:
        return None
    wire = Wire(kept, call.deadline)
    try:
        return _converse(call, place, asked, wire)
    except (ConnectionError, Unreadable):
        if wire.heard:
            raise
        return None


def _new_one(call: _Call, place: _Place) -> Wire:
    connected = _connected(place, _allowed_addresses(call, place), call.deadline)
    return Wire(newly_made(connected), call.deadline)


def _key(call: _Call, place: _Place) -> tuple[object, ...]:
    return place.scheme, place.host, place.port, call.allow_private


def _allowed_addresses(call: _Call, place: _Place) -> list[Address]:
    """Those of the host's addresses that may be reached; a mixed answer keeps the rest."""
    found = _looked_up(place.host, call.resolve, call.deadline)
    allowed = [address for address in found if may_reach(address, allow_private=call.allow_private)]
    if not allowed:
        raise OutboundFailed("refused", "the address may not be reached")
    return allowed


def _looked_up(host: str, resolve: Resolve, deadline: Deadline) -> Sequence[Address]:
    try:
        return [ip_address(host)]
    except ValueError:
        pass
    lookup = _lookup(host, resolve)
    try:
        return lookup.result(timeout=deadline.left())
    except TimeoutError:
        raise
    except (OSError, UnicodeError):
        raise OutboundFailed("no_such_host") from None


def _lookup(host: str, resolve: Resolve) -> Future[Sequence[Address]]:
    """The one under way, or a new one."""
    key = resolve, host
    with _looking_up_lock:
        if (under_way := _looking_up.get(key)) and not under_way.done():
            return under_way
        lookup = _looking_up[key] = _lookups.submit(resolve, host)
    lookup.add_done_callback(lambda done: _forget_lookup(key, done))
    return lookup


def _forget_lookup(key: tuple[Resolve, str], done: Future[Sequence[Address]]) -> None:
    with _looking_up_lock:
        if _looking_up.get(key) is done:
            del _looking_up[key]


def _connected(place: _Place, addresses: Sequence[Address], deadline: Deadline) -> socket.socket:
    """A connection to the first address that takes it, under TLS where the scheme says so."""
    for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
        try:
            plain = socket.create_connection(
                (str(address), place.port), timeout=deadline.left() / left
            )
            break
        except OSError:
            if left == 1:
                raise
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if place.scheme == "http":
        return plain
    try:
        plain.settimeout(deadline.left())
        return _tls().wrap_socket(plain, server_hostname=place.host)
    except OSError:
        plain.close()
        raise


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _converse(call: _Call, place: _Place, asked: bytes, wire: Wire) -> Answer:
    """Leaves the connection for the next call, or closed."""
    keeps = False
    try:
        wire.send(asked)
        answering = Answering(call.method, wire)
        body = answering.read(call.read_limit) if call.read_limit else b""
        keeps = call.connections is not None and _is_at_its_end(answering, wire)
    finally:
        if keeps and call.connections:
            call.connections.give(_key(call, place), wire.kept)
        else:
            wire.kept.socket.close()
    return Answer(
        status=answering.status,
        headers=answering.headers,
        body=body[: call.read_limit],
        truncated=len(body) > call.read_limit,
    )


def _is_at_its_end(answering: Answering, wire: Wire) -> bool:
    """Whether the next answer follows; a short rest that is about to come is read for that. What
    was said beyond the answer would be taken for the next one.
    """
    if not answering.keeps:
        return False
    if not answering.is_over:
        try:
            wire.hurry()
            answering.pass_over(_SHORT_REST)
        except (OSError, Unreadable):
            return False
    return answering.is_over and not answering.said_more
