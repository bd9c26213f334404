"""What the served schema leaves out: further spellings of a route that it shows already."""

from collections.abc import Callable
from typing import Any

_Endpoint = tuple[str, str, str, Callable[..., Any]]


def one_spelling(endpoints: list[_Endpoint], **_options: object) -> list[_Endpoint]:
    """A hook of drf-spectacular. Routes answer with a trailing slash too, and those of one order
    under `/order/` as under `/orders/` (orders contract 1): one of each is enough to read.
    """
    paths = {path for path, *_ in endpoints}
    return [endpoint for endpoint in endpoints if _usual(endpoint[0]) not in paths - {endpoint[0]}]


def _usual(path: str) -> str:
    return path.rstrip("/").replace("/order/", "/orders/")
