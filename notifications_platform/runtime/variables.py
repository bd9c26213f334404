"""The environment variables the platform reads (runtime contract 2 and the systems' own)."""

from collections.abc import Mapping

_NAMES = frozenset(
    {
        "ALLOWED_HOSTS",
        "ATTACHMENTS_URL",
        "BROKER_URL",
        "DATABASE_URL",
        "DELIVERY_CONNECTIONS",
        "DELIVERY_LEASE_SECONDS",
        "EMAIL_FROM",
        "EMAIL_RETURN_PATH",
        "EMAIL_URL",
        "EMAIL_WEBHOOK_SECRET",
        "HOST",
        "LOG_FORMAT",
        "MALWARE_SCANNER",
        "MASKINPORTEN_CLIENT_ID",
        "MASKINPORTEN_KEY",
        "MASKINPORTEN_TOKEN_URL",
        "ORGANIZATIONS_URL",
        "OUTBOUND_ALLOW_PRIVATE",
        "PERSONS_URL",
        "PORT",
        "PUBLIC_URL",
        "REDIS_URL",
        "REGISTERS_FILE",
        "SANDBOX",
        "SECRET_KEY",
        "SIGNING_KEY",
        "SMS_GATEWAY_URL",
        "SMS_REPORT_PASSWORD",
        "SMS_REPORT_USER",
        "SMS_SENDER",
        "SWEEP_SECONDS",
        "TOKEN_ISSUERS",
        "TRUSTED_PROXIES",
        "WEB_WORKERS",
        "WORKERS",
    }
)
_PREFIXES = ("AWS_", "CASES_", "CORRESPONDENCE_", "ENROLLMENT_", "ORDERS_", "SANDBOX_", "STAFF_")


def platform_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Those of `environment` that are the platform's; an empty value counts as unset."""
    return {
        name: value
        for name, value in environment.items()
        if value and (name in _NAMES or name.startswith(_PREFIXES))
    }
