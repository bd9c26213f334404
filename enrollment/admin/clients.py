"""The register of `enrollment` in the back office: its clients."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from enrollment import client_page  # noqa: F401 - registers itself
from enrollment.models import EnrollmentClient
from notifications_platform.back_office.clients import OfClients
from notifications_platform.registers.admin import RegisterAdmin
from notifications_platform.registers.forms import WriteOnlySecretForm


class EnrollmentClientForm(WriteOnlySecretForm):
    secret_field = "signing_secret"  # noqa: S105 - a field's name

    class Meta:
        model = EnrollmentClient
        fields = ("client_id", "name", "grants", "delivery_url", "signing_secret")


@admin.register(EnrollmentClient)
class EnrollmentClientAdmin(OfClients, RegisterAdmin):
    client_path = "client_id"
    form = EnrollmentClientForm
    fields = (*EnrollmentClientForm.Meta.fields, "forget_secret")
    list_display = ("client_id", "name", "grants", "delivery_url")
    menu_icon = "webhook"
    find_by = ("client_id",)
    find_help = _("Client id")
