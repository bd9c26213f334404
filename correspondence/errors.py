"""Business errors: exactly one per response, by number (correspondence contract 2, 10)."""

from notifications_platform.core.errors import DomainError

_STATUSES = {
    1001: 404,
    1029: 404,
    1030: 422,
    1032: 500,
    1034: 409,
    2000: 500,
    2001: 404,
    2002: 502,
    2022: 408,
    3001: 404,
    3026: 500,
    3028: 500,
    4001: 403,
    4006: 401,
    4007: 401,
}


class BusinessError(DomainError):
    """A rule of the contract, by its number; nothing was changed. `members` go into the body.

    `detail` says what is wrong and how to mend it.
    """

    code = "correspondence"

    def __init__(self, number: int, detail: str, **members: object) -> None:
        super().__init__(detail, **members)
        self.number = number

    @property
    def status(self) -> int:
        return _STATUSES.get(self.number, 400)
