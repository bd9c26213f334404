from django.apps import AppConfig


class BackOfficeConfig(AppConfig):
    name = "notifications_platform.back_office"
    label = "back_office"
