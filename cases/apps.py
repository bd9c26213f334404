from django.apps import AppConfig
from django.core import checks

from cases.checks import check_sms_hours
from notifications_platform.registers.loading import register_loader


class CasesConfig(AppConfig):
    name = "cases"
    label = "cases"

    def ready(self) -> None:
        checks.register(check_sms_hours)
        register_loader("producers", "cases.registers.PRODUCERS")
        register_loader("nearestLeaders", "cases.registers.NEAREST_LEADERS")
