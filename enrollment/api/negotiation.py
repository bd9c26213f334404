"""Media types in and out (enrollment contract 1)."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any

from rest_framework.exceptions import NotAcceptable, UnsupportedMediaType
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from notifications_platform.http.accepting import names, quality
from notifications_platform.http.json import (
    AlwaysJSON,
    JSONParser,
    JSONRenderer,
    refuse_other_charsets,
)
from notifications_platform.http.limits import read_body
from notifications_platform.http.refusals import ValidationProblem

# OHI's own; what is said under them is the same JSON.
INSURANCE_RESOURCE = "application/vnd.oracle.insurance.resource+json"
RESOURCE = "application/vnd.oracle.resource+json"


class InsuranceResourceParser(JSONParser):
    media_type = INSURANCE_RESOURCE


class ResourceParser(JSONParser):
    media_type = RESOURCE


class InsuranceResourceRenderer(JSONRenderer):
    media_type = INSURANCE_RESOURCE


class ResourceRenderer(JSONRenderer):
    media_type = RESOURCE


PARSERS = [JSONParser, InsuranceResourceParser, ResourceParser]
RENDERERS = [JSONRenderer, InsuranceResourceRenderer, ResourceRenderer]


class Negotiation(AlwaysJSON):
    """Chooses without refusing: 401 and 403 come before `refuse_unacceptable`."""

    def select_renderer(
        self, request: Any, renderers: Iterable[BaseRenderer], format_suffix: Any = None
    ) -> Any:
        """The most welcome type; of several the one that `Accept` names, else the first."""
        accept = request.headers.get("Accept", "")
        chosen = max(
            renderers,
            key=lambda one: (quality(accept, one.media_type), _is_named(accept, one)),
        )
        return chosen, chosen.media_type


def _is_named(accept: str, renderer: BaseRenderer) -> bool:
    """A vendor's type must be asked for; plain JSON is what all others get."""
    return renderer.media_type != JSONRenderer.media_type and names(accept, renderer.media_type)


def refuse_unacceptable(request: Request) -> None:
    """Raises NotAcceptable (406)."""
    accept = request.headers.get("Accept", "")
    if not any(quality(accept, renderer.media_type) for renderer in RENDERERS):
        types = ", ".join(renderer.media_type for renderer in RENDERERS)
        raise NotAcceptable(f"Answers come as {types}.")


def read_chunks(request: Request) -> None:
    """Of a body that comes in chunks only its end tells whether it is empty. Raises BodyTooLarge
    (413), TooManyBodies (503).
    """
    if request.method in SAFE_METHODS or "HTTP_TRANSFER_ENCODING" not in request.META:
        return
    if request.stream is not None:
        body = read_body(request.stream)
        # To DRF, too, none means that there is no body.
        request._stream = BytesIO(body) if body else None  # type: ignore[assignment]


def refuse_other_media_types(request: Request) -> None:
    """Raises UnsupportedMediaType (415), for a body that is not empty; after `read_chunks`."""
    if request.method in SAFE_METHODS or request.stream is None:
        return
    content_type = request.content_type or ""
    media_type = content_type.partition(";")[0].strip().lower()
    if all(parser.media_type != media_type for parser in PARSERS):
        raise UnsupportedMediaType(content_type)
    refuse_other_charsets(content_type)


def body_of(request: Request, *, optional: bool = False) -> Any:
    """What the body says; where it is optional, an empty one says `{}`. Raises ValidationProblem
    (400), BodyTooLarge (413).
    """
    if request.stream is not None:
        return request.data
    if optional:
        return {}
    raise ValidationProblem({"$": ["A JSON object is needed; the body is empty."]})
