from django.apps import AppConfig
from django.contrib import admin


class BackOfficeConfig(AppConfig):
    name = "notifications_platform.back_office"
    label = "back_office"
    verbose_name = "Back office"

    def ready(self) -> None:
        admin.site.index_template = "back_office/home.html"
        admin.site.index_title = "Overview"
