from django.apps import AppConfig

from notifications_platform.registers.loading import register_loader


class CasesConfig(AppConfig):
    name = "cases"
    label = "cases"

    def ready(self) -> None:
        register_loader("producers", "cases.registers.PRODUCERS")
        register_loader("nearestLeaders", "cases.registers.NEAREST_LEADERS")
