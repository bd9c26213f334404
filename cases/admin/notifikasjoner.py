"""Beskjeder, oppgaver and kalenderavtaler in the back office."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from cases import notifikasjon_page
from cases.admin.elsewhere import KnowsWhereElse
from cases.admin.filters import MerkelappFilter, ProdusentFilter, ReceivedFilter, TilstandFilter
from cases.admin.finding import koordinater
from cases.models import Notifikasjon, NotifikasjonMottaker, Paaminnelse, Sak
from cases.verbs import NOTIFIKASJON_VERBS
from notifications_platform.back_office.acting import button
from notifications_platform.back_office.base import (
    ReadOnlyAdmin,
    Section,
    TransitionActions,
    display,
)
from notifications_platform.back_office.looking import masked
from notifications_platform.back_office.owned import clients_of
from notifications_platform.back_office.sections import link_to
from notifications_platform.core import clock

TILSTAND_COLOURS = {
    "NY": "info",
    "UTFOERT": "success",
    "UTGAATT": "warning",
    "VENTER_SVAR_FRA_ARBEIDSGIVER": "info",
    "ARBEIDSGIVER_HAR_GODTATT": "success",
    "ARBEIDSGIVER_VIL_AVLYSE": "warning",
    "ARBEIDSGIVER_VIL_ENDRE_TID_ELLER_STED": "warning",
    "AVLYST": "danger",
}
_FIELDS: dict[str | None, tuple[str | tuple[str, ...], ...]] = {
    None: (
        "tekst",
        ("type", "tilstand_shown"),
        ("merkelapp", "ekstern_id"),
        ("grupperingsid", "virksomhetsnummer"),
        "lenke",
    ),
    gettext_noop("Deadline"): (("frist", "utgaar_at"), ("utfoert_tidspunkt", "utgaatt_tidspunkt")),
    gettext_noop("Appointment"): (("start_tidspunkt", "slutt_tidspunkt"), ("lokasjon", "digitalt")),
    gettext_noop("Where from, and how long"): (
        ("produsent", "kilde_app_navn"),
        ("opprettet_tidspunkt", "mottatt_tidspunkt"),
        ("soft_deleted_at", "hard_delete_at"),
    ),
}
_SHOWN_FOR = {"Deadline": "Oppgave", "Appointment": "Kalenderavtale"}


@admin.register(Notifikasjon)
class NotifikasjonAdmin(KnowsWhereElse, TransitionActions, ReadOnlyAdmin):
    narrowed_by = ("produsent",)
    client_path = "produsent"
    kinds = ("notifikasjon",)
    personal = True
    menu_group = "Cases"
    menu_icon = "task_alt"
    ordering = ("-mottatt_tidspunkt", "pk")
    list_display = (
        "id",
        "type",
        "tilstand_shown",
        "merkelapp",
        "ekstern_id",
        "virksomhetsnummer",
        "produsent",
        "mottatt_tidspunkt",
        "frist",
        "soft_deleted_at",
    )
    list_filter = ("type", TilstandFilter, ProdusentFilter, MerkelappFilter, ReceivedFilter)
    find_by = ("pk",)
    find_help = _("Notifikasjon id, or (merkelapp and) eksternId or grupperingsid")
    readonly_fields = tuple(
        name
        for lines in _FIELDS.values()
        for line in lines
        for name in ([line] if isinstance(line, str) else line)
    )
    verbs = NOTIFIKASJON_VERBS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notifikasjon]:
        return super().get_queryset(request).defer("first_varsler", "first_paaminnelse_varsler")

    def get_fieldsets(self, request: HttpRequest, obj: Notifikasjon | None = None) -> Any:
        """A beskjed has no deadline, an oppgave no place."""
        kind = obj.type if obj else ""
        return [
            (title and gettext(title), {"fields": lines})
            for title, lines in _FIELDS.items()
            if _SHOWN_FOR.get(title or "", kind) == kind
        ]

    def find(self, queryset: QuerySet[Notifikasjon], term: str) -> QuerySet[Notifikasjon]:
        """By its own name, else all that belong to the sak of this name."""
        keys = koordinater(term)
        own = Notifikasjon.objects.filter(koordinat__in=keys).values_list("pk", flat=True)
        if named := list(own):
            return queryset.filter(pk__in=named)
        by_id = super().find(queryset, term)
        return by_id if by_id.exists() else queryset.filter(sak_koordinat__in=keys)

    def buttons(self, request: HttpRequest, row: Any) -> list[dict[str, Any]]:
        own = super().buttons(request, row)
        saker = Sak.objects.filter(koordinat=row.sak_koordinat)
        if (clients := clients_of(request.user)) is not None:
            # Another producer may have made it: they share the merkelapp.
            saker = saker.filter(produsent__in=clients)
        sak = saker.values_list("pk", flat=True).first()
        if sak is None:
            return own
        page = reverse("admin:cases_sak_change", args=[sak])
        return [button(gettext("Its sak"), page, icon="folder_open"), *own]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if item := kwargs.get("obj"):
            item.page = notifikasjon_page.read(item, now=clock.now(), real=clock.real())
        return super().render_change_form(request, context, *args, **kwargs)

    def findings(self, request: HttpRequest, row: Any) -> Sequence[Section]:
        return notifikasjon_page.findings(row.page)

    def sections(self, request: HttpRequest, row: Any) -> Sequence[Section]:
        return notifikasjon_page.sections(row.page)

    @display(description=_("state"), label=TILSTAND_COLOURS)
    def tilstand_shown(self, one: Notifikasjon) -> str:
        return one.tilstand


@admin.register(NotifikasjonMottaker)
class NotifikasjonMottakerAdmin(ReadOnlyAdmin):
    """Shown on the page of its notifikasjon."""

    client_path = "notifikasjon__produsent"
    list_display = ("id", "notifikasjon_id", "type", "virksomhetsnummer", "leader")
    fields = ("notifikasjon_id", "type", "virksomhetsnummer", "service_code", "ressurs_id")
    readonly_fields = fields
    find_by = ("notifikasjon_id",)
    find_help = _("Notifikasjon id")

    @display(description=_("nearest leader"))
    def leader(self, mottaker: NotifikasjonMottaker) -> str:
        return masked(mottaker.naermeste_leder_fnr)


@admin.register(Paaminnelse)
class PaaminnelseAdmin(ReadOnlyAdmin):
    """Shown on the page of its notifikasjon."""

    client_path = "notifikasjon__produsent"
    list_display = ("id", "item", "tidspunkt", "created_at", "fired_at", "closed_at")
    fields = ("item", "tidspunkt", "created_at", "fired_at", "closed_at")
    readonly_fields = fields
    find_by = ("pk", "notifikasjon_id")
    find_help = _("Id of the reminder or of its notifikasjon")

    @display(description=_("notifikasjon"))
    def item(self, reminder: Paaminnelse) -> str:
        return link_to("notifikasjon", reminder.notifikasjon_id)
