"""Between the right password and the session: the second factor.

Until it is given the browser's session has no user, so it opens nothing.
"""

from typing import TYPE_CHECKING, Any

from allauth.account.internal.stagekit import clear_login
from allauth.account.stages import LoginStage, LoginStageController
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from notifications_platform.back_office.access import second_factor

if TYPE_CHECKING:
    _Stage = object
else:
    _Stage = LoginStage


class SecondFactorStage(_Stage):
    """Asks who has one for it; has those set one up who need one."""

    key = "second_factor"
    request: HttpRequest
    login: Any
    state: dict[str, Any]

    def handle(self) -> tuple[HttpResponse | None, bool]:
        user: User = self.login.user
        has_one = second_factor.has(user)
        if not has_one and not settings.STAFF_SECOND_FACTOR:
            return None, True
        # Whoever knew the session's key before the password was given knows it no longer.
        self.request.session.cycle_key()
        self.state["password"] = user.get_session_auth_hash()
        page = "staff_login:code" if has_one else "staff_login:set_up"
        return HttpResponseRedirect(reverse(page)), True

    def still_valid(self) -> bool:
        """Whether the person may still come in by the password given a while ago."""
        user: User | None = self.login.user
        return (
            user is not None
            and user.is_active
            and user.is_staff
            and self.state.get("password") == user.get_session_auth_hash()
        )


def pending(request: HttpRequest) -> SecondFactorStage | None:
    """The login that waits for a second factor in this browser, if there is one."""
    stage: SecondFactorStage | None = LoginStageController.enter(request, SecondFactorStage.key)
    if stage and not stage.still_valid():
        clear_login(request)
        return None
    return stage
