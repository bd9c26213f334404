"""Eksterne varsler in the back office: what left, what did not, and why."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases import varsel_page
from cases.admin.filters import OrderedFilter, ProdusentFilter
from cases.models import EksterntVarsel
from cases.page_parts import service
from cases.states import OWNER
from notifications_platform.back_office.base import (
    ReadOnlyAdmin,
    Section,
    TransitionActions,
    display,
)
from notifications_platform.back_office.looking import masked
from notifications_platform.back_office.sections import link_to
from notifications_platform.core import clock
from notifications_platform.delivery import origins, shortcuts
from notifications_platform.delivery.states import State

origins.register(OWNER, varsel_page.led_to)

STATUS_COLOURS = {"NY": "info", "SENDT": "success", "FEILET": "danger", "KANSELLERT": "warning"}


@admin.register(EksterntVarsel)
class EksterntVarselAdmin(TransitionActions, ReadOnlyAdmin):
    narrowed_by = ("produsent",)
    client_path = "produsent"
    # The engine's messages name their owner by the app.
    kinds = ("eksternt_varsel", OWNER)
    personal = True
    menu_group = "Cases"
    menu_icon = "forward_to_inbox"
    ordering = ("-created_at", "pk")
    list_display = (
        "id",
        "kanal",
        "status_shown",
        "to",
        "produsent",
        "virksomhetsnummer",
        "created_at",
        "status_at",
        "item",
    )
    list_filter = ("status", "kanal", ProdusentFilter, OrderedFilter)
    find_by = ("pk", "notifikasjon_id")
    find_help = _("Id of the eksternt varsel or of its notifikasjon")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("kanal", "status_shown"),
                    ("status_at", "aarsak"),
                    ("adresse", "altinn_service"),
                    ("item", "of_reminder"),
                )
            },
        ),
        (
            _("When, and for whom"),
            {
                "fields": (
                    ("sendevindu", "tidspunkt"),
                    ("created_at", "queued_at"),
                    ("queue_at", "open_messages"),
                    ("produsent", "virksomhetsnummer"),
                    "correlation_id",
                )
            },
        ),
    )
    readonly_fields = tuple(
        name
        for _title, options in fieldsets
        for line in options["fields"]
        for name in ([line] if isinstance(line, str) else line)
    )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if varsel := kwargs.get("obj"):
            varsel.around = varsel_page.around(varsel, now=clock.now(), real=clock.real())
        return super().render_change_form(request, context, *args, **kwargs)

    def buttons(self, request: HttpRequest, row: Any) -> list[dict[str, Any]]:
        """What helps its messages; it has no verbs of its own."""
        failed = any(one.state == State.FAILED for one in row.around.messages[row.id])
        return shortcuts.correcting(request, OWNER, [row.id]) if failed else []

    def findings(self, request: HttpRequest, row: Any) -> Sequence[Section]:
        return varsel_page.findings(row, row.around)

    def sections(self, request: HttpRequest, row: Any) -> Sequence[Section]:
        return list(varsel_page.sections(row, row.around))

    @display(description=_("status"), label=STATUS_COLOURS)
    def status_shown(self, varsel: EksterntVarsel) -> str:
        return varsel.status

    @display(description=_("to"))
    def to(self, varsel: EksterntVarsel) -> str:
        """Once the outbox has it, only the message knows the address."""
        return masked(varsel.adresse) or self.altinn_service(varsel)

    @display(description=_("Altinn service"))
    def altinn_service(self, varsel: EksterntVarsel) -> str:
        return service(varsel.service_code, varsel.service_edition)

    @display(description=_("of a reminder"))
    def of_reminder(self, varsel: EksterntVarsel) -> str:
        return gettext("yes") if varsel.paaminnelse_id else gettext("no")

    @display(description=_("notifikasjon"))
    def item(self, varsel: EksterntVarsel) -> str:
        return link_to("notifikasjon", varsel.notifikasjon_id) if varsel.notifikasjon_id else ""
