"""What the front page's figures are added up from, to look at when a sum is in doubt."""

from django.contrib import admin

from notifications_platform.back_office.base import ReadOnlyAdmin
from notifications_platform.delivery.models import Stroke, Tally


@admin.register(Tally)
class TallyAdmin(ReadOnlyAdmin):
    client_path = "client"
    list_display = ("at", "length", "client", "channel", "state", "reason", "number")
    list_filter = ("length", "channel", "state")
    fields = list_display
    readonly_fields = fields


@admin.register(Stroke)
class StrokeAdmin(ReadOnlyAdmin):
    client_path = "client"
    list_display = ("at", "client", "channel", "state", "reason", "number")
    fields = list_display
    readonly_fields = fields
