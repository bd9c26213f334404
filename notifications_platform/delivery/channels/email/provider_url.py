"""`EMAIL_URL=anymail+<provider>://?<settings>`: an e-mail service provider by django-anymail.

No import from the rest of the platform: the settings file itself imports this.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

_URL = re.compile(r"anymail\+([a-z_-]+)://\??(.*)", re.DOTALL)
_WORDS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class ProviderUrl:
    """`provider` is anymail's name of it, such as `postmark` or `amazon_ses`; `options` are its
    settings in lower case (`server_token`, `api_url`, `webhook_signing_key` …).
    """

    provider: str
    options: dict[str, str | bool]


def parse(url: str) -> ProviderUrl:
    """Raises ValueError, without the URL in its text."""
    found = _URL.fullmatch(url)
    if not found:
        raise ValueError("write it as anymail+provider://?setting=value&…")
    options = {
        name.lower(): _WORDS.get(value, value)
        for name, value in parse_qsl(found[2], keep_blank_values=True)
    }
    return ProviderUrl(found[1].replace("-", "_"), options)


def anymail_settings(url: str, webhook_secret: str) -> dict[str, str | bool]:
    """What Django's ANYMAIL setting must hold, so that the provider's tracking webhooks are
    checked by the same settings as its sends. A URL that is none of anymail's adds nothing.
    """
    settings: dict[str, str | bool] = {"WEBHOOK_SECRET": webhook_secret} if webhook_secret else {}
    try:
        parsed = parse(url)
    except ValueError:
        return settings
    named = {f"{parsed.provider}_{name}".upper(): value for name, value in parsed.options.items()}
    return settings | named
