"""What led to a message, told by the system that owns it: the beginning of the message's story."""

from collections.abc import Callable, Iterable

from notifications_platform.back_office.timeline import Moment
from notifications_platform.delivery.models import Message

# What happened before this message was made, and why it is as it is; a few statements.
Tell = Callable[[Message], Iterable[Moment]]
_tellers: dict[str, Tell] = {}


def register(owner_kind: str, tell: Tell) -> None:
    """Called by admin modules at start. A later call for the same kind replaces it."""
    _tellers[owner_kind] = tell


def of(message: Message) -> Iterable[Moment]:
    """Nothing, where its owner has nothing to tell."""
    tell = _tellers.get(message.owner_kind)
    return tell(message) if tell else ()
