"""Whose tokens are taken: `TOKEN_ISSUERS`, and in sandbox mode the dev issuer as well
(runtime contract 3).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import orjson
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from notifications_platform.identity.client import KINDS, Kind
from notifications_platform.identity.jwks import remote_keys
from notifications_platform.identity.keys import KeySource

ANY_ISSUER = "*"
Carrier = Literal["bearer", "platform"]
"""The header a token came in: `Authorization` or `PlatformAccessToken`."""

_MEMBERS = {"kind", "issuer", "jwks_url", "audience"}


class BadIssuers(ImproperlyConfigured):
    """`TOKEN_ISSUERS` cannot be used; the text names the entry and what is wrong with it."""


@dataclass(frozen=True, slots=True, eq=False)
class TrustedIssuer:
    """`issuer` is compared exactly; ANY_ISSUER leaves the name to the key (`platform` only)."""

    kind: Kind
    issuer: str
    keys: KeySource = field(repr=False)
    audience: str | None = None
    jwks_url: str = ""


class Trust:
    """The issuers trusted under one state of the settings."""

    def __init__(self, issuers: Iterable[TrustedIssuer]) -> None:
        self.issuers = tuple(issuers)
        self._of_bearer: dict[str, list[TrustedIssuer]] = defaultdict(list)
        self._of_platform: dict[str, list[TrustedIssuer]] = defaultdict(list)
        for issuer in self.issuers:
            named = self._of_platform if issuer.kind == "platform" else self._of_bearer
            named[issuer.issuer].append(issuer)

    def issuers_of(self, name: str, carrier: Carrier) -> list[TrustedIssuer]:
        """Those that may have signed a token with this `iss`, sent in this header."""
        if carrier == "bearer":
            return self._of_bearer.get(name, [])
        if name == ANY_ISSUER or name in self._of_bearer:
            # Key sets are shared between kinds: a bearer token is no platform token.
            return []
        return self._of_platform.get(name, []) + self._of_platform.get(ANY_ISSUER, [])


def _none() -> tuple[TrustedIssuer, ...]:
    return ()


_in_process: Callable[[], tuple[TrustedIssuer, ...]] = _none
_trusts: dict[tuple[object, ...], Trust] = {}


def trust_also(issuers: Callable[[], tuple[TrustedIssuer, ...]] = _none) -> None:
    """Trust these in addition to `TOKEN_ISSUERS`; called at start by the sandbox, with its
    dev issuer. `issuers` returns the same objects as long as nothing has changed.
    """
    global _in_process
    _in_process = issuers


def trust() -> Trust:
    """Raises BadIssuers. The same object as long as the settings are the same."""
    text, also = setting(), _in_process()
    known = _trusts.get((text, *also))
    # setdefault, since two threads may get here at once and must share what they remember.
    return known or _trusts.setdefault((text, *also), Trust((*also, *parse(text))))


def setting() -> str:
    value = settings.TOKEN_ISSUERS
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def parse(text: str) -> tuple[TrustedIssuer, ...]:
    """The issuers of a `TOKEN_ISSUERS` text; none for an empty one. Raises BadIssuers."""
    try:
        entries = orjson.loads(text or "[]")
    except orjson.JSONDecodeError as error:
        raise BadIssuers(
            f"TOKEN_ISSUERS is not JSON: {error.msg} (line {error.lineno}, column {error.colno})."
        ) from error
    if not isinstance(entries, list):
        raise BadIssuers("TOKEN_ISSUERS must be a JSON list.")
    return tuple(_issuer(entry, f"TOKEN_ISSUERS[{at}]") for at, entry in enumerate(entries))


def _issuer(entry: object, place: str) -> TrustedIssuer:
    if not isinstance(entry, dict):
        raise BadIssuers(f"{place} must be an object.")
    if unknown := sorted(set(entry) - _MEMBERS):
        raise BadIssuers(f"{place} has an unknown member {unknown[0]!r}.")
    kind, issuer = _kind(entry, place), _text(entry, "issuer", place)
    if issuer == ANY_ISSUER and kind != "platform":
        raise BadIssuers(f'{place}.issuer: "*" is for the kind "platform" only.')
    audience = None if entry.get("audience") is None else _text(entry, "audience", place)
    url = _url(entry, place)
    return TrustedIssuer(kind, issuer, remote_keys(url), audience, url)


def _kind(entry: Mapping[str, Any], place: str) -> Kind:
    kind = _text(entry, "kind", place)
    if kind not in KINDS:
        raise BadIssuers(f"{place}.kind: {kind!r} is none of {', '.join(KINDS)}.")
    return kind


def _text(entry: Mapping[str, Any], member: str, place: str) -> str:
    value = entry.get(member)
    if not isinstance(value, str) or not value.strip():
        raise BadIssuers(f"{place}.{member} must be a text that is not empty.")
    return value


def _url(entry: Mapping[str, Any], place: str) -> str:
    url = _text(entry, "jwks_url", place)
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise BadIssuers(f"{place}.jwks_url: {url!r} is not an http(s) address.")
    return url
