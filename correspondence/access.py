"""What a caller is to a letter: its sender, its recipient, both or neither (correspondence
contract 3.3).
"""

from dataclasses import dataclass

from correspondence.callers import ORGANIZATION_URN, Party
from correspondence.errors import BusinessError
from correspondence.models import Correspondence
from correspondence.states import AVAILABLE
from notifications_platform.registers import configured
from notifications_platform.registers.lookup import AccessQuestion

NOT_FOUND = "There is no such correspondence, or you may not see it."


@dataclass(frozen=True, slots=True)
class Standing:
    """Of one's own letters the sender's rights come first."""

    as_sender: bool
    as_recipient: bool


def not_found() -> BusinessError:
    return BusinessError(1001, NOT_FOUND)


def standing(one: Correspondence, caller: Party) -> Standing:
    """May ask the register of access: no transaction should be open."""
    return Standing(
        as_sender=caller.may_write and caller.urn == one.sender,
        as_recipient=receives(one.recipient, one.resource_id, caller),
    )


def receives(recipient: str, resource_id: str, caller: Party) -> bool:
    """Whether the caller reads what this party gets under this resource: as the party itself,
    or as a person who has access on behalf of an organisation.
    """
    return caller.may_read and acts_for(recipient, resource_id, caller)


def acts_for(party: str, resource_id: str, caller: Party) -> bool:
    if caller.urn == party:
        return True
    if not caller.pid or not party.startswith(ORGANIZATION_URN):
        return False
    question = AccessQuestion(
        national_identity_number=caller.pid,
        organization_number=party.removeprefix(ORGANIZATION_URN),
        resource_id=resource_id,
    )
    return question in configured.access().granted([question])


def is_available(one: Correspondence) -> bool:
    """Whether its recipient sees it."""
    return one.status in AVAILABLE
