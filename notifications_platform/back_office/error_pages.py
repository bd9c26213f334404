"""What staff read when a page is not there, not theirs, or broke. Everybody else, programs above
all, gets problem details.
"""

import json
from dataclasses import dataclass

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from django.views import defaults

from notifications_platform.core.texts import Text
from notifications_platform.http import problems

_PAGES = "/admin/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    title: Text
    text: Text


_UNREADABLE = Told(
    title=_("That could not be read"),
    text=_("The browser sent something that makes no sense here. Go back, and try it anew."),
)
_NOT_YOURS = Told(
    title=_("You may not do that"),
    text=_("Your role does not allow it. An administrator can give you another one."),
)
_TOO_OLD = Told(
    title=_("This page was open for too long"),
    text=_(
        "You have logged in or out since, or the browser keeps no cookies. Nothing was done. Go "
        "back, load the page again, and try it anew."
    ),
)
_NOT_THERE = Told(
    title=_("There is no such page"),
    text=_(
        "It may have been erased, or its address is not whole. Search for what you look for, or "
        "begin at the overview."
    ),
)
_AWAY = Told(
    title=_("The platform cannot reach its database just now"),
    text=_("Nothing was done. Try again in a moment; messages that were accepted are not lost."),
)
_BROKEN = Told(
    title=_("Something went wrong on our side"),
    text=_("Try again. If it stays, tell whoever runs the platform, and name the id below."),
)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not _is_page(request):
        return problems.bad_request(request, exception)
    return _plain(400, _UNREADABLE)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not _is_page(request):
        return defaults.permission_denied(request, exception)
    return _in_frame(request, 403, _NOT_YOURS)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without the secret of its session: most often an old page."""
    if not _is_page(request):
        return problems.problem_response(403, reason)
    return _in_frame(request, 403, _TOO_OLD)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not _is_page(request):
        return problems.not_found(request, exception)
    return _in_frame(request, 404, _NOT_THERE)


def server_error(request: HttpRequest) -> HttpResponse:
    """Asks neither the database nor the theme: either may be what broke."""
    problem = problems.server_error(request)
    if not _is_page(request):
        return problem
    told = _AWAY if problem.status_code == 503 else _BROKEN
    page = _plain(problem.status_code, told, json.loads(problem.content)["traceId"])
    if "Retry-After" in problem:
        page["Retry-After"] = problem["Retry-After"]
    return page


def _is_page(request: HttpRequest) -> bool:
    return request.path_info.startswith(_PAGES)


def _in_frame(request: HttpRequest, status: int, told: Told) -> HttpResponse:
    """Whoever is not logged in sees no menu, and no search box."""
    context = {**admin.site.each_context(request), "title": told.title, "told": told}
    template = "error" if admin.site.has_permission(request) else "broken"
    html = render_to_string(f"back_office/{template}.html", context, request)
    return HttpResponse(html, status=status)


def _plain(status: int, told: Told, trace_id: str = "") -> HttpResponse:
    html = render_to_string("back_office/broken.html", {"told": told, "trace_id": trace_id})
    return HttpResponse(html, status=status)
