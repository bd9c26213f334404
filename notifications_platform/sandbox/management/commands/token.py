"""`manage.py token`: a token signed by the dev issuer, and nothing else, on stdout."""

from datetime import timedelta
from typing import Any

import orjson
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError, ProgrammingError

from notifications_platform.core import clock
from notifications_platform.identity.client import KINDS, Kind
from notifications_platform.registers import service_owners
from notifications_platform.sandbox.issuer import issue, naming_claims

# Numbers in these stay texts: a national number must not become an integer on the way.
_TEXT_CLAIMS = {
    "iss", "sub", "aud", "jti", "scope", "client_id", "azp", "azp_name", "pid", "acr",
    "urn:altinn:org", "urn:altinn:orgNumber", "urn:altinn:app",
}  # fmt: skip


class Command(BaseCommand):
    help = "Prints a token signed by the dev issuer (sandbox mode only)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--client",
            required=True,
            help="The caller: a service owner's short name or organisation number; for entra, "
            "oauth and idporten the app, the client id, the national identity number.",
        )
        parser.add_argument("--scope", default="", help='Scopes, such as "a:read a:write".')
        parser.add_argument("--kind", choices=KINDS, default="altinn")
        parser.add_argument(
            "--claim",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="A further claim, or another value of one; JSON, else text. null removes it.",
        )
        parser.add_argument("--ttl", type=float, default=3600, help="Seconds; default 3600.")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not settings.SANDBOX:
            raise CommandError("There is no dev issuer: the platform is not in sandbox mode.")
        kind: Kind = options["kind"]
        claims = _naming(kind, options["client"]) | dict(map(_claim, options["claim"]))
        ttl = timedelta(seconds=options["ttl"])
        self.stdout.write(issue(kind, claims, scope=options["scope"], ttl=ttl, now=clock.real()))


def _naming(kind: Kind, client: str) -> dict[str, Any]:
    if kind not in ("altinn", "maskinporten"):
        return naming_claims(kind, client)
    org, number = _organization(client)
    if kind == "altinn":
        return naming_claims(kind, org, number)
    if not number:
        raise CommandError(
            f"No service owner {client!r} in the registers. Load them, or give --client an "
            "organisation number: a maskinporten token names its caller by that."
        )
    return naming_claims(kind, client, number)


def _organization(client: str) -> tuple[str, str]:
    """Short name and organisation number, as far as the registers know them."""
    is_number = client.isdecimal() and len(client) == 9
    try:
        owner = (
            service_owners.by_organization_number(client)
            if is_number
            else service_owners.by_org(client)
        )
    except (OperationalError, InterfaceError, ProgrammingError):
        # No database, or none set up yet: a token can be had all the same.
        owner = None
    if owner is not None:
        return owner.org, owner.organization_number
    return ("", client) if is_number else (client, "")


def _claim(text: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not (name and sign):
        raise CommandError(f"--claim {text!r}: write it as name=value.")
    try:
        parsed = orjson.loads(value)
    except orjson.JSONDecodeError:
        return name, value
    is_number = isinstance(parsed, int | float) and not isinstance(parsed, bool)
    return name, value if is_number and name in _TEXT_CLAIMS else parsed
