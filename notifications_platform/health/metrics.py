"""Request latencies by route template, never by path: paths hold identifiers."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from notifications_platform.core.metrics import REQUEST_SECONDS

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class LatencyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        REQUEST_SECONDS.labels(
            method=request.method if request.method in _METHODS else "other",
            route=request.resolver_match.route if request.resolver_match else "unmatched",
            status=response.status_code,
        ).observe(time.perf_counter() - started)
        return response
