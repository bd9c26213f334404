"""JSON in and out. Strict UTF-8, no comments, no trailing commas, no NUL, no lone surrogates;
of a property sent twice the last wins.
"""

import json
import re
from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import IO, Any

import orjson
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from notifications_platform.http.limits import announced_length, read_body
from notifications_platform.http.refusals import ValidationProblem

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_UTF8_NAMES = {"utf-8", "utf8"}


def dumps(value: object) -> bytes:
    """Aware datetimes become UTC with `Z` and 0 or 6 fraction digits."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)


class JSONObject(dict[str, Any]):
    """A body that is an object, with its text for as long as nobody has read the members."""

    text: bytes = b""

    def by_last_spelling(self) -> dict[str, Any]:
        """The same; of names that differ in case only, at every level, the last one stays.

        orjson keeps a repeated name at its first place, so that of `a, A, a` the order is lost.
        Raises ValidationProblem (400) for a nesting that only orjson can read.
        """
        try:
            read: dict[str, Any] = json.loads(
                self.text, object_pairs_hook=_last_spellings, parse_int=float
            )
        except RecursionError:
            raise ValidationProblem({"$": ["Nested too deeply."]}) from None
        return read

    def forget_text(self) -> None:
        self.text = b""


def _last_spellings(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return dict({name.lower(): (name, value) for name, value in pairs}.values())


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else dumps(data)


# How the parser says that it got no memory.
_NO_MEMORY = "Not enough memory"


class JSONParser(BaseParser):
    """Raises ValidationProblem (400, key `$`), BodyTooLarge (413), or UnsupportedMediaType
    (415) for a charset that is not UTF-8.
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
        body = read_body(stream, announced=announced_length(request.META) if request else 0)
        body = body.removeprefix(BOM_UTF8)
        if _NUL.search(body):
            raise ValidationProblem({"$": ["U+0000 is not allowed anywhere in the body."]})
        try:
            content = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            if error.msg.startswith(_NO_MEMORY):
                raise MemoryError from error  # ours, not the caller's
            where = f"line {error.lineno}, column {error.colno}"
            raise ValidationProblem({"$": [f"Not JSON: {error.msg} ({where})."]}) from error
        if not isinstance(content, dict):
            return content
        received = JSONObject(content)
        received.text = body
        return received


def json_body(request: Request) -> Any:
    """What the body says. Raises ValidationProblem (400) or UnsupportedMediaType (415), also
    for an empty body, which DRF would take for an empty object.
    """
    if request.stream is not None:
        return request.data
    if not (request.content_type or "").lower().startswith(JSONParser.media_type):
        raise UnsupportedMediaType(request.content_type or "")
    raise ValidationProblem({"$": ["A JSON object is needed; the body is empty."]})


def refuse_other_charsets(media_type: str) -> None:
    for parameter in media_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip(" \"'").lower() not in _UTF8_NAMES:
            raise UnsupportedMediaType(media_type, "Only UTF-8 is understood.")


class AlwaysJSON(BaseContentNegotiation):
    """An `Accept` that cannot be met gets JSON all the same."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        content_type = (request.content_type or "").split(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == content_type), None)

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type
