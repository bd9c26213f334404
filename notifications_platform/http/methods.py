"""405 as problem details for plain views; those of REST framework answer so by themselves."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from notifications_platform.http.problems import problem_response

View = Callable[[HttpRequest], HttpResponse]


def reading_only(view: View) -> View:
    """GET and HEAD go to the view, every other method is 405 with `Allow`."""

    # Nothing here changes anything: a forged request gets its 405, not a talk about cookies.
    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return view(request)
        response = problem_response(405, f'Method "{request.method}" not allowed.')
        response["Allow"] = "GET, HEAD"
        return response

    return guarded
