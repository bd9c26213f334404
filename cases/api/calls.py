"""A REST request as the arguments of the GraphQL field that does the same (cases contract 13)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rest_framework.request import Request

from cases.api.bodies import body_of
from cases.api.coercing import coerced
from cases.api.types import arguments_of
from cases.errors import Problem, UgyldigInput


@dataclass(frozen=True, slots=True)
class Coordinate:
    """What names an item in place of an id: `segment` in the path, `parts` in the query."""

    name: str
    segment: str
    parts: tuple[str, str]


GRUPPERINGSID = Coordinate("Grupperingsid", "by-grupperingsid", ("merkelapp", "grupperingsid"))
EKSTERN_ID = Coordinate("EksternId", "by-ekstern-id", ("merkelapp", "eksternId"))
# What the path, the query string and a header say in place of the body.
ELSEWHERE = frozenset({"id", "idempotencyKey"})


@dataclass(frozen=True, slots=True)
class Addressed:
    """Which item the request is about: the id in its path, or a coordinate in its query."""

    request: Request
    id: str | None
    coordinate: Coordinate

    def arguments(self) -> dict[str, Any]:
        """Raises UgyldigInput for a coordinate that lacks a part."""
        if self.id is not None:
            return {"id": self.id}
        query = self.request.query_params
        missing = [
            Problem(name, "REQUIRED", "This query parameter is needed.")
            for name in self.coordinate.parts
            if name not in query
        ]
        if missing:
            raise UgyldigInput(missing)
        return {name: query[name] for name in self.coordinate.parts}

    def with_body(self, field: str, body: Any = None, *, optional: bool = False) -> dict[str, Any]:
        """The arguments of `field`: the body's members on top of those that address.

        `body` in place of the request's own; `optional`: a request without one is as good as
        one with an empty object. Raises UgyldigInput with what is wrong with either.
        """
        found: list[Problem] = []
        address: Mapping[str, Any] = {}
        members: Mapping[str, Any] = {}
        sent = body_of(self.request, optional=optional) if body is None else body
        try:
            address = self.arguments()
        except UgyldigInput as refused:
            found += refused.problems
        try:
            members = coerced(sent, arguments_of(field, ELSEWHERE))
        except UgyldigInput as refused:
            found += refused.problems
        if found:
            raise UgyldigInput(found)
        return {**members, **address, "idempotencyKey": idempotency_key(self.request)}


def created_by(request: Request, field: str) -> dict[str, Any]:
    """The arguments of a call that makes an item: all in the body."""
    return coerced(body_of(request), arguments_of(field))


def created_by_argument(request: Request, field: str) -> dict[str, Any]:
    """Likewise of a field whose only argument is named as itself: that is the body."""
    return coerced({field: body_of(request)}, arguments_of(field))


def idempotency_key(request: Request) -> str | None:
    """The header, in UTF-8 as keys of GraphQL are, so that both doors know the same key."""
    sent = request.headers.get("Idempotency-Key")
    if not sent:
        return None
    try:
        return sent.encode("latin-1").decode()
    except UnicodeError:
        return sent


@contextmanager
def body_is(name: str) -> Iterator[None]:
    """What is wrong is told from the body down, not from the argument `name`."""
    try:
        yield
    except UgyldigInput as refused:
        raise UgyldigInput(
            Problem(_below(one.path, name), one.code, one.detail) for one in refused.problems
        ) from None


def _below(path: str, name: str) -> str:
    return "" if path == name else path.removeprefix(f"{name}.")
