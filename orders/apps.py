from django.apps import AppConfig

from notifications_platform.delivery import owners
from orders.marks import whom
from orders.outcomes import on_outcomes
from orders.states import OWNER


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        owners.register(OWNER, on_outcomes, whom=whom)
