"""What every answer tells a browser: believe nothing, show it nowhere, keep nothing.

An answer that needs less strictness brings its own header, which stands. `nosniff`, the
referrer policy and the opener policy are Django's own middleware.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

POLICY = "Content-Security-Policy"
_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_FEATURES = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"
_A_YEAR = 365 * 24 * 3600


class SecurityHeadersMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._headers = {
            POLICY: _NOTHING,
            # Again, for static files, which leave before Django's own middleware.
            "X-Frame-Options": "DENY",
            "Permissions-Policy": _FEATURES,
            # Static files say how long they keep; orders and people are in the rest.
            "Cache-Control": "no-store",
        }
        # TLS ends in a proxy before us, so that a request never looks secure to Django.
        if settings.PUBLIC_URL.startswith("https://"):
            self._headers["Strict-Transport-Security"] = f"max-age={_A_YEAR}"

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in self._headers.items():
            response.headers.setdefault(name, value)
        return response
