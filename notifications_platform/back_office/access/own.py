"""My access: what a member of the staff sees and does about their own way in."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from notifications_platform.audit import trail
from notifications_platform.back_office import sessions
from notifications_platform.back_office.access import pending_secret, second_factor
from notifications_platform.back_office.access.adapters import SECOND_FACTOR
from notifications_platform.back_office.access.entering import show_codes
from notifications_platform.back_office.access.forms import PasswordForm, ReplaceForm
from notifications_platform.back_office.access.second_factor import Given
from notifications_platform.back_office.login import is_right_password
from notifications_platform.core import clock

_form_page = require_http_methods(["GET", "HEAD", "POST"])


def access(request: HttpRequest) -> HttpResponse:
    """Own sessions, second factor, and recovery codes left."""
    user = _me(request)
    return _show(
        request,
        "back_office/access.html",
        _("My access"),
        state=second_factor.state(user),
        sessions=sessions.live(user, real=clock.real()),
        own=sessions.own_key(request.session),
    )


@_form_page
def replace(request: HttpRequest) -> HttpResponse:
    """Sets the second factor up, in place of the one there is."""
    user, secret = _me(request), pending_secret.secret_of(request)
    form = ReplaceForm(_posted(request), is_right=partial(is_right_password, request, user))
    if form.is_valid():
        code = form.cleaned_data["code"]
        codes = second_factor.set_up(user, secret, code, replace=True, now=clock.now())
        if codes:
            pending_secret.forget(request)
            request.session[SECOND_FACTOR] = Given.SET_UP.value
            # Elsewhere nobody has given a code of this one.
            sessions.end_all([user], but=sessions.own_key(request.session))
            return show_codes(request, codes, onwards=reverse("staff_login:access"))
        form.add_error("code", _("That is not the code that belongs to this secret."))
    return _show(
        request,
        "back_office/replace.html",
        _("Second factor"),
        form=form,
        picture=pending_secret.picture(user, secret),
        has_one=second_factor.has(user),
    )


@_form_page
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Makes new ones; the earlier ones are good for nothing from then on."""
    user = _me(request)
    if not second_factor.has(user):
        return HttpResponseRedirect(reverse("staff_login:access"))
    form = PasswordForm(_posted(request), is_right=partial(is_right_password, request, user))
    if form.is_valid():
        codes = second_factor.new_recovery_codes(user, now=clock.now())
        return show_codes(request, codes, onwards=reverse("staff_login:access"))
    return _show(request, "back_office/new_codes.html", _("New recovery codes"), form=form)


@require_POST
def log_out_elsewhere(request: HttpRequest) -> HttpResponse:
    user = _me(request)
    ended = sessions.end_all([user], but=sessions.own_key(request.session))
    if ended:
        _note("staff.logged_out_elsewhere", user)
    text = ngettext("{number} other session ended.", "{number} other sessions ended.", ended)
    messages.success(request, text.format(number=ended))
    return HttpResponseRedirect(reverse("staff_login:access"))


def change_password(
    request: HttpRequest, extra_context: dict[str, Any] | None = None
) -> HttpResponse:
    """The admin site's page, which then ends the person's other sessions."""
    user = _me(request)
    if request.method == "POST" and not is_right_password(
        request, user, request.POST.get("old_password", "")
    ):
        given = request.POST.copy()
        # The form refuses an empty one, in its own words.
        given["old_password"] = ""
        request.POST = given  # type: ignore[assignment]
    before = user.password
    response = _site_change_password(request, extra_context)
    if user.password != before and response.status_code == 302:
        sessions.end_all([user], but=sessions.own_key(request.session))
        _note("staff.password_changed", user)
    return response


_site_change_password = admin.site.password_change


def _me(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - the admin site let nobody else through
    return user


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _note(action: str, user: User) -> None:
    by = trail.By.staff(user.get_username())
    trail.record(action, second_factor.KIND, [user.pk], by=by, now=clock.now())


def _show(request: HttpRequest, template: str, title: str, **more: Any) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": title, **more}
    return TemplateResponse(request, template, context)
