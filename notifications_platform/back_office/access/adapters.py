"""What django-allauth asks of a project: how its secrets are kept, which stages a login has,
and what happens at the end of one.
"""

from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import salted_hmac

from notifications_platform.audit import trail
from notifications_platform.back_office import sessions
from notifications_platform.back_office.access.browsers import browser_of
from notifications_platform.core import clock

if TYPE_CHECKING:
    _Account = object
    _SecondFactor = object
else:
    _Account = DefaultAccountAdapter
    _SecondFactor = DefaultMFAAdapter

# In the session: by what its user proved to have the second factor.
SECOND_FACTOR = "second_factor"


class AccountAdapter(_Account):
    """A login ends with a session, room for it, and a line in the trail."""

    def get_login_stages(self) -> list[str]:
        return ["notifications_platform.back_office.access.stages.SecondFactorStage"]

    @transaction.atomic
    def login(self, request: HttpRequest, user: User) -> None:
        User.objects.select_for_update().get(pk=user.pk)
        super().login(request, user)  # type: ignore[misc]
        request.session[sessions.BROWSER] = browser_of(request.headers.get("User-Agent", ""))
        request.session.save()
        sessions.make_room(user, real=clock.real())
        trail.record(
            "staff.login",
            "staff",
            [user.pk],
            by=trail.By.staff(user.get_username()),
            now=clock.now(),
            detail={"second_factor": request.session.get(SECOND_FACTOR)},
        )

    def post_login(
        self, request: HttpRequest, user: User, *, redirect_url: str | None, **_more: Any
    ) -> HttpResponse:
        return HttpResponseRedirect(redirect_url or reverse("admin:index"))


class SecondFactorAdapter(_SecondFactor):
    """Secrets are encrypted with a key made of SECRET_KEY."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises InvalidToken for what was encrypted under another SECRET_KEY."""
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def get_totp_label(self, user: User) -> str:
        return user.get_username()

    def get_totp_issuer(self) -> str:
        """Tells the platforms apart that somebody has in one phone."""
        return f"Notifications ({urlsplit(settings.PUBLIC_URL).hostname})"


def _cipher() -> Fernet:
    key = salted_hmac("back_office.second_factor", "", algorithm="sha256").digest()
    return Fernet(urlsafe_b64encode(key))
