"""In which language a page of the back office speaks.

Whoever chose one (the switch on every page) keeps it, in a cookie; anybody else gets what the
browser asks for. Nothing outside the back office is translated: middleware lets the language
hold for one request and takes it back, so no thread carries it into the next.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from notifications_platform.core.windows import OSLO

Part = TypeVar("Part")


@contextmanager
def spoken(language: str) -> Iterator[None]:
    """Texts in this language, times as in Oslo; what held before holds again afterwards."""
    with timezone.override(OSLO), translation.override(language):
        yield


# Norwegian is asked for by several names, and whoever asks for nynorsk reads bokmål before English.
_SPOKEN = {"nb": "nb", "no": "nb", "nn": "nb", "en": "en"}


def wanted(request: HttpRequest) -> str:
    """A code of LANGUAGES."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    if chosen in dict(settings.LANGUAGES):
        return str(chosen)
    asked = parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "").lower())
    names = (name.partition("-")[0] for name, _weight in asked)
    return next((_SPOKEN[name] for name in names if name in _SPOKEN), settings.LANGUAGE_CODE)


def told(response: HttpResponse | StreamingHttpResponse, language: str) -> None:
    """The answer says in which language it is; what is streamed later is still in it."""
    response.headers.setdefault("Content-Language", language)
    patch_vary_headers(response, ("Accept-Language",))
    if isinstance(response, StreamingHttpResponse) and not response.is_async:
        parts = cast("Iterable[bytes]", response.streaming_content)
        response.streaming_content = _each(parts, language)


def _each(parts: Iterable[Part], language: str) -> Iterator[Part]:
    """The thread may do something else between two parts."""
    waiting = iter(parts)
    while True:
        with spoken(language):
            try:
                part = next(waiting)
            except StopIteration:
                return
        yield part
