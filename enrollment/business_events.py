"""Which business events a client may speak of (enrollment contract 4.4, 4.6)."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from enrollment.models import BusinessEventDefinition

# Those that every client starts with; they are no rows.
STANDARD: Mapping[str, str] = MappingProxyType(
    {
        "MEMBER_CHANGED": "Something about a member's enrollment has changed",
        "MEMBER_ENROLLED": "A member has been enrolled",
        "MEMBER_TERMINATED": "A member's enrollment has ended",
    }
)


def unknown_among(codes: Collection[str], client: str) -> set[str]:
    """Those that this client has not defined. One query, where any is not a standard one."""
    own = {code for code in codes if code not in STANDARD}
    if not own:
        return own
    known = BusinessEventDefinition.objects.filter(client=client, code__in=own)
    return own.difference(known.values_list("code", flat=True))
