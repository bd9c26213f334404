from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "notifications_platform.delivery"
    label = "delivery"
