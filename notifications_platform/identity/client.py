"""Who is calling: a principal built from a verified token, never a database user."""

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["altinn", "maskinporten", "platform", "entra", "oauth", "idporten"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The caller of one request (runtime contract 3).

    `org` is the service owner's short name and empty for callers without one; `client_id`
    names the machine client; `pid` the end user of an `idporten` token.
    """

    kind: Kind
    org: str = ""
    organization_number: str = ""
    client_id: str = ""
    client_name: str = ""
    pid: str = ""
    acr: str = ""
    system_user: str = ""
    scopes: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_authenticated(self) -> bool:
        """What DRF asks of `request.user`."""
        return True

    @property
    def name(self) -> str:
        """How audit and fairness call this client; for end users not their number."""
        return self.org or self.client_id or self.kind
