"""Whose tokens open which routes (correspondence contract 3.1)."""

from rest_framework.request import Request

from correspondence.callers import READ, WRITE, Party, party_of
from correspondence.errors import BusinessError
from notifications_platform.identity.authentication import TokenAuthentication, caller
from notifications_platform.identity.permissions import has_scope


class PartyAuthentication(TokenAuthentication):
    """A platform token speaks for the service owner that it names, with the right to write."""

    kinds = frozenset({"altinn", "maskinporten", "platform", "idporten"})


WRITERS = has_scope(WRITE, platform_suffices=True)
READERS = has_scope(READ)
EITHER = has_scope(WRITE, READ, platform_suffices=True)


def calling_party(request: Request) -> Party:
    """Raises BusinessError 4006, 4007."""
    client = caller(request)
    party = party_of(client)
    if party is None and client.org:
        raise BusinessError(4007, "The token names a service owner that the register lacks.")
    if party is None:
        raise BusinessError(4006, "The token names neither a person nor an organisation.")
    return party
