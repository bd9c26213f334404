"""Is this process up, can it work, and how is it doing? (runtime contract 7). No token."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from notifications_platform.health.exposition import registry
from notifications_platform.health.readiness import readiness
from notifications_platform.http.methods import reading_only
from notifications_platform.http.problems import problem_response


@reading_only
@never_cache
def live(_request: HttpRequest) -> HttpResponse:
    """The process answers: no more is claimed."""
    return JsonResponse({"status": "up"})


@reading_only
@never_cache
def ready(_request: HttpRequest) -> HttpResponse:
    """200, or 503 as problem details whose `failing` names each part and its trouble."""
    failing = {part: trouble for part, trouble in readiness().items() if trouble}
    if failing:
        return problem_response(503, f"Not ready: {', '.join(failing)}.", failing=failing)
    return JsonResponse({"status": "ready"})


@reading_only
@never_cache
def metrics(_request: HttpRequest) -> HttpResponse:
    """Prometheus' text format."""
    return HttpResponse(generate_latest(registry()), content_type=CONTENT_TYPE_LATEST)
