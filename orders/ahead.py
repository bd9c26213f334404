"""Which orders are due next, on the front page."""

from django.utils.translation import gettext_lazy as _

from notifications_platform.back_office import ahead
from notifications_platform.back_office.ahead import Kind, coming
from orders.models import Order

ahead.show(
    "orders.due",
    Kind(
        label=_("Orders due next"),
        # order_due
        read=lambda now: coming(Order.objects.filter(due_at__isnull=False), "due_at", now),
        page="admin:orders_order_changelist",
        permission="orders.view_order",
    ),
)
