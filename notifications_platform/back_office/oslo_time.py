"""The back office shows Oslo time; everything else stays in UTC."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from notifications_platform.core.windows import OSLO

_BACK_OFFICE = "/admin/"


class OsloTimeMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(_BACK_OFFICE):
            return self.get_response(request)
        with timezone.override(OSLO):
            return self.get_response(request)
