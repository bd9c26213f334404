from django.apps import AppConfig

from notifications_platform.registers.loading import register_loader


class EnrollmentConfig(AppConfig):
    name = "enrollment"
    label = "enrollment"

    def ready(self) -> None:
        register_loader("enrollmentClients", "enrollment.registers.ENROLLMENT_CLIENTS")
