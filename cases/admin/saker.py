"""Saker in the back office: one readable page each, and the two ways to be rid of one."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from cases import sak_page
from cases.admin.elsewhere import KnowsWhereElse
from cases.admin.filters import MerkelappFilter, ProdusentFilter, ReceivedFilter
from cases.admin.finding import koordinater
from cases.models import Sak, SakMottaker, StatusOppdatering
from cases.models.mottakere import INDEXED
from cases.verbs import SAK_VERBS
from notifications_platform.back_office.base import (
    ReadOnlyAdmin,
    Section,
    TransitionActions,
    display,
)
from notifications_platform.back_office.looking import masked
from notifications_platform.back_office.owned import clients_of
from notifications_platform.core import clock

STATUS_COLOURS = {"MOTTATT": "info", "UNDER_BEHANDLING": "primary", "FERDIG": "success"}


@admin.register(Sak)
class SakAdmin(KnowsWhereElse, TransitionActions, ReadOnlyAdmin):
    narrowed_by = ("produsent",)
    client_path = "produsent"
    kinds = ("sak",)
    personal = True
    menu_group = "Cases"
    menu_icon = "folder_open"
    ordering = ("-mottatt_tidspunkt", "pk")
    list_display = (
        "id",
        "merkelapp",
        "grupperingsid",
        "status_shown",
        "virksomhetsnummer",
        "produsent",
        "mottatt_tidspunkt",
        "soft_deleted_at",
    )
    list_filter = (ProdusentFilter, MerkelappFilter, ReceivedFilter)
    find_by = ("pk",)
    find_help = _("Sak id, (merkelapp and) grupperingsid, or organisation number")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "tittel",
                    ("status_shown", "neste_steg"),
                    ("merkelapp", "grupperingsid"),
                    ("virksomhetsnummer", "lenke"),
                    "tilleggsinformasjon",
                )
            },
        ),
        (
            _("Where from, and how long"),
            {
                "fields": (
                    ("produsent", "kilde_app_navn"),
                    ("opprettet_tidspunkt", "mottatt_tidspunkt"),
                    ("sist_endret", "soft_deleted_at"),
                    "hard_delete_at",
                )
            },
        ),
    )
    readonly_fields = (
        "tittel",
        "status_shown",
        "neste_steg",
        "merkelapp",
        "grupperingsid",
        "virksomhetsnummer",
        "lenke",
        "tilleggsinformasjon",
        "produsent",
        "kilde_app_navn",
        "opprettet_tidspunkt",
        "mottatt_tidspunkt",
        "sist_endret",
        "soft_deleted_at",
        "hard_delete_at",
    )
    verbs = SAK_VERBS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sak]:
        newest = StatusOppdatering.objects.filter(sak=OuterRef("pk")).order_by("-nummer")
        saker = super().get_queryset(request).annotate(status=Subquery(newest.values("status")[:1]))
        found: QuerySet[Sak] = saker
        return found

    def find(self, queryset: QuerySet[Sak], term: str) -> QuerySet[Sak]:
        """Each reading of the term by an index of its own."""
        keys = koordinater(term)
        if named := list(Sak.objects.filter(koordinat__in=keys).values_list("pk", flat=True)):
            return queryset.filter(pk__in=named)
        by_id = super().find(queryset, term)
        if by_id.exists():
            return by_id
        of_virksomhet = queryset.alias(begins=Left("virksomhetsnummer", INDEXED))
        return of_virksomhet.filter(begins=term[:INDEXED], virksomhetsnummer=term)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if sak := kwargs.get("obj"):
            sak.page = sak_page.read(
                sak,
                clients=clients_of(request.user),
                now=clock.now(),
                real=clock.real(),
            )
        return super().render_change_form(request, context, *args, **kwargs)

    def findings(self, request: HttpRequest, row: Any) -> Sequence[Section]:
        return sak_page.findings(row.page)

    def sections(self, request: HttpRequest, row: Any) -> Sequence[Section]:
        return sak_page.sections(row.page)

    @display(description=_("status"), label=STATUS_COLOURS)
    def status_shown(self, sak: Any) -> str:
        return str(sak.status or "")


@admin.register(StatusOppdatering)
class StatusOppdateringAdmin(ReadOnlyAdmin):
    """Shown on the page of its sak; a page of its own for whoever has its id."""

    client_path = "sak__produsent"
    list_display = ("id", "sak_id", "nummer", "status", "tidspunkt", "mottatt_tidspunkt")
    fields = ("sak_id", "nummer", "status", "overstyr_statustekst_med", "tidspunkt")
    readonly_fields = fields
    find_by = ("pk", "sak_id")
    find_help = _("Id of the status update or of its sak")


@admin.register(SakMottaker)
class SakMottakerAdmin(ReadOnlyAdmin):
    """Shown on the page of its sak."""

    client_path = "sak__produsent"
    list_display = ("id", "sak_id", "type", "virksomhetsnummer", "leader")
    fields = ("sak_id", "type", "virksomhetsnummer", "service_code", "ressurs_id", "leader")
    readonly_fields = fields
    find_by = ("sak_id",)
    find_help = _("Sak id")

    @display(description=_("nearest leader"))
    def leader(self, mottaker: SakMottaker) -> str:
        return masked(mottaker.naermeste_leder_fnr)
