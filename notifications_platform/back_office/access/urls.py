"""Below the login page: the second step of a login, and each person's own access."""

from django.contrib import admin
from django.urls import path

from notifications_platform.back_office.access import entering, own

app_name = "staff_login"

_inside = admin.site.admin_view
urlpatterns = [
    path("code/", entering.second_step, name="code"),
    path("set-up/", entering.set_up, name="set_up"),
    path("access/", _inside(own.access), name="access"),
    path("access/second-factor/", _inside(own.replace), name="second_factor"),
    path("access/recovery-codes/", _inside(own.recovery_codes), name="recovery_codes"),
    path("access/log-out-elsewhere/", _inside(own.log_out_elsewhere), name="log_out_elsewhere"),
]
