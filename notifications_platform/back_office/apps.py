from django.apps import AppConfig
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from notifications_platform.back_office.names import translate_names


class BackOfficeConfig(AppConfig):
    name = "notifications_platform.back_office"
    label = "back_office"
    verbose_name = "Back office"

    def ready(self) -> None:
        translate_names()
        # Not before: their forms take names of fields, and they know the site.
        from notifications_platform.back_office import login
        from notifications_platform.back_office.access import own, tables

        admin.site.login = login.log_in  # type: ignore[method-assign, assignment]
        admin.site.password_change = own.change_password  # type: ignore[method-assign, assignment]
        tables.hide()
        admin.site.index_template = "back_office/home.html"
        admin.site.index_title = _("Overview")
