from django.apps import AppConfig
from django.core import checks

from notifications_platform.identity.checks import check_signing_key, check_token_issuers


class IdentityConfig(AppConfig):
    name = "notifications_platform.identity"
    label = "identity"

    def ready(self) -> None:
        checks.register(check_token_issuers, checks.Tags.security)
        checks.register(check_signing_key, checks.Tags.security)
