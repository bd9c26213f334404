"""`cases` in the back office, a module for each thing that staff look at."""

from cases.admin import (
    ahead,
    events,
    external_messages,
    finders,
    notifikasjoner,
    registers,
    saker,
    signs,
)

__all__ = [
    "ahead",
    "events",
    "external_messages",
    "finders",
    "notifikasjoner",
    "registers",
    "saker",
    "signs",
]
