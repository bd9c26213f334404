"""How the served schema and its page look: the settings of drf-spectacular."""

from typing import Any

_DESCRIPTION = (
    "Notification orders by e-mail and SMS, and what came of them; saker, beskjeder, oppgaver"
    " and kalenderavtaler.\n\n"
    "One trailing slash is accepted on every route, and what reads or cancels one order also"
    " answers under the singular `/order/`. Refusals are problem details (RFC 9457). Times in"
    " answers are UTC and end in `Z`; what has no value is left out of orders, and is null in"
    " cases. A method that a route does not have is 405 with `Allow`. Health (`/health/live`,"
    " `/health/ready`) and metrics (`/metrics`) are for operators, and the e-mail providers'"
    " webhooks (`/anymail/<provider>/tracking/`) have the providers' own shapes: none of them"
    " is shown here."
)


def schema_settings(public_url: str, *, sandbox: bool) -> dict[str, Any]:
    return {
        "TITLE": "notifications-platform",
        "DESCRIPTION": _DESCRIPTION,
        "VERSION": "1",
        "LICENSE": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        "OAS_VERSION": "3.1.1",
        "SERVERS": [{"url": public_url}],
        "TAGS": [
            {"name": "Orders", "description": "Placed, read and cancelled by service owners."},
            {"name": "Cases", "description": "Saker and notifikasjoner, by case-handling systems."},
            {"name": "Correspondence", "description": "Letters with attachments and receipts."},
            {
                "name": "Enrollment",
                "description": "Events of policies, and the webhooks they become.",
            },
            {"name": "Delivery reports", "description": "Sent by the SMS gateway."},
            {"name": "Keys", "description": "Public, to check tokens with."},
            *([{"name": "Sandbox", "description": "Only in sandbox mode."}] if sandbox else []),
        ],
        "PREPROCESSING_HOOKS": ["notifications_platform.http.schema.each_route_once"],
        "SERVE_AUTHENTICATION": [],
        "SERVE_PERMISSIONS": [],
        "SWAGGER_UI_DIST": "SIDECAR",
        "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
        # Nothing outside is asked: the validator would be a web service of others.
        "SWAGGER_UI_SETTINGS": {
            "deepLinking": True,
            "persistAuthorization": True,
            "validatorUrl": None,
        },
        "REDOC_DIST": "SIDECAR",
        "SERVE_INCLUDE_SCHEMA": False,
        "COMPONENT_SPLIT_REQUEST": True,
        "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    }
