"""What all pages of the back office have in common: Oslo time, and what their scripts may do."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from notifications_platform.core.windows import OSLO
from notifications_platform.http.security_headers import POLICY

_BACK_OFFICE = "/admin/"
# The theme's pages are built with Alpine, which compiles the expressions in its attributes:
# without 'unsafe-eval' no menu opens. Scripts in the page itself stay shut out, whatever gets
# into it. Styles: the theme's colours stand in a style element.
_PAGES = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)


class BackOfficeMiddleware:
    """Everything outside the back office stays in UTC and keeps its own policy."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(_BACK_OFFICE):
            return self.get_response(request)
        with timezone.override(OSLO):
            response = self.get_response(request)
        response[POLICY] = _PAGES
        return response
