"""Who is calling: a principal built from a verified token, never a database user."""

from dataclasses import dataclass, field
from typing import Literal, get_args

Kind = Literal["altinn", "maskinporten", "platform", "entra", "oauth", "idporten"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The caller of one request (runtime contract 3).

    `org` is the service owner's short name and empty for callers without one; `client_id`
    names the machine client (for `platform` tokens the app), `client_name` is the `azp_name`
    of an `entra` token; `pid` the end user of an `idporten` token. `system_user` and
    `system_user_organization` are the id and the organisation number in
    `authorization_details`.
    """

    kind: Kind
    org: str = ""
    organization_number: str = ""
    client_id: str = ""
    client_name: str = ""
    pid: str = ""
    acr: str = ""
    system_user: str = ""
    system_user_organization: str = ""
    scopes: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_authenticated(self) -> bool:
        """What DRF asks of `request.user`."""
        return True

    @property
    def name(self) -> str:
        """How audit and fairness call this client; for end users not their number."""
        return (
            self.org or self.client_id or self.client_name or self.organization_number or self.kind
        )
