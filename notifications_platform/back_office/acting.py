"""Verbs of the back office: what staff may do to a row, each through a service.

A verb is offered for one row on its page and for many in the list. Both ask first, with a
reason that goes into the trail; nothing is done by a GET. A row that the service refuses is
named, the others are done.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextareaWidget

from notifications_platform.core import clock
from notifications_platform.core.errors import DomainError

if TYPE_CHECKING:
    _Admin = ModelAdmin[Any]
else:
    _Admin = object

MOST_AT_ONCE = 500
_SHOWN = 20
_PLAIN = ActionVariant.DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """Who of the staff acts, why, and when (business and system time)."""

    user: str
    reason: str
    now: datetime
    real: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """`act` calls the service for one row; `offered` says whether the row's page shows the
    button (the service decides). `done` completes "3 orders …". `permission` is the word that
    begins the name of the permission it takes: operators have `operate`, administrators
    `delete` besides. A row that it `removes` has no page to go back to. `preview` says what the
    chosen rows come to, before the reason is asked for. `act_on_many` calls a service that takes
    several rows at once; it gives back a sentence for each that was refused.
    """

    name: str
    label: str
    done: str
    warning: str
    act: Callable[[Any, Doing], object]
    offered: Callable[[Any], bool] = lambda _row: True
    icon: str = "play_arrow"
    in_list: bool = True
    permission: str = "operate"
    removes: bool = False
    preview: Callable[[Sequence[Any]], str] = lambda _rows: ""
    act_on_many: Callable[[Sequence[Any], Doing], Sequence[str]] | None = None


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=500,
        strip=True,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Kept in the trail. Write no names, numbers or addresses.",
    )


class TransitionActions(_Admin):
    """For a ModelAdmin whose rows staff may move on, by `verbs`."""

    verbs: Sequence[Verb] = ()

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return self._has(request, "operate")

    def may(self, request: HttpRequest, verb: Verb) -> bool:
        return self._has(request, verb.permission)

    def _has(self, request: HttpRequest, permission: str) -> bool:
        name = f"{self.opts.app_label}.{permission}_{self.opts.model_name}"
        return bool(request.user.has_perm(name))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        for verb in self.verbs:
            if verb.in_list and self.may(request, verb):
                actions[verb.name] = (_in_list(verb), verb.name, verb.label)
        return actions

    def get_urls(self) -> list[URLPattern]:
        opts = self.opts
        return [
            path(
                f"<path:object_id>/{verb.name}/",
                self.admin_site.admin_view(_on_page(self, verb)),
                name=f"{opts.app_label}_{opts.model_name}_{verb.name}",
            )
            for verb in self.verbs
        ] + super().get_urls()

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        context["actions_detail"] = self.buttons(request, row) if row else []
        return super().render_change_form(request, context, *args, **kwargs)

    def buttons(self, request: HttpRequest, row: Model) -> list[dict[str, Any]]:
        """The page's buttons, as the theme draws them."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        return [
            button(verb.label, reverse(f"{name}_{verb.name}", args=[row.pk]), icon=verb.icon)
            for verb in self.verbs
            if self.may(request, verb) and verb.offered(row)
        ]

    def _ask_or_act(
        self,
        request: HttpRequest,
        verb: Verb,
        rows: Sequence[Model],
        *,
        back: str,
        afterwards: str = "",
    ) -> HttpResponse:
        """`back` is where somebody goes who leaves it as it is."""
        form = ReasonForm(request.POST if "reason" in request.POST else None)
        if request.method == "POST" and form.is_valid():
            self._act(request, verb, rows, reason=form.cleaned_data["reason"])
            return HttpResponseRedirect(afterwards or back)
        context = {
            **self.admin_site.each_context(request),
            "title": verb.label,
            "opts": self.opts,
            "original": rows[0] if len(rows) == 1 else None,
            "verb": verb,
            "form": form,
            "preview": verb.preview(rows),
            "rows": rows[:_SHOWN],
            "more": max(0, len(rows) - _SHOWN),
            "from_list": request.POST.getlist("_selected_action"),
            "back": back,
        }
        return TemplateResponse(request, "back_office/ask.html", context)

    def _act(self, request: HttpRequest, verb: Verb, rows: Sequence[Model], *, reason: str) -> None:
        doing = Doing(
            user=request.user.get_username(), reason=reason, now=clock.now(), real=clock.real()
        )
        together = verb.act_on_many if len(rows) > 1 else None
        refusals = together(rows, doing) if together else _one_by_one(verb, rows, doing)
        for refusal in refusals[:_SHOWN]:
            messages.warning(request, refusal)
        if len(refusals) > _SHOWN:
            messages.warning(request, f"{len(refusals) - _SHOWN} more were refused.")
        done = len(rows) - len(refusals)
        if done:
            opts = self.opts
            noun = opts.verbose_name if done == 1 else opts.verbose_name_plural
            messages.success(request, f"{done} {noun} {verb.done}.")


def _one_by_one(verb: Verb, rows: Sequence[Model], doing: Doing) -> list[str]:
    refusals = []
    for row in rows:
        try:
            verb.act(row, doing)
        except DomainError as refusal:
            refusals.append(f"{row}: {refusal}")
    return refusals


def button(label: str, link: str, *, icon: str) -> dict[str, Any]:
    return {"title": label, "path": link, "icon": icon, "attrs": {}, "variant": _PLAIN}


def _in_list(verb: Verb) -> Callable[..., HttpResponse | None]:
    def act_on_chosen(
        admin: TransitionActions, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse | None:
        if not admin.may(request, verb):
            raise PermissionDenied
        back = request.get_full_path()
        rows = list(queryset[: MOST_AT_ONCE + 1])
        if len(rows) > MOST_AT_ONCE:
            messages.error(request, f"Choose at most {MOST_AT_ONCE} at once.")
            return None
        return admin._ask_or_act(request, verb, rows, back=back)

    return act_on_chosen


def _on_page(admin: TransitionActions, verb: Verb) -> Callable[..., HttpResponse]:
    def act_on_one(request: HttpRequest, object_id: str) -> HttpResponse:
        if not admin.may(request, verb):
            raise PermissionDenied
        row = admin.get_object(request, object_id)
        if row is None:
            raise Http404
        pages = f"admin:{admin.opts.app_label}_{admin.opts.model_name}"
        page = reverse(f"{pages}_change", args=[row.pk])
        afterwards = reverse(f"{pages}_changelist") if verb.removes else page
        return admin._ask_or_act(request, verb, [row], back=page, afterwards=afterwards)

    return act_on_one
