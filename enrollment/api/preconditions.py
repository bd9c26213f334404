"""`ETag` of a single representation, and what requests make of it (contract 7)."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from rest_framework.exceptions import APIException
from rest_framework.request import Request

from notifications_platform.http.json import dumps


class PreconditionFailed(APIException):
    status_code = 412
    default_detail = "It has changed since: If-Match names another state."


def etag_of(body: Mapping[str, Any]) -> str:
    """Strong: two representations with the same tag are the same, byte by byte."""
    return f'"{blake2b(dumps(body), digest_size=16).hexdigest()}"'


def is_known(request: Request, etag: str) -> bool:
    """Whether `If-None-Match` names it: then the answer is 304."""
    return _holds(request.headers.get("If-None-Match", ""), etag, weakly=True)


def refuse_unless_matching(request: Request, body: Mapping[str, Any]) -> None:
    """`body`: the representation as this caller would get it now. Raises PreconditionFailed (412)
    where `If-Match` is there and does not name it.
    """
    wanted = request.headers.get("If-Match")
    if wanted is not None and not _holds(wanted, etag_of(body), weakly=False):
        raise PreconditionFailed


def _holds(header: str, etag: str, *, weakly: bool) -> bool:
    tags = [tag.strip() for tag in header.split(",")]
    if weakly:
        tags = [tag.removeprefix("W/") for tag in tags]
    return "*" in tags or etag in tags
