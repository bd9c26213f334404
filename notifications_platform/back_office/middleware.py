"""What all pages of the back office have in common: who comes in, Oslo time, a language, and
what their scripts may do.
"""

from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse

from notifications_platform.back_office import error_pages, languages
from notifications_platform.back_office.access import gate
from notifications_platform.back_office.access.throttling import client_address
from notifications_platform.back_office.sessions import own_key
from notifications_platform.http import arriving
from notifications_platform.http.limits import Readers
from notifications_platform.http.problems import problem_response
from notifications_platform.http.refusals import BodyTooLarge, TooManyBodies
from notifications_platform.http.security_headers import POLICY

_BACK_OFFICE = "/admin/"
_LARGEST_FORM = 1_000_000
# Anybody may send to the login page, at any pace. Of the threads of a web process such bodies hold
# two at most, those from one address one, and none for longer than this. Staff who are in have as
# much room of their own, each session one: no stranger keeps them from working.
_FORMS, _FORMS_OF_STAFF = Readers(2, share=1), Readers(2, share=1)
_SECONDS_FOR_A_FORM = 10.0
# The theme's pages are built with Alpine, which compiles the expressions in its attributes:
# without 'unsafe-eval' no menu opens. Scripts in the page itself stay shut out, whatever gets
# into it. Styles: the theme's colours stand in a style element.
_PAGES = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)


class BackOfficeMiddleware:
    """Everything outside the back office stays in UTC and English, and keeps its own policy."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(_BACK_OFFICE):
            return self.get_response(request)
        refusal = _read_form(request) if request.method == "POST" else None
        language = languages.wanted(request)
        with languages.spoken(language):
            response = (
                refusal
                or _unreadable(request)
                or gate.closed(request)
                or self.get_response(request)
            )
        languages.told(response, language)
        response[POLICY] = _PAGES
        return response


def _unreadable(request: HttpRequest) -> HttpResponse | None:
    """No text in the database holds a NUL, and asking for one is an error of its own."""
    if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
        return error_pages.bad_request(request, SuspiciousOperation("NUL in the address"))
    return None


def _read_form(request: HttpRequest) -> HttpResponse | None:
    """Its body, once and for all, or why it is not read."""
    is_known = request.user.is_authenticated
    caller = own_key(request.session) if is_known else client_address(request)
    try:
        with (_FORMS_OF_STAFF if is_known else _FORMS).room(caller):
            request._body = arriving.whole(
                request,
                length=arriving.declared_length(request.META),
                limit=_LARGEST_FORM,
                within=_SECONDS_FOR_A_FORM,
                caller=caller,
                is_known=is_known,
            )
    except (BodyTooLarge, TooManyBodies) as refusal:
        return problem_response(refusal.status_code, str(refusal.detail))
    except arriving.SenderSilent:
        return problem_response(408)
    except arriving.BodyBrokenOff:
        return problem_response(400)
    return None
