"""What `orders` knows of one client, for its page in the register: its newest orders."""

from datetime import datetime

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from notifications_platform.back_office import clients
from notifications_platform.back_office.clients import Known
from notifications_platform.back_office.sections import Section, link_to
from orders.models import Order

SHOWN = 10


def read(client: str, _now: datetime) -> Known:
    """One statement, by the index of creators."""
    newest = Order.objects.filter(creator=client).order_by("-created_at")
    orders = newest.only("id", "created_at", "status", "senders_reference", "recipient_count")
    listed = reverse("admin:orders_order_changelist")
    return Known(
        sections=[
            Section(
                title=_("Its newest orders"),
                link=f"{listed}?{urlencode({'creator': client})}",
                link_label=_("All its orders"),
                headers=(_("Order"), _("Placed"), _("Status"), _("Recipients")),
                rows=[
                    (link_to("order", one.id), one.created_at, one.status, one.recipient_count)
                    for one in orders[:SHOWN]
                ],
            )
        ]
    )


clients.register("orders", read, permission="orders.view_order")
