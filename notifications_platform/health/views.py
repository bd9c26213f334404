"""Is this process up, and can it work? (runtime contract 7). No token is asked for."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe


@require_safe
def live(_request: HttpRequest) -> HttpResponse:
    """The process answers: no more is claimed."""
    return JsonResponse({"status": "up"})
