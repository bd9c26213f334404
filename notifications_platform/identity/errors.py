"""Why a token is not taken. The texts name no part of the token."""

from notifications_platform.core.errors import DomainError


class BadToken(DomainError):
    """401: the token is malformed, out of its time, badly signed or from nobody we trust."""

    code = "invalid_token"
