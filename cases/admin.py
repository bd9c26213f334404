"""The registers of `cases` in the back office."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from cases.models import AppName, NearestLeader, Producer
from notifications_platform.registers.admin import RegisterAdmin, RegisterInline


class AppNameInline(RegisterInline):
    model = AppName
    verbose_name = "name that may act as this producer"


@admin.register(Producer)
class ProducerAdmin(RegisterAdmin):
    list_display = ("client_id", "name", "merkelapper")
    search_fields = ("client_id__exact", "app_names__name__exact")
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
    list_display = ("leader", "employee", "organization_number", "end_date")
    search_fields = ("leader__exact", "employee__exact", "organization_number__exact")
