"""Logging in, first half: name and password. Whoever guesses soon has to wait."""

from typing import TYPE_CHECKING, Any

from allauth.account.internal.flows.login import perform_login
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import Login
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from unfold import forms as theme

from notifications_platform.audit import trail
from notifications_platform.back_office.access import throttling
from notifications_platform.back_office.access.adapters import SECOND_FACTOR
from notifications_platform.core import clock

# Within a quarter of an hour: for one name from one address, and from one address in all, wrong
# codes of second factors included.
MOST_FAILURES = 10
MOST_FAILURES_OF_ADDRESS = 100

if TYPE_CHECKING:
    ThemeForm = AdminAuthenticationForm
else:
    ThemeForm = theme.AuthenticationForm


class LoginForm(ThemeForm):
    """After `MOST_FAILURES` for one name from one address nobody gets in so for a while, not
    even with the right password. Without the cache nothing is counted: staff must get in.
    """

    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("username", "")
        limits = _limits(name, self.request) if self.request else ()
        if throttling.reached(limits):
            raise ValidationError(_("Too many attempts. Wait a quarter of an hour."), code="wait")
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError:
            throttling.count_failure(limits)
            _note_failure(name)
            raise
        return cleaned


class PasswordView(LoginView):
    """Whoever has the right password goes on to the second factor, or is in."""

    def form_valid(self, form: Any) -> HttpResponse:
        clear_login(self.request)
        self.request.session.pop(SECOND_FACTOR, None)
        login = Login(user=form.get_user(), redirect_url=self.get_success_url())
        response: HttpResponse = perform_login(self.request, login)
        return response


@never_cache
def log_in(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
    """The admin site's login page, in place of one that knows no second factor."""
    site = admin.site
    if request.method == "GET" and site.has_permission(request):
        return HttpResponseRedirect(reverse("admin:index"))
    context = {
        **site.each_context(request),
        "title": _("Log in"),
        "subtitle": None,
        "app_path": request.get_full_path(),
        "username": request.user.get_username(),
        **(extra_context or {}),
    }
    if REDIRECT_FIELD_NAME not in {*request.GET, *request.POST}:
        context[REDIRECT_FIELD_NAME] = reverse("admin:index")
    view = PasswordView.as_view(
        extra_context=context, authentication_form=LoginForm, template_name="admin/login.html"
    )
    return view(request)


def is_right_password(request: HttpRequest, user: User, password: str) -> bool:
    """Asked of who is logged in already, before something that a borrowed browser must not do.
    Guessing is limited as at the login.
    """
    limits = _limits(user.get_username(), request)
    if throttling.reached(limits):
        return False
    if user.check_password(password):
        return True
    throttling.count_failure(limits)
    _note_failure(user.get_username())
    return False


def limit_of_address(request: HttpRequest) -> throttling.Limit:
    """For whatever is guessed on the way in."""
    return throttling.Limit(f" {throttling.client_address(request)}", MOST_FAILURES_OF_ADDRESS)


def _limits(name: str, request: HttpRequest) -> tuple[throttling.Limit, ...]:
    whose = f"{name.casefold()} {throttling.client_address(request)}"
    return throttling.Limit(whose, MOST_FAILURES), limit_of_address(request)


def _note_failure(name: str) -> None:
    """Of a name that nobody on the staff has, nothing is kept: people type passwords there."""
    known = User.objects.filter(username=name, is_staff=True).values_list("pk", flat=True)
    trail.record(
        "staff.login_failed",
        "staff",
        list(known) or [""],
        by=trail.By.system("login"),
        now=clock.now(),
    )
