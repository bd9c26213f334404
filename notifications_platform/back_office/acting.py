"""Verbs on the pages and lists of the back office.

A verb is offered for one row on its page and for many in the list. Both show first what would
happen to which row, and why not to others, and ask for a reason that goes into the trail;
nothing is done by a GET.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from unfold.enums import ActionVariant

from notifications_platform.back_office import batches
from notifications_platform.back_office.batch_models import Batch
from notifications_platform.back_office.large_tables import TooSlow, limited_patience
from notifications_platform.back_office.owned import clients_of
from notifications_platform.back_office.verbs import (
    Doing,
    Look,
    Prospect,
    ReasonForm,
    Verb,
    why,
)
from notifications_platform.core import clock
from notifications_platform.core.errors import DomainError
from notifications_platform.core.ids import uuid7
from notifications_platform.core.passing import MAY_PASS

if TYPE_CHECKING:
    _Admin = ModelAdmin[Any]
else:
    _Admin = object

__all__ = ["Doing", "TransitionActions", "Verb", "button"]

MOST_AT_ONCE = 5000
# More than these are left to workers: nobody waits so long for a page.
MOST_WHILE_WAITING = 200
_SHOWN = 50
# That it was settled is known from its batch, which is forgotten one day.
_SETTLED_WITHIN = timedelta(days=1)
_PLAIN = ActionVariant.DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the preview."""

    what: str
    link: str
    now: str
    then: str
    refused: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`rows` are the first ones, those that are refused before the others."""

    headline: str
    along: str
    refusals: Sequence[tuple[str, int]]
    rows: Sequence[Row]
    more: str
    able: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """Rows of a list as they were shown; `id` becomes that of their batch."""

    id: UUID
    rows: Sequence[Any]
    gone: Sequence[str] = ()

    @property
    def ids(self) -> list[str]:
        return [*(str(row.pk) for row in self.rows), *self.gone]


class TransitionActions(_Admin):
    """For a ModelAdmin whose rows staff may move on, by `verbs`."""

    verbs: Sequence[Verb] = ()
    list_disable_select_all = False
    most_at_once = MOST_AT_ONCE

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return self._has(request, "operate")

    def may(self, request: HttpRequest, verb: Verb) -> bool:
        return self._has(request, verb.permission)

    def _has(self, request: HttpRequest, permission: str) -> bool:
        name = f"{self.opts.app_label}.{permission}_{self.opts.model_name}"
        return bool(request.user.has_perm(name))

    def told(self, row: Any) -> str:
        """What a row is called in a preview; no personal data in full."""
        return str(row)

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
                self.admin_site.admin_view(partial(self._on_page, verb)),
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
        """The page's buttons, as the theme draws them: only what would not be refused."""
        look = _look(request)
        return [
            button(verb.called(row), self._page(verb.name, row.pk), icon=verb.icon)
            for verb in self.verbs
            if self.may(request, verb) and verb.can(row, look)
        ]

    # --- one row --------------------------------------------------------------------------

    def _on_page(self, verb: Verb, request: HttpRequest, object_id: str) -> HttpResponse:
        if not self.may(request, verb):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        back = self._page("change", row.pk)
        form = self._form(request, verb, [row])
        if _is_settled(request, verb, form):
            self._act(request, verb, row, form)
            return HttpResponseRedirect(self._page("changelist") if verb.removes else back)
        return self._ask(request, verb, form, back=back)

    def _act(self, request: HttpRequest, verb: Verb, row: Any, form: ReasonForm) -> None:
        doing = Doing(
            user=request.user.get_username(),
            clients=clients_of(request.user),
            reason=form.cleaned_data["reason"],
            given=form.own,
            now=clock.now(),
            real=clock.real(),
        )
        try:
            verb.act(row, doing)
        except DomainError as refusal:
            text = _("{what}: {why}").format(what=self.told(row), why=why(refusal))
            messages.warning(request, text)
        else:
            messages.success(request, verb.done(1))

    # --- many rows ------------------------------------------------------------------------

    def _on_many(
        self, verb: Verb, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse | None:
        if not self.may(request, verb):
            raise PermissionDenied
        chosen = self._chosen(request, verb, queryset)
        if chosen is None:
            return None
        form = self._form(request, verb, chosen.rows)
        if _is_settled(request, verb, form):
            return self._begin_batch(request, verb, chosen, reason=form.cleaned_data["reason"])
        back = request.get_full_path()
        sealed = signing.dumps(
            [str(chosen.id), *chosen.ids], salt=self._salt(request, verb), compress=True
        )
        return self._ask(request, verb, form, back=back, sealed=sealed)

    def _chosen(self, request: HttpRequest, verb: Verb, queryset: QuerySet[Any]) -> _Chosen | None:
        """Those that were shown, where some were, and not whatever matches by now."""
        if sealed := request.POST.get("chosen"):
            try:
                id, *ids = signing.loads(
                    sealed, salt=self._salt(request, verb), max_age=_SETTLED_WITHIN
                )
            except signing.BadSignature:
                messages.error(request, _("Choose the rows once more."))
                return None
            found = {str(row.pk): row for row in self.get_queryset(request).filter(pk__in=ids)}
            return _Chosen(
                id=UUID(id),
                rows=[found[id] for id in ids if id in found],
                gone=[id for id in ids if id not in found],
            )
        try:
            with limited_patience():
                rows = list(queryset[: MOST_AT_ONCE + 1])
        except TooSlow:
            messages.error(request, _("That takes too long to find: narrow the list first."))
            return None
        if len(rows) > MOST_AT_ONCE:
            text = _("Choose at most {most} at once: narrow the list, and do one part first.")
            messages.error(request, text.format(most=MOST_AT_ONCE))
            return None
        return _Chosen(id=uuid7(), rows=rows)

    def _salt(self, request: HttpRequest, verb: Verb) -> str:
        return f"back_office.chosen:{self.opts.label}:{verb.name}:{request.user.pk}"

    def _begin_batch(
        self, request: HttpRequest, verb: Verb, chosen: _Chosen, *, reason: str
    ) -> HttpResponse:
        """Few rows are seen to at once; with many, or when something is amiss, workers go on."""
        page = reverse("admin:back_office_batch_change", args=[chosen.id])
        try:
            batch = batches.begin(
                chosen.id,
                self.opts.label_lower,
                verb,
                chosen.ids,
                user=request.user.get_username(),
                reason=reason,
                now=clock.now(),
            )
        except batches.BegunBefore:
            return HttpResponseRedirect(page)
        if len(chosen.ids) > MOST_WHILE_WAITING or not _carried_out(batch):
            batches.hand_over()
            messages.info(request, _("It has begun; workers carry it on."))
            return HttpResponseRedirect(page)
        told = batches.told(batch)
        if told.done:
            messages.success(request, verb.done(told.done))
        return HttpResponseRedirect(page if told.refused else request.get_full_path())

    # --- asking ---------------------------------------------------------------------------

    def _form(self, request: HttpRequest, verb: Verb, rows: Sequence[Any]) -> ReasonForm:
        given = request.POST if request.method == "POST" and "reason" in request.POST else None
        return verb.form(given, user=request.user, rows=rows)

    def _ask(
        self, request: HttpRequest, verb: Verb, form: ReasonForm, *, back: str, sealed: str = ""
    ) -> HttpResponse:
        """`back` is where somebody goes who leaves it as it is."""
        rows = form.rows
        look = _look(request, form.own if form.is_valid() else {})
        preview = self._preview(verb, rows, look)
        label = verb.called(rows[0]) if len(rows) == 1 else verb.label
        context = {
            **self.admin_site.each_context(request),
            "title": label,
            "label": label,
            "opts": self.opts,
            "original": rows[0] if len(rows) == 1 else None,
            "verb": verb,
            "form": form,
            "preview": preview,
            "chosen": sealed,
            "looked": _seal(form) if form.is_valid() else "",
            "looks_first": verb.form is not ReasonForm and not form.is_valid(),
            "back": back,
        }
        return TemplateResponse(request, "back_office/ask.html", context)

    def _preview(self, verb: Verb, rows: Sequence[Any], look: Look) -> Preview:
        found = list(zip(rows, verb.foresee(rows, look), strict=True))
        able = [row for row, prospect in found if prospect.refusal is None]
        reasons = Counter(_why(prospect) for _row, prospect in found if prospect.refusal)
        first = sorted(found, key=lambda one: one[1].refusal is None)[:_SHOWN]
        more = len(found) - len(first)
        text = ngettext("and {number} more row", "and {number} more rows", more)
        return Preview(
            headline=_headline(len(able), len(found)),
            along=verb.along(able, look) if able else "",
            refusals=reasons.most_common(),
            rows=[self._line(row, prospect) for row, prospect in first],
            more=text.format(number=more) if more else "",
            able=len(able),
        )

    def _line(self, row: Any, prospect: Prospect) -> Row:
        return Row(
            what=self.told(row),
            link=self._page("change", row.pk),
            now=prospect.now,
            then=prospect.then,
            refused=_why(prospect),
        )

    def _page(self, page: str, *args: object) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=args)


def button(label: str, link: str, *, icon: str) -> dict[str, Any]:
    return {"title": label, "path": link, "icon": icon, "attrs": {}, "variant": _PLAIN}


def _in_list(verb: Verb) -> Callable[..., HttpResponse | None]:
    def act_on_chosen(
        admin: TransitionActions, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse | None:
        return admin._on_many(verb, request, queryset)

    return act_on_chosen


def _look(request: HttpRequest, given: Mapping[str, Any] | None = None) -> Look:
    user = request.user.get_username()
    return Look(
        user=user,
        clients=clients_of(request.user),
        now=clock.now(),
        real=clock.real(),
        given=given or {},
    )


def _is_settled(request: HttpRequest, verb: Verb, form: ReasonForm) -> bool:
    """Whether there is a reason, and what the form was given is what was shown before."""
    if not form.is_valid():
        return False
    if verb.form is ReasonForm:
        return True
    return constant_time_compare(request.POST.get("looked", ""), _seal(form))


def _seal(form: ReasonForm) -> str:
    return salted_hmac("back_office.looked", repr(sorted(form.own.items()))).hexdigest()


def _carried_out(batch: Batch) -> bool:
    try:
        return batches.see_through(batch)
    except MAY_PASS:
        return False


def _why(prospect: Prospect) -> str:
    return why(prospect.refusal) if prospect.refusal else ""


def _headline(able: int, chosen: int) -> str:
    if chosen == 1:
        return "" if able else _("This cannot be done to it just now.")
    if able == chosen:
        text = ngettext(
            "This can be done to the {chosen} row that you chose.",
            "This can be done to all {chosen} rows that you chose.",
            chosen,
        )
        return text.format(chosen=chosen)
    text = ngettext(
        "This can be done to {able} of {chosen} rows that you chose; {rest} cannot.",
        "This can be done to {able} of {chosen} rows that you chose; {rest} cannot.",
        chosen - able,
    )
    return text.format(able=able, chosen=chosen, rest=chosen - able)
