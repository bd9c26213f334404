from django.apps import AppConfig
from django.core import checks

from correspondence.checks import check_scanner, check_storage
from correspondence.states import SYSTEM
from notifications_platform.delivery.channels.webhook import register_targets


class CorrespondenceConfig(AppConfig):
    name = "correspondence"

    def ready(self) -> None:
        from correspondence import conditions, delivery_check, events
        from orders import conditions as order_conditions
        from orders import finished

        checks.register(check_storage)
        checks.register(check_scanner)
        order_conditions.register(SYSTEM, conditions.going)
        finished.register(SYSTEM, delivery_check.on_finished)
        register_targets(events.TARGETS, events.targets)
