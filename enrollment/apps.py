from django.apps import AppConfig

from enrollment.states import OWNER, TARGETS
from notifications_platform.delivery import owners
from notifications_platform.delivery.channels.webhook import register_targets
from notifications_platform.registers.loading import register_loader


class EnrollmentConfig(AppConfig):
    name = "enrollment"
    label = "enrollment"

    def ready(self) -> None:
        # Rows are known only now.
        from enrollment.outcomes import on_claims, on_outcomes
        from enrollment.targets import targets

        owners.register(
            OWNER,
            on_outcomes,
            on_claims=on_claims,
            sent_again="A notification is sent again from its own page.",
        )
        register_targets(TARGETS, targets)
        register_loader("enrollmentClients", "enrollment.registers.ENROLLMENT_CLIENTS")
