"""What has happened and what was erased: read, never changed (cases contract 11, 12)."""

from collections.abc import Sequence
from typing import Any

import orjson
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases import tombstone_page
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
from notifications_platform.back_office.owned import clients_of
from notifications_platform.back_office.sections import link_to


@admin.register(Hendelse)
class HendelseAdmin(ReadOnlyAdmin):
    narrowed_by = ("aggregate_id", "produsent")
    client_path = "produsent"
    kinds = ("hendelse",)
    personal = True
    menu_group = "Cases"
    menu_title = _("Events")
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
    find_help = _("Id of the event, of a sak or of a notifikasjon")
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

    @display(description=_("happened to"))
    def aggregate(self, hendelse: Hendelse) -> str:
        return link_to(_kind(hendelse), hendelse.aggregate_id)

    def sections(self, request: HttpRequest, row: Hendelse) -> Sequence[Section]:
        payload = orjson.dumps(row.payload, option=orjson.OPT_INDENT_2).decode()
        return [
            Section(
                title=gettext("What it says"),
                text=payload if row.payload else gettext("Nothing more."),
            )
        ]


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
    menu_title = _("Erased items")
    menu_icon = "delete_forever"
    ordering = ("-slettet_at", "pk")
    list_display = ("id", "type", "merkelapp", "grupperingsid", "slettet_at", "produsent")
    list_filter = (ProdusentFilter, MerkelappFilter, ErasedFilter)
    find_by = ("pk",)
    find_help = _("Id of what was erased, or (merkelapp and) grupperingsid of a sak")
    fields = list_display
    readonly_fields = fields

    def find(self, queryset: QuerySet[Slettet], term: str) -> QuerySet[Slettet]:
        by_id = super().find(queryset, term)
        if by_id.exists():
            return by_id
        return queryset.filter(type="Sak", sak_koordinat__in=koordinater(term))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if row := kwargs.get("obj"):
            row.page = tombstone_page.read(row, clients=clients_of(request.user))
        return super().render_change_form(request, context, *args, **kwargs)

    def findings(self, request: HttpRequest, row: Any) -> Sequence[Section]:
        return tombstone_page.findings(row.page)

    def sections(self, request: HttpRequest, row: Any) -> Sequence[Section]:
        return tombstone_page.sections(row.page)


@admin.register(BruktNoekkel)
class BruktNoekkelAdmin(ReadOnlyAdmin):
    """The services' own book-keeping, to look at when a producer doubts an answer."""

    client_path = NOT_FOR_BOUND_STAFF
    list_display = ("item_id", "familie", "created_at", "answer_id")
    fields = list_display
    readonly_fields = fields
    find_by = ("item_id",)
    find_help = _("Id of a sak or notifikasjon")
