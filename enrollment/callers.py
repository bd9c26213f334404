"""Who acts: a client by a token, a member of the staff, or the platform (contract 1, 8)."""

from dataclasses import dataclass

from enrollment.grants import Grant, granted
from enrollment.models import EnrollmentClient
from enrollment.states import Source
from notifications_platform.audit.trail import By
from notifications_platform.identity.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """`client` is whose notifications it sees, None: everybody's (staff). `name` is what history
    and `cancelledBy` show.
    """

    client: str | None
    name: str
    source: Source
    grants: frozenset[Grant]

    @property
    def owning(self) -> str:
        """The client to whom belongs what this caller makes. Raises ValueError for staff."""
        if self.client is None:
            raise ValueError("Staff make nothing of their own.")
        return self.client

    @property
    def by(self) -> By:
        """How the trail calls it."""
        return By.staff(self.name) if self.source is Source.ADMIN else By.client(self.name)


def calling(client: Client) -> Caller:
    """One query: the register may set a ceiling."""
    grants = (
        EnrollmentClient.objects.filter(client_id=client.client_id)
        .values_list("grants", flat=True)
        .first()
    )
    return Caller(
        client=client.client_id,
        name=client.client_id,
        source=Source.API,
        grants=granted(client.scopes, grants or ()),
    )
