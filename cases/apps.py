from django.apps import AppConfig
from django.core import checks

from cases.checks import check_sms_hours
from cases.states import OWNER
from notifications_platform.delivery import owners
from notifications_platform.registers.loading import register_loader


class CasesConfig(AppConfig):
    name = "cases"
    label = "cases"

    def ready(self) -> None:
        # Rows are known only now.
        from cases.outcomes import on_outcomes

        checks.register(check_sms_hours)
        owners.register(OWNER, on_outcomes)
        register_loader("producers", "cases.registers.PRODUCERS")
        register_loader("nearestLeaders", "cases.registers.NEAREST_LEADERS")
