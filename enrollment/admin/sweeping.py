"""Cancelling or resending all that failed and match: count first, then act (contract 7, 9, 10)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from enrollment import bulk
from enrollment.admin import acting
from enrollment.admin.filters import DeadLetters, those_with_definitions
from enrollment.queries import BadQuery, condition
from enrollment.states import Kind
from notifications_platform.back_office.large_tables import TooSlow, limited_patience
from notifications_platform.back_office.owned import Clients, clients_of, within
from notifications_platform.core import clock

if TYPE_CHECKING:
    _Admin = ModelAdmin[Any]
else:
    _Admin = object

LABELS = {
    Kind.CANCEL: gettext_lazy("Cancel all that match"),
    Kind.RESEND: gettext_lazy("Resend all that match"),
}
_TIME_HELP = gettext_lazy("Oslo time, as 2025-03-01 02:00.")


class SweepForm(forms.Form):
    client = forms.ChoiceField(
        label=gettext_lazy("Client"), required=False, widget=UnfoldAdminSelectWidget()
    )
    definition = forms.CharField(
        label=gettext_lazy("Definition"),
        required=False,
        max_length=30,
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("Its code."),
    )
    policy = forms.CharField(
        label=gettext_lazy("Policy"),
        required=False,
        max_length=300,
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("Its code."),
    )
    failed_from = forms.DateTimeField(
        label=gettext_lazy("Failed from"),
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_TIME_HELP,
    )
    failed_before = forms.DateTimeField(
        label=gettext_lazy("Failed before"),
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_TIME_HELP,
    )
    q = forms.CharField(
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextInputWidget(),
        label=gettext_lazy("Further criteria"),
        help_text=gettext_lazy(
            "As in a search of the API: attemptCount.gte(3).and.personCode.eq('P-1')"
        ),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "Kept in the trail and in each history. Write no names, numbers or addresses."
        ),
    )

    def __init__(self, *args: Any, clients: Clients, **kwargs: Any) -> None:
        """Whoever is bound to clients chooses one of them."""
        super().__init__(*args, **kwargs)
        offered = within(those_with_definitions(), clients)
        without = _("Every client") if clients is None else _("Choose a client")
        choices = [("", without), *((client, client) for client in offered)]
        self.fields["client"].choices = choices  # type: ignore[attr-defined]
        self.fields["client"].required = clients is not None

    def clean_q(self) -> str:
        q: str = self.cleaned_data["q"]
        try:
            if q:
                condition(q)
        except BadQuery as wrong:
            raise forms.ValidationError(str(wrong)) from wrong
        return q

    def clean(self) -> dict[str, Any]:
        """The criteria are also judged as the search will have them, all together."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            if whole := Chosen.of(cleaned).q:
                condition(whole)
        except (BadQuery, OverflowError) as wrong:
            raise forms.ValidationError(str(wrong)) from wrong
        return cleaned


@dataclass(frozen=True, slots=True)
class Chosen:
    """`client` None: everyone's. `q` in the words of the API."""

    client: str | None
    q: str

    @classmethod
    def of(cls, given: dict[str, Any]) -> "Chosen":
        return cls(given["client"] or None, ".and.".join(_criteria(given)))

    @property
    def seal(self) -> str:
        """What was counted is what is acted on."""
        return f"{self.client or ''} {self.q}"


def _criteria(given: dict[str, Any]) -> Iterator[str]:
    if code := given["definition"]:
        yield f"notificationDefinitionCode.eq({_quoted(code)})"
    if code := given["policy"]:
        yield f"policyCode.eq({_quoted(code)})"
    if moment := given["failed_from"]:
        yield f"failedDate.gte('{_in_utc(moment)}')"
    if moment := given["failed_before"]:
        yield f"failedDate.lt('{_in_utc(moment)}')"
    if q := given["q"]:
        yield f"({q})"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _in_utc(moment: datetime) -> str:
    in_utc = moment.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    return f"{in_utc.isoformat()}Z"


class Sweeping(_Admin):
    """For the list of notifications: a page of its own for each kind."""

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                f"all/{kind.value}/",
                self.admin_site.admin_view(self._view_of(kind)),
                name=f"enrollment_enrollmenteventnotification_{kind.value}_all",
            )
            for kind in Kind
        ] + super().get_urls()

    def sweeps(self, request: HttpRequest) -> list[tuple[str, str]]:
        """Label and address of each that this member of the staff may do, with what the list is
        narrowed to."""
        given = {
            "client": request.GET.get("client", ""),
            "definition": request.GET.get("notification_definition_code", ""),
            "dead": request.GET.get("dead", ""),
        }
        chosen = urlencode({name: value for name, value in given.items() if value})
        return [
            (f"{LABELS[kind]} …", f"{_address(kind)}?{chosen}" if chosen else _address(kind))
            for kind in Kind
            if acting.may(request, kind)
        ]

    def _view_of(self, kind: Kind) -> Any:
        def view(request: HttpRequest) -> HttpResponse:
            if not acting.may(request, kind):
                raise PermissionDenied
            return self._sweep(request, kind)

        return view

    def _sweep(self, request: HttpRequest, kind: Kind) -> HttpResponse:
        form = SweepForm(
            request.POST if request.method == "POST" else None,
            initial=_initial(request),
            clients=clients_of(request.user),
        )
        count, seal = "", ""
        if request.method == "POST" and form.is_valid():
            chosen = Chosen.of(form.cleaned_data)
            if _is_settled(request, form, chosen):
                return self._begin(request, kind, chosen, form.cleaned_data["reason"])
            count, seal = _count(request, chosen, kind), chosen.seal
        context = {
            **self.admin_site.each_context(request),
            "title": LABELS[kind],
            "opts": self.opts,
            "warning": acting.WARNINGS[kind],
            "label": LABELS[kind],
            "form": form,
            "count": count,
            "seal": seal,
            "back": _list(),
        }
        return TemplateResponse(request, "enrollment/sweep.html", context)

    def _begin(self, request: HttpRequest, kind: Kind, chosen: Chosen, reason: str) -> HttpResponse:
        caller = acting.as_staff(request.user.get_username(), chosen.client)
        operation = bulk.begin(kind, caller=caller, now=clock.now(), q=chosen.q, reason=reason)
        messages.success(
            request, _("It has begun; workers carry it on. Load the page to follow it.")
        )
        return HttpResponseRedirect(
            reverse("admin:enrollment_bulkoperation_change", args=[operation.pk])
        )


def _is_settled(request: HttpRequest, form: SweepForm, chosen: Chosen) -> bool:
    """Whether somebody who has seen the number of just these wants it, and says why."""
    if "act" not in request.POST:
        return False
    if request.POST.get("counted") != chosen.seal:
        form.add_error(None, _("The choice has changed: look at the number again."))
        return False
    if not form.cleaned_data["reason"]:
        form.add_error("reason", _("This field is required."))
        return False
    return True


def _count(request: HttpRequest, chosen: Chosen, kind: Kind) -> str:
    caller = acting.as_staff(request.user.get_username(), chosen.client)
    try:
        with limited_patience():
            number = bulk.matched(caller=caller, now=clock.now(), q=chosen.q)
    except TooSlow:
        return _UNCOUNTED[kind]()
    return _COUNTED[kind](number).format(number=number)


_UNCOUNTED = {
    Kind.CANCEL: lambda: _(
        "More match than can be counted in a few seconds. All would be cancelled."
    ),
    Kind.RESEND: lambda: _("More match than can be counted in a few seconds. All would be resent."),
}
_COUNTED = {
    Kind.CANCEL: lambda number: ngettext(
        "{number} would be cancelled.", "{number} would be cancelled.", number
    ),
    Kind.RESEND: lambda number: ngettext(
        "{number} would be resent.", "{number} would be resent.", number
    ),
}


def _initial(request: HttpRequest) -> dict[str, Any]:
    length = DeadLetters.lengths.get(request.GET.get("dead", ""))
    return {
        "client": request.GET.get("client", ""),
        "definition": request.GET.get("definition", ""),
        "failed_from": (clock.now() - length).replace(microsecond=0) if length else None,
    }


def _address(kind: Kind) -> str:
    return reverse(f"admin:enrollment_enrollmenteventnotification_{kind.value}_all")


def _list() -> str:
    return reverse("admin:enrollment_enrollmenteventnotification_changelist")
