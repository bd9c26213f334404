"""What a request holds: GraphQL over HTTP, by POST and in JSON (cases contract 2)."""

import json
import re
from codecs import BOM_UTF8
from dataclasses import dataclass, field
from typing import Any, NoReturn

import orjson

from cases.graphql.limits import check_containers, check_variables
from cases.graphql.refusals import Code, Refused

# Integers that the fast reader would round to a float: an id must keep each digit.
_LONG_NUMBER = re.compile(rb"[0-9]{19}")
# How the reader says that it goes no deeper.
_TOO_DEEP = "depth limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQLRequest:
    query: str
    operation_name: str | None = None
    variables: dict[str, Any] = field(default_factory=dict)


def read_request(body: bytes) -> GraphQLRequest:
    """Raises Refused: PARSE_FAILED for what is no JSON, BAD_USER_INPUT for other members than
    the contract has. Members that it does not know are ignored.
    """
    check_containers(body)
    content = _json(body.removeprefix(BOM_UTF8))
    if isinstance(content, list):
        raise _bad("Send one request at a time: lists of requests are not taken.")
    if not isinstance(content, dict):
        raise _bad('A JSON object is needed, as {"query": "…", "variables": {…}}.')
    query, name = content.get("query"), content.get("operationName")
    variables = content.get("variables")
    if not isinstance(query, str):
        raise _bad("query: a string is needed.")
    if name is not None and not isinstance(name, str):
        raise _bad("operationName: a string or null is needed.")
    if variables is not None and not isinstance(variables, dict):
        raise _bad("variables: an object or null is needed.")
    check_variables(variables or {})
    return GraphQLRequest(query=query, operation_name=name or None, variables=variables or {})


def _bad(message: str) -> Refused:
    return Refused(Code.BAD_USER_INPUT, message)


def _json(body: bytes) -> Any:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        said = error.msg
        if "surrogate" in said:
            return _json_slowly(body)
        if _TOO_DEEP in said:
            raise _bad("The body holds too many lists and objects within each other.") from None
        where = f"line {error.lineno}, column {error.colno}"
        raise Refused(Code.PARSE_FAILED, f"Not JSON: {said} ({where}).") from None

    return _json_slowly(body) if _LONG_NUMBER.search(body) else content


def _json_slowly(body: bytes) -> Any:
    """Keeps long integers, and half a character: that breaks a rule of the input, which is told
    with its place; so it is read.
    """
    try:
        return json.loads(body.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refused(Code.PARSE_FAILED, "Not JSON.") from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)
