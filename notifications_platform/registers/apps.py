from django.apps import AppConfig
from django.core import checks

from notifications_platform.registers.checks import national_services_are_configured
from notifications_platform.registers.loading import register_loader

_LISTS = "notifications_platform.registers.lists"


class RegistersConfig(AppConfig):
    name = "notifications_platform.registers"
    label = "registers"

    def ready(self) -> None:
        checks.register(national_services_are_configured)
        register_loader("serviceOwners", f"{_LISTS}.SERVICE_OWNERS")
        register_loader("persons", f"{_LISTS}.PERSONS")
        register_loader("organizations", f"{_LISTS}.ORGANIZATIONS")
        register_loader("resources", f"{_LISTS}.RESOURCES")
        register_loader("access", f"{_LISTS}.ACCESS")
        register_loader("externalIdentities", f"{_LISTS}.EXTERNAL_IDENTITIES")
