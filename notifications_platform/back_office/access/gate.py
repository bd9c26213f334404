"""Nobody passes who has not come in by the whole way. Asked at every request under /admin/."""

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from notifications_platform.back_office.access import second_factor
from notifications_platform.back_office.access.adapters import SECOND_FACTOR
from notifications_platform.back_office.sessions import SessionStore
from notifications_platform.core import clock


def closed(request: HttpRequest) -> HttpResponse | None:
    """The way to the login page, for a session that lacks its second factor; else None."""
    user = request.user
    if not isinstance(user, User):
        return None
    if _came_in_whole(request, user):
        of_itself = "X-Refreshes-Itself" in request.headers  # a page left open; see board.js
        if isinstance(request.session, SessionStore) and not of_itself:
            request.session.keep_alive(clock.real())
        return None
    logout(request)
    login = reverse("admin:login")
    return None if request.path == login else redirect_to_login(request.get_full_path(), login)


def _came_in_whole(request: HttpRequest, user: User) -> bool:
    """A session made before the second factor was asked for, or set up, did not."""
    if request.session.get(SECOND_FACTOR):
        return True
    return not settings.STAFF_SECOND_FACTOR and not second_factor.has(user)
