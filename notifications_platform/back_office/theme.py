"""How the back office looks: the settings of django-unfold."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

_BLUE = {
    "50": "#eff6ff",
    "100": "#dbeafe",
    "200": "#bfdbfe",
    "300": "#93c5fd",
    "400": "#60a5fa",
    "500": "#3b82f6",
    "600": "#1d4ed8",
    "700": "#1e40af",
    "800": "#1e3a8a",
    "900": "#172554",
    "950": "#0b1533",
}


def environment(_request: HttpRequest) -> list[str] | None:
    """A label in the corner, so that nobody takes the sandbox for the real thing."""
    return [gettext("Sandbox"), "warning"] if settings.SANDBOX else None


def stylesheet(_request: HttpRequest) -> str:
    return str(static("back_office/back_office.css"))


def frame(_request: HttpRequest) -> str:
    return str(static("back_office/frame.css"))


def reach(_request: HttpRequest) -> str:
    return str(static("back_office/reach.js"))


def search_look(_request: HttpRequest) -> str:
    return str(static("back_office/search.css"))


def search_key(_request: HttpRequest) -> str:
    return str(static("back_office/search.js"))


def icon(_request: HttpRequest) -> str:
    return str(static("back_office/icon.svg"))


_HERE = "notifications_platform.back_office"
UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Notifications platform"),
    "SITE_HEADER": _("Notifications"),
    "SITE_SUBHEADER": _("Back office, Oslo time"),
    "SITE_SYMBOL": "outgoing_mail",
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
    "COLORS": {"primary": _BLUE},
    "ENVIRONMENT": f"{_HERE}.theme.environment",
    "STYLES": [frame, stylesheet, search_look],
    "SCRIPTS": [reach, search_key],
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": icon}],
    "DASHBOARD_CALLBACK": f"{_HERE}.home.context",
    "LOGIN": {"form": f"{_HERE}.login.LoginForm"},
    "ACCOUNT": {
        "navigation": [
            {"title": _("My access"), "link": reverse_lazy("staff_login:access")},
            {"title": _("Change password"), "link": reverse_lazy("admin:password_change")},
        ]
    },
    "SIDEBAR": {"navigation": f"{_HERE}.menu.menu"},
}
