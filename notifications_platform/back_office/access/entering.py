"""Logging in, second half: the code, or setting the second factor up."""

from typing import Any

from allauth.account.internal.stagekit import clear_login
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from notifications_platform.back_office.access import pending_secret, second_factor, throttling
from notifications_platform.back_office.access.adapters import SECOND_FACTOR
from notifications_platform.back_office.access.forms import CodeForm
from notifications_platform.back_office.access.second_factor import Given, TooManyWrongCodes
from notifications_platform.back_office.access.stages import SecondFactorStage, pending
from notifications_platform.back_office.login import limit_of_address
from notifications_platform.core import clock

_page = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@_page
def second_step(request: HttpRequest) -> HttpResponse:
    """Takes a code of the app, or a recovery code, from who gave the right password."""
    stage = pending(request)
    if stage is None or not second_factor.has(stage.login.user):
        return _from_the_start(request)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and (given := _check(request, stage, form)):
        return _enter(request, stage, given)
    return _show(request, "back_office/code.html", _("Second step"), form)


@never_cache
@_page
def set_up(request: HttpRequest) -> HttpResponse:
    """Leads who needs a second factor and has none to one, and then in."""
    stage = pending(request)
    if stage is None or second_factor.has(stage.login.user):
        return _from_the_start(request)
    user, secret = stage.login.user, pending_secret.secret_of(request)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        code = form.cleaned_data["code"]
        codes = second_factor.set_up(user, secret, code, replace=False, now=clock.now())
        if codes:
            pending_secret.forget(request)
            inside = _enter(request, stage, Given.SET_UP)
            return show_codes(request, codes, onwards=inside["Location"])
        form.add_error("code", _("That is not the code that belongs to this secret."))
    picture = pending_secret.picture(user, secret)
    return _show(request, "back_office/set_up.html", _("Second step"), form, picture=picture)


def show_codes(request: HttpRequest, codes: Any, *, onwards: str) -> HttpResponse:
    """Recovery codes, this once: they stand in the answer to the form that made them only."""
    context = {
        **admin.site.each_context(request),
        "title": _("Recovery codes"),
        "codes": codes,
        "onwards": onwards,
    }
    response = TemplateResponse(request, "back_office/recovery_codes.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _check(request: HttpRequest, stage: SecondFactorStage, form: CodeForm) -> Given | None:
    limit = limit_of_address(request)
    if throttling.reached([limit]):
        form.add_error("code", _("Too many attempts. Wait a quarter of an hour."))
        return None
    try:
        given = second_factor.check(
            stage.login.user, form.cleaned_data["code"], now=clock.now(), real=clock.real()
        )
    except TooManyWrongCodes as refusal:
        until = date_format(timezone.localtime(refusal.until), "DATETIME_FORMAT")
        text = _("Too many wrong codes. Try again after {time}, or ask an administrator.")
        form.add_error("code", text.format(time=until))
        return None
    if given is None:
        throttling.count_failure([limit])
        form.add_error("code", _("That code is wrong, or was used before."))
    return given


def _enter(request: HttpRequest, stage: SecondFactorStage, given: Given) -> HttpResponse:
    request.session[SECOND_FACTOR] = given.value
    response: HttpResponse = stage.exit()  # type: ignore[attr-defined]
    return response


def _from_the_start(request: HttpRequest) -> HttpResponse:
    """To the login page, which leads who is logged in to the front page."""
    if not request.user.is_authenticated:
        clear_login(request)
    return HttpResponseRedirect(reverse("admin:login"))


def _show(
    request: HttpRequest, template: str, title: str, form: CodeForm, **more: Any
) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": title, "form": form, **more}
    return TemplateResponse(request, template, context)
