"""What is wrong with a `q` or an `orderBy`."""

from notifications_platform.core.errors import DomainError


class BadQuery(DomainError):
    """`position` counts the characters before the place, which the detail names from 1."""

    code = "bad_query"

    def __init__(self, what: str, position: int) -> None:
        super().__init__(f"{what} (at character {position + 1})")
        self.position = position
