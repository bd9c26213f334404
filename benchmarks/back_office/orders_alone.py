"""Waiting orders, and cancelling them by the service alone. Runs in `manage.py shell`, told by
benchmarks.back_office.batch.
"""

import json
import time
from datetime import timedelta

from django.db import transaction

from notifications_platform.core import clock
from notifications_platform.identity.client import Client
from orders import services
from orders.models import Order
from orders.new_orders import NewOrder
from orders.states import NotificationChannel

_LATER = timedelta(days=1)
_MAIL = {
    "fromAddress": "noreply@altinn.no",
    "subject": "Nytt brev",
    "body": "Hei!",
    "contentType": "Plain",
}


@transaction.atomic
def place(org: str, count: int) -> None:
    """Orders of one recipient each, for tomorrow."""
    client = Client(kind="altinn", org=org, organization_number="991825827")
    now = clock.now()
    for number in range(count):
        new = NewOrder(
            channel=NotificationChannel.EMAIL,
            recipients=[{"emailAddress": f"nr{number}@bench.example"}],
            email_template=_MAIL,
            sms_template=None,
            requested_send_time=now + _LATER,
        )
        services.place(new, client=client, now=now)


def cancel(org: str) -> None:
    """One after the other; prints how long it took."""
    ids = list(Order.objects.filter(creator=org).order_by("-pk").values_list("pk", flat=True))
    began = time.perf_counter()
    for id in ids:
        services.cancel_by_staff(id, user="benchmark", reason="Measured.", now=clock.now())
    print(json.dumps({"rows": len(ids), "seconds": time.perf_counter() - began}))
