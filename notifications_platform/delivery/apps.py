from django.apps import AppConfig
from django.core import checks


class DeliveryConfig(AppConfig):
    name = "notifications_platform.delivery"
    label = "delivery"

    def ready(self) -> None:
        # Rows are known only now.
        from notifications_platform.core import clock
        from notifications_platform.delivery import receipts
        from notifications_platform.delivery.channels.reports import on_report
        from notifications_platform.delivery.checks import check_providers, check_sender

        checks.register(check_providers)
        checks.register(check_sender)
        on_report(lambda reports: receipts.receive(reports, now=clock.now()))
