"""Refusals of this app; the API's table turns them into problem details."""

from notifications_platform.core.errors import DomainError, NotFound


class OrderNotFound(NotFound):
    """No such order of this client."""

    code = "order_not_found"


class CancellationProhibited(DomainError):
    """The order has come too far to be cancelled; nothing was changed."""

    code = "cancellation_prohibited"


class NothingToRelease(DomainError):
    """It waits for nothing that staff can spare it."""

    code = "nothing_to_release"
