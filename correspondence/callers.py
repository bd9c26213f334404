"""Whose party a caller is, and what it may do with a letter (correspondence contract 3.1, 3.3)."""

from dataclasses import dataclass

from notifications_platform.identity.client import Client
from notifications_platform.registers import service_owners

WRITE = "altinn:correspondence.write"
READ = "altinn:correspondence.read"
ORGANIZATION_URN = "urn:altinn:organization:identifier-no:"
PERSON_URN = "urn:altinn:person:identifier-no:"


@dataclass(frozen=True, slots=True)
class Party:
    """The caller as a party, in the stored form; `organization_number` and `pid` as far as known.

    `may_write` and `may_read` are the scopes of its token.
    """

    urn: str
    client_name: str
    organization_number: str = ""
    pid: str = ""
    may_write: bool = False
    may_read: bool = False


def party_of(client: Client) -> Party | None:
    """The first of: person, system user's organisation, organisation. A platform token speaks
    for the service owner it names, with W. None when no party can be told (4006).
    """
    may_write = client.kind == "platform" or WRITE in client.scopes
    may_read = READ in client.scopes
    if client.pid:
        return Party(
            f"{PERSON_URN}{client.pid}",
            client.name,
            pid=client.pid,
            may_write=may_write,
            may_read=may_read,
        )
    number = client.system_user_organization or client.organization_number or _own_number(client)
    if not number:
        return None
    return Party(
        f"{ORGANIZATION_URN}{number}",
        client.name,
        organization_number=number,
        may_write=may_write,
        may_read=may_read,
    )


def _own_number(client: Client) -> str:
    owner = service_owners.by_org(client.org) if client.org else None
    return owner.organization_number if owner else ""
