from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "notifications_platform.delivery"
    label = "delivery"

    def ready(self) -> None:
        # Rows are known only now.
        from notifications_platform.core import clock
        from notifications_platform.delivery import receipts
        from notifications_platform.delivery.channels.reports import on_report

        on_report(lambda reports: receipts.receive(reports, now=clock.now()))
