"""The examples of a page: fenced blocks that are run from top to bottom.

An `http` block is a call, or, where it begins with `HTTP/1.1`, the answer to the call before
it. A `graphql` block is a call, too, with the variables of the `json` block after it, if there
is one. A `sh` block with `NAME=$(… manage.py token …)` makes a token. A comment
`<!-- run: … -->`, which no reader sees, is what goes on meanwhile. Everything else is prose.
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

_PIECE = re.compile(
    r"^<!-- run: (?P<event>.+?) -->$|^```(?P<kind>http|sh|graphql|json)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_TOKEN = re.compile(r"(\w+)=\$\(\S+ manage\.py (token .+)\)")


@dataclass(frozen=True, slots=True)
class Call:
    line: int
    method: str
    path: str
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Answer:
    line: int
    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Token:
    """`arguments` as manage.py gets them, `token` included."""

    line: int
    name: str
    arguments: list[str]


@dataclass(frozen=True, slots=True)
class Event:
    line: int
    what: str


Step = Call | Answer | Token | Event


def steps(page: Path) -> Iterator[Step]:
    """Every example of a page, in its order."""
    text = page.read_text()
    pieces = list(_PIECE.finditer(text))
    for piece, following in zip_longest(pieces, pieces[1:]):
        line = text.count("\n", 0, piece.start()) + 1
        if piece["kind"] == "graphql":
            yield _graphql(piece["text"], following, line)
        elif piece["kind"] == "json":
            continue
        elif piece["event"]:
            yield Event(line, piece["event"])
        elif piece["kind"] == "http":
            yield _call_or_answer(piece["text"], line)
        else:
            yield from _tokens(piece["text"], line)


def _call_or_answer(text: str, line: int) -> Call | Answer:
    head, _, body = text.partition("\n\n")
    first, *rest = head.splitlines()
    headers = dict(header.split(": ", 1) for header in rest)
    if first.startswith("HTTP/1.1 "):
        return Answer(line, int(first.split()[1]), headers, body.strip())
    method, path = first.split(" ", 1)
    return Call(line, method, path, headers, body.strip())


def _graphql(document: str, following: re.Match[str] | None, line: int) -> Call:
    request: dict[str, Any] = {"query": document}
    if following and following["kind"] == "json":
        request["variables"] = json.loads(following["text"])
    return Call(line, "POST", "/api/graphql", {}, json.dumps(request))


def _tokens(text: str, line: int) -> Iterator[Token]:
    for made in _TOKEN.finditer(text.replace("\\\n", "")):
        yield Token(line, made[1], shlex.split(made[2]))
