"""Orders in the back office: as placed, what became of them, and why not."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications_platform.back_office import home
from notifications_platform.back_office.base import (
    ReadOnlyAdmin,
    Section,
    TransitionActions,
    display,
)
from notifications_platform.back_office.home import Sign
from notifications_platform.back_office.large_tables import Period, RecentValues
from notifications_platform.core import clock
from notifications_platform.delivery import origins, shortcuts
from orders import (
    ahead,  # noqa: F401 - registers itself
    client_page,  # noqa: F401 - registers itself
    finders,  # noqa: F401 - registers itself
    order_page,
    story,
)
from orders.models import Order
from orders.querysets import OrderQuerySet
from orders.states import OWNER, OrderStatus
from orders.verbs import VERBS

MOST_COUNTED = 10_000
_HEAVY = ("recipients", "email_template", "sms_template")
STATUS_COLOURS: dict[str, str] = {
    OrderStatus.REGISTERED: "info",
    OrderStatus.PROCESSING: "info",
    OrderStatus.PROCESSED: "primary",
    OrderStatus.COMPLETED: "success",
    OrderStatus.SEND_CONDITION_NOT_MET: "warning",
    OrderStatus.CANCELLED: "warning",
}


class CreatorFilter(RecentValues):
    column = "creator"


class PlacedFilter(Period):
    title = gettext_lazy("placed")
    column = "created_at"


@admin.register(Order)
class OrderAdmin(TransitionActions, ReadOnlyAdmin):
    narrowed_by = ("creator",)
    client_path = "creator"
    kinds = ("order", OWNER)
    personal = True
    menu_group = "Notifications"
    menu_icon = "list_alt"
    ordering = ("-created_at",)
    list_display = (
        "id",
        "creator",
        "senders_reference",
        "channel",
        "status_shown",
        "requested_send_time",
        "made",
        "out",
    )
    list_filter = ("status", "channel", "type", CreatorFilter, PlacedFilter)
    find_by = ("pk",)
    find_help = gettext_lazy("Order id, or the sender's reference exactly as sent")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("status_shown", "status_changed_at"),
                    ("creator", "senders_reference"),
                    ("type", "channel"),
                    ("created_at", "requested_send_time"),
                    ("made", "out", "open_notifications"),
                )
            },
        ),
        (
            gettext_lazy("Rules"),
            {
                "fields": (
                    ("resource_id", "resource_action"),
                    ("condition_endpoint", "despite_reservation"),
                    ("placed_by", "correlation_id"),
                )
            },
        ),
    )
    readonly_fields = tuple(
        name for _title, options in fieldsets for line in options["fields"] for name in line
    )
    verbs = VERBS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).defer(*_HEAVY)

    def find(self, queryset: QuerySet[Order], term: str) -> QuerySet[Order]:
        by_id = super().find(queryset, term)
        if by_id.exists() or not isinstance(queryset, OrderQuerySet):
            return by_id
        return queryset.referred_to_as(term)

    # --- its page -------------------------------------------------------------------------

    def buttons(self, request: HttpRequest, row: Any) -> list[dict[str, Any]]:
        own = super().buttons(request, row)
        failed = self.made(row) > self.out(row)
        return [*own, *(shortcuts.correcting(request, OWNER, [row.pk]) if failed else [])]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if order := kwargs.get("obj"):
            order.page = order_page.read(order, now=clock.now(), real=clock.real())
        return super().render_change_form(request, context, *args, **kwargs)

    def findings(self, request: HttpRequest, row: Any) -> Sequence[Section]:
        return order_page.findings(row.page)

    def sections(self, request: HttpRequest, row: Any) -> Sequence[Section]:
        return order_page.sections(row.page)

    def told(self, row: Any) -> str:
        return ", ".join(filter(None, [str(row.pk), row.creator, row.senders_reference]))

    # --- columns --------------------------------------------------------------------------

    @display(description=gettext_lazy("status"), label=STATUS_COLOURS)
    def status_shown(self, order: Order) -> str:
        return order.status

    @display(description=gettext_lazy("ignores reservation"))
    def despite_reservation(self, order: Order) -> str:
        return {True: _("yes"), False: _("no"), None: _("not said")}[order.ignore_reservation]

    @display(description=gettext_lazy("messages"))
    def made(self, order: Order) -> int:
        return order.email_generated + order.sms_generated

    @display(description=gettext_lazy("went out"))
    def out(self, order: Order) -> int:
        return order.email_succeeded + order.sms_succeeded


def _signs(now: datetime, _real: datetime) -> Iterator[Sign]:
    due = Order.objects.due(now)
    waiting = due[:MOST_COUNTED].count()
    oldest = due.values_list("due_at", flat=True).first()
    yield Sign(
        label=_("Orders due"),
        value=f"{waiting}{'+' if waiting == MOST_COUNTED else ''}",
        note=_("the oldest for {seconds} s").format(seconds=_seconds(oldest, now))
        if oldest
        else "",
        tone="waiting" if waiting else "good",
        link=reverse("admin:orders_order_changelist"),
        permission="orders.view_order",
    )


def _seconds(since: datetime, now: datetime) -> int:
    return int((now - since).total_seconds())


home.show(_signs)
# What its messages tell of their order.
origins.register(OWNER, story.before)
