from django.apps import AppConfig

from notifications_platform.core import clock
from notifications_platform.sandbox.issuer import trust_dev_issuer
from notifications_platform.sandbox.offset import read_offset


class SandboxConfig(AppConfig):
    name = "notifications_platform.sandbox"
    label = "sandbox"

    def ready(self) -> None:
        clock.follow(read_offset)
        trust_dev_issuer()
