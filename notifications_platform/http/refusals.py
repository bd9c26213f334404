"""Refusals of the HTTP layer that DRF has no exception for."""

from collections.abc import Mapping

from rest_framework.exceptions import APIException


class ValidationProblem(APIException):
    """400 with every broken rule at once: `errors` maps a path to its messages."""

    status_code = 400
    default_detail = "One or more validation errors occurred."

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        super().__init__()
        self.errors = errors


class BodyTooLarge(APIException):
    status_code = 413
    default_detail = "The body is larger than this route takes."


class TooManyBodies(APIException):
    """Slow senders hold all the threads that may wait for a body."""

    status_code = 503
    default_detail = "Too many bodies are being received just now. Try again in a moment."
    wait = 2
