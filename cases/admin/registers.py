"""The registers of `cases`: who produces, and who leads whom."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cases import client_page  # noqa: F401 - registers itself
from cases.models import AppName, NearestLeader, Producer
from notifications_platform.back_office.base import NOT_FOR_BOUND_STAFF, display
from notifications_platform.back_office.clients import OfClients
from notifications_platform.back_office.looking import masked
from notifications_platform.registers.admin import RegisterAdmin, RegisterInline


class AppNameInline(RegisterInline):
    model = AppName
    verbose_name = _("name that may act as this producer")


@admin.register(Producer)
class ProducerAdmin(OfClients, RegisterAdmin):
    client_path = "client_id"
    list_display = ("client_id", "name", "merkelapper")
    menu_icon = "hub"
    find_by = ("client_id", "app_names__name")
    find_help = _("Client id, or a name that may act as the producer")
    inlines = (AppNameInline,)

    def get_readonly_fields(
        self,
        request: HttpRequest,
        obj: Any = None,
    ) -> tuple[str, ...]:
        """The client id is what the names hang on."""
        return ("client_id",) if obj else ()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The client id is always among the names that may act."""
        super().save_related(request, form, formsets, change)
        producer: Producer = form.instance
        AppName.objects.get_or_create(name=producer.client_id, defaults={"producer": producer})


@admin.register(NearestLeader)
class NearestLeaderAdmin(RegisterAdmin):
    client_path = NOT_FOR_BOUND_STAFF
    menu_icon = "supervisor_account"
    personal = True
    list_display = ("leader_masked", "employee_masked", "organization_number", "end_date")
    find_by = ("leader", "employee", "organization_number")
    find_help = _("National identity number or organisation number")

    @display(description=_("leader"))
    def leader_masked(self, relation: NearestLeader) -> str:
        return masked(relation.leader)

    @display(description=_("employee"))
    def employee_masked(self, relation: NearestLeader) -> str:
        return masked(relation.employee)
