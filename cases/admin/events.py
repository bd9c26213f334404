"""What has happened and what was erased: read, never changed (cases contract 11, 12)."""

from collections.abc import Sequence

import orjson
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from cases.admin.filters import ErasedFilter, HappenedFilter, MerkelappFilter, ProdusentFilter
from cases.admin.finding import koordinater
from cases.models import BruktNoekkel, Hendelse, Slettet
from cases.states import HendelseType
from notifications_platform.back_office.base import (
    NOT_FOR_BOUND_STAFF,
    ReadOnlyAdmin,
    Section,
    display,
)
from notifications_platform.back_office.sections import history, link_to


@admin.register(Hendelse)
class HendelseAdmin(ReadOnlyAdmin):
    client_path = "produsent"
    kinds = ("hendelse",)
    personal = True
    menu_group = "Cases"
    menu_title = "Events"
    menu_icon = "timeline"
    list_display = (
        "tidspunkt",
        "type",
        "aggregate",
        "merkelapp",
        "produsent",
        "kilde_app_navn",
        "correlation_id",
    )
    list_filter = (ProdusentFilter, MerkelappFilter, HappenedFilter, "type")
    find_by = ("pk", "aggregate_id")
    find_help = "Id of the event, of a sak or of a notifikasjon"
    fields = (
        "id",
        "tidspunkt",
        "type",
        "aggregate",
        "merkelapp",
        "virksomhetsnummer",
        "produsent",
        "kilde_app_navn",
        "correlation_id",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Hendelse]:
        return super().get_queryset(request).defer("payload")

    @display(description="happened to")
    def aggregate(self, hendelse: Hendelse) -> str:
        return link_to(_kind(hendelse), hendelse.aggregate_id)

    def sections(self, request: HttpRequest, row: Hendelse) -> Sequence[Section]:
        payload = orjson.dumps(row.payload, option=orjson.OPT_INDENT_2).decode()
        return [Section(title="What it says", text=payload if row.payload else "Nothing more.")]


_OF_SAKER = {
    HendelseType.SAK_OPPRETTET,
    HendelseType.NY_STATUS_SAK,
    HendelseType.NESTE_STEG_SAK,
    HendelseType.TILLEGGSINFORMASJON_SAK,
}


def _kind(hendelse: Hendelse) -> str:
    return "sak" if hendelse.type in _OF_SAKER else "notifikasjon"


@admin.register(Slettet)
class SlettetAdmin(ReadOnlyAdmin):
    client_path = "produsent"
    kinds = ("tombstone",)
    menu_group = "Cases"
    menu_title = "Erased items"
    menu_icon = "delete_forever"
    ordering = ("-slettet_at", "pk")
    list_display = ("id", "type", "merkelapp", "grupperingsid", "slettet_at", "produsent")
    list_filter = (ProdusentFilter, MerkelappFilter, ErasedFilter)
    find_by = ("pk",)
    find_help = "Id of what was erased, or (merkelapp and) grupperingsid of a sak"
    fields = list_display
    readonly_fields = fields

    def find(self, queryset: QuerySet[Slettet], term: str) -> QuerySet[Slettet]:
        by_id = super().find(queryset, term)
        if by_id.exists():
            return by_id
        return queryset.filter(type="Sak", sak_koordinat__in=koordinater(term))

    def sections(self, request: HttpRequest, row: Slettet) -> Sequence[Section]:
        return [history("sak" if row.type == "Sak" else "notifikasjon", row.id)]


@admin.register(BruktNoekkel)
class BruktNoekkelAdmin(ReadOnlyAdmin):
    """The services' own book-keeping, to look at when a producer doubts an answer."""

    client_path = NOT_FOR_BOUND_STAFF
    list_display = ("item_id", "familie", "created_at", "answer_id")
    fields = list_display
    readonly_fields = fields
    find_by = ("item_id",)
    find_help = "Id of a sak or notifikasjon"
