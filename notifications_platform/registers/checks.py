"""What the start refuses: settings of the national services that cannot work."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error

from notifications_platform.registers.maskinporten import SigningKey

_URLS = ("PERSONS_URL", "ORGANIZATIONS_URL", "MASKINPORTEN_TOKEN_URL")
_MASKINPORTEN = ("MASKINPORTEN_TOKEN_URL", "MASKINPORTEN_CLIENT_ID", "MASKINPORTEN_KEY")


def national_services_are_configured(**_: Any) -> list[CheckMessage]:
    return [*_bad_urls(), *_half_a_client(), *_unreadable_key()]


def _bad_urls() -> Iterator[CheckMessage]:
    for name in _URLS:
        url = getattr(settings, name)
        parts = urlsplit(url)
        if url and (parts.scheme not in {"http", "https"} or not parts.hostname):
            yield Error(f"{name} is not an absolute http or https address.", id="registers.E001")


def _half_a_client() -> Iterator[CheckMessage]:
    missing = [name for name in _MASKINPORTEN if not getattr(settings, name)]
    if missing and len(missing) < len(_MASKINPORTEN):
        yield Error(
            f"Of the Maskinporten client {' and '.join(missing)} is not set.",
            hint=f"Set {', '.join(_MASKINPORTEN)}, or none of them.",
            id="registers.E002",
        )


def _unreadable_key() -> Iterator[CheckMessage]:
    if not settings.MASKINPORTEN_KEY:
        return
    try:
        SigningKey.parse(settings.MASKINPORTEN_KEY)
    except ValueError as error:
        yield Error(
            f"MASKINPORTEN_KEY {error}.",
            hint="Give the private key as PEM, or as a JWK with its kid.",
            id="registers.E003",
        )
