"""How much one request may ask (cases contract 15). Checked before anything of it is executed,
and before anything is built that could cost more than reading the text.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from graphql import GraphQLError, Source

from cases.graphql.refusals import Code, Refused
from cases.graphql.scanning import FragmentCycle, Shape, costs, scan
from cases.parsing.parts import LONGEST_LIST

BODY = 1 << 20
CHARACTERS = 100_000
TOKENS = 10_000
DEPTH = 15
ALIASES = 100
ROOT_FIELDS = 25
DIRECTIVES = 200
VARIABLES_NESTING = 20
# The contract's own limits leave these open. Fragments can multiply what a document asks for,
# and braces within braces cost stack; no document that a producer writes comes near.
FIELDS = 20_000
SET_NESTING = 2 * DEPTH
VALUE_NESTING = 20
VARIABLES_OBJECTS = 20_000
# No type of the schema has half as many fields; each unknown one would be told.
MEMBERS = 100
BODY_CONTAINERS = VARIABLES_OBJECTS + 1_000
_STRING = re.compile(rb'"(?>[^"\\]++|\\.)*+"', re.DOTALL)


def shape_of(text: str) -> Shape:
    """The document's shape, if it may be built. Raises Refused: LIMIT_EXCEEDED, PARSE_FAILED for
    what is no GraphQL, VALIDATION_FAILED for fragments in a circle, which have no size.
    """
    if len(text) > CHARACTERS:
        raise _too_many("characters in the document", CHARACTERS)
    shape = scan(text, TOKENS, max(SET_NESTING, VALUE_NESTING))
    for count, most, what in (
        (shape.tokens, TOKENS, "tokens in the document"),
        (shape.directives, DIRECTIVES, "directives in the document"),
        (shape.aliases, ALIASES, "aliases in the document"),
        (shape.set_nesting, SET_NESTING, "selection sets within each other"),
        (shape.value_nesting, VALUE_NESTING, "lists and objects within each other"),
    ):
        if count > most:
            raise _too_many(what, most)
    if shape.bad_at is not None:
        raise _no_token(text, shape.bad_at)
    _check_costs(shape)
    return shape


def _no_token(text: str, at: int) -> Refused:
    """Told here, since the parser reads a text to its end before it finds that it has none."""
    message = "Syntax Error: this is no GraphQL, or begins a string that does not end."
    return Refused(Code.PARSE_FAILED, GraphQLError(message, source=Source(text), positions=[at]))


def _check_costs(shape: Shape) -> None:
    try:
        each = costs(shape)
    except FragmentCycle as cycle:
        message = f"Fragment '{cycle}' spreads itself."
        raise Refused(Code.VALIDATION_FAILED, message) from None
    for cost in each:
        if cost.depth > DEPTH:
            raise _too_many("fields within each other", DEPTH)
        if cost.roots > ROOT_FIELDS:
            raise _too_many("root fields in an operation", ROOT_FIELDS)
        if cost.fields > FIELDS:
            raise _too_many("fields in an operation, with its fragments", FIELDS)


def _too_many(what: str, most: int) -> Refused:
    return Refused(Code.LIMIT_EXCEEDED, f"Too many {what}: at most {most} are allowed.")


def check_containers(body: bytes) -> None:
    """Raises Refused (BAD_USER_INPUT) for a body with more lists and objects than any request
    has: to read it takes ten times as long as to count them. Texts may hold any brackets.
    """
    if _brackets(body) > BODY_CONTAINERS and _brackets(_STRING.sub(b"", body)) > BODY_CONTAINERS:
        raise Refused(
            Code.BAD_USER_INPUT, f"At most {BODY_CONTAINERS} lists and objects are allowed."
        )


def _brackets(text: bytes) -> int:
    return text.count(b"[") + text.count(b"{")


def check_variables(variables: Mapping[str, Any]) -> None:
    """Raises Refused (BAD_USER_INPUT) for more than 20 lists and objects within each other, or
    more of them than any input takes. Level by level: no recursion, whatever comes.
    """
    level, objects = _containers(variables.values()), 0
    for _ in range(VARIABLES_NESTING):
        if not level:
            return
        objects += len(level)
        if objects > VARIABLES_OBJECTS:
            raise _bad(f"at most {VARIABLES_OBJECTS} lists and objects are allowed")
        level = [inner for outer in level for inner in _inside(outer)]
    if level:
        raise _bad(f"at most {VARIABLES_NESTING} lists and objects within each other are allowed")


def _inside(container: dict[str, Any] | list[Any]) -> list[dict[str, Any] | list[Any]]:
    if isinstance(container, dict):
        if len(container) > MEMBERS:
            raise _bad(f"at most {MEMBERS} members are allowed in an object")
        return _containers(container.values())
    inner = _containers(container)
    if len(inner) > LONGEST_LIST:
        raise _bad(f"at most {LONGEST_LIST} lists and objects are allowed in a list")
    return inner


def _containers(values: Iterable[Any]) -> list[dict[str, Any] | list[Any]]:
    return [value for value in values if isinstance(value, (dict, list))]


def _bad(detail: str) -> Refused:
    return Refused(Code.BAD_USER_INPUT, f"variables: {detail}.")
