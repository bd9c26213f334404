"""A system of the platform that places orders and soon withdraws most of them, in process.

Needs Django set up: `manage.py shell` runs it, in a process of its own beside the platform's
workers, as another machine would.
"""

import json
import random
import time
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from notifications_platform.core import clock
from orders import in_house
from orders.in_house import InHouseOrder
from orders.new_orders import NewOrder
from orders.states import NotificationChannel

_GROUP = 20
_CALL = 4
_LONGEST_WAIT = 0.25
_KEPT = 0.2
_SYSTEM = "correspondence"
_TEMPLATE = {
    "fromAddress": "noreply@altinn.no",
    "subject": "Nytt brev",
    "body": "Hei!",
    "contentType": "Plain",
}


def run(*, orders: int, name: str, seed: int) -> None:
    """Prints what it did as JSON: the addresses of orders `kept` and of those `withdrawn`."""
    chance = random.Random(f"{seed} {name}")
    kept: list[str] = []
    withdrawn: list[str] = []
    for at in range(0, orders, _GROUP):
        group = range(at, min(at + _GROUP, orders))
        addresses = [f"{name}-{number}@faults.example" for number in group]
        placed = dict(zip(addresses, _place(addresses, now=clock.now()), strict=True))
        time.sleep(chance.uniform(0, _LONGEST_WAIT))
        going = [address for address in addresses if chance.random() >= _KEPT]
        kept += sorted(set(addresses) - set(going))
        for start in range(0, len(going), _CALL):
            call = going[start : start + _CALL]
            in_house.withdraw([placed[one] for one in call], system=_SYSTEM, now=clock.now())
            withdrawn += call
    print(json.dumps({"kept": kept, "withdrawn": withdrawn}))


def _place(addresses: Sequence[str], *, now: datetime) -> list[UUID]:
    orders = [
        InHouseOrder(
            new=NewOrder(
                channel=NotificationChannel.EMAIL,
                recipients=[{"emailAddress": address}],
                email_template=_TEMPLATE,
            ),
            creator="ttd",
            idempotency_id=address,
        )
        for address in addresses
    ]
    with transaction.atomic():
        return [made.order_id for made in in_house.place(orders, system=_SYSTEM, now=now)]
