"""Form fields as the object that the JSON body would have been (correspondence contract 4.5).

Names are dotted, with indexes, and match in any case. Values are read by the shape that stands at
the place: `true`, `false` and digits where truths and numbers are needed. An empty value counts
as absent.
"""

import re
from collections.abc import Iterable
from typing import Any

import orjson
from rest_framework import serializers

from correspondence.requests.members import Many, TextByKey, Whole
from correspondence.requests.refusals import Misshapen, ShapeError
from correspondence.requests.shapes import InitializeShape
from notifications_platform.http.json import JSONObject
from notifications_platform.http.wire import Shape, Truth

_Field = serializers.Field[Any, Any, Any, Any]
_INITIALIZE = InitializeShape()
_WHOLE = "correspondence"
_STEP = re.compile(r"([^.\[\]]+)(?:\[([0-9]{0,6})\])?")
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_TRUTHS = {"true": True, "false": False}


def as_body(fields: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """What `read_letter` takes. Of a field sent twice the last wins; without an index, a list's
    field may be sent once for each entry. A field `correspondence` that holds JSON stands for all
    `correspondence.…` fields. Raises ShapeError where it holds none.
    """
    body = _Tree()
    whole: Any = None
    for name, value in fields:
        if name.lower() == _WHOLE:
            whole = _parsed(value)
        elif value:
            _put(body, _INITIALIZE, name, value)
    written: dict[str, Any] = _written(body)
    return written | {_WHOLE: whole} if whole is not None else written


def _parsed(value: str) -> Any:
    try:
        content = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ShapeError([Misshapen((_WHOLE,), f"Not JSON: {error.msg} ({where}).")]) from error
    if not isinstance(content, dict):
        return content
    parsed = JSONObject(content)
    parsed.text = value.encode()
    return parsed


class _Tree(dict[str, Any]):
    """An object that is being put together."""


class _Entries(dict[int, Any]):
    """A list that is being put together, by index."""

    after_last = 0

    def place(self, index: str | None) -> int:
        at = int(index) if index else self.after_last
        self.after_last = max(self.after_last, at + 1)
        return at


def _put(tree: _Tree, shape: Shape, name: str, value: str) -> None:
    """Names that no shape knows are ignored, as they are in JSON."""
    step = _STEP.match(name)
    if step is None:
        return
    member, index = _spelled(shape, step[1]), step[2]
    field = shape.fields.get(member)
    rest = name[step.end() :]
    if isinstance(field, TextByKey):
        if rest.startswith(".") and index is None:
            tree.setdefault(member, _Tree())[rest[1:]] = value
    elif isinstance(field, Many):
        _put_entry(tree.setdefault(member, _Entries()), field.child, index, rest, value)
    elif isinstance(field, Shape):
        if rest.startswith(".") and index is None:
            _put(tree.setdefault(member, _Tree()), field, rest[1:], value)
    elif field is not None and not rest and index is None:
        tree[member] = _read(field, value)


def _put_entry(entries: _Entries, child: _Field, index: str | None, rest: str, value: str) -> None:
    if not isinstance(child, Shape):
        if not rest:
            entries[entries.place(index)] = _read(child, value)
    elif rest.startswith(".") and index:
        _put(entries.setdefault(entries.place(index), _Tree()), child, rest[1:], value)


def _spelled(shape: Shape, name: str) -> str:
    names = [str(known) for known in shape.fields]
    return next((known for known in names if known.lower() == name.lower()), "")


def _read(field: _Field, value: str) -> Any:
    """As it would stand in JSON; what cannot be read stays as it is, for the reader to refuse."""
    if isinstance(field, Truth):
        return _TRUTHS.get(value.lower(), value)
    if isinstance(field, Whole) and _INTEGER.fullmatch(value):
        return int(value)
    return value


def _written(tree: Any) -> Any:
    if isinstance(tree, _Tree):
        return {name: _written(member) for name, member in tree.items()}
    if isinstance(tree, _Entries):
        return [_written(tree[at]) for at in sorted(tree)]
    return tree
