"""Request bodies of the REST twin: JSON of at most 1 MiB (cases contract 15)."""

import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

import orjson
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from notifications_platform.http.json import json_body, refuse_other_charsets
from notifications_platform.http.limits import announced_length, read_body
from notifications_platform.http.refusals import ValidationProblem

LARGEST = 1 << 20


class SmallJSONParser(BaseParser):
    """Raises ValidationProblem (400), BodyTooLarge (413), or UnsupportedMediaType (415) for a
    charset that is not UTF-8.

    Characters that no string may hold are read: they break a rule of the input, which is told
    with its place.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        refuse_other_charsets(media_type or "")
        request = (parser_context or {}).get("request")
        announced = announced_length(request.META) if request else 0
        return _read(read_body(stream, LARGEST, announced).removeprefix(b"\xef\xbb\xbf"))


def _read(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if "surrogate" in error.msg:
            return _read_with_surrogates(body)
        where = f"line {error.lineno}, column {error.colno}"
        raise ValidationProblem({"": [f"Not JSON: {error.msg} ({where})."]}) from error


def _read_with_surrogates(body: bytes) -> Any:
    try:
        return json.loads(body.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise ValidationProblem({"": ["Not JSON."]}) from error


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def body_of(request: Request, *, optional: bool = False) -> Any:
    """What the body says; where it is optional, none says `{}`."""
    if optional and request.stream is None:
        return {}
    return json_body(request)
