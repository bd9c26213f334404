"""The side menu: every page the user may open, in groups; the apps name group and icon."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# By the name that a page gives as its `menu_group`.
GROUPS = {
    "Notifications": _("Notifications"),
    "Cases": _("Cases"),
    "Letters": _("Letters"),
    "Enrollment": _("Enrollment"),
    "Sending": _("Sending"),
    "Registers": _("Registers"),
    "Oversight": _("Oversight"),
}


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """As the theme takes it. A page without group is reached from other pages only."""
    groups: dict[str, list[dict[str, Any]]] = {name: [] for name in GROUPS}
    for app in admin.site.get_app_list(request):
        for page in app["models"]:
            model_admin = admin.site._registry[page["model"]]
            if group := getattr(model_admin, "menu_group", ""):
                groups.setdefault(group, []).append(_item(page, model_admin))
    home = {"title": gettext("Overview"), "icon": "monitoring", "link": reverse("admin:index")}
    return [{"items": [home]}] + [
        {"title": GROUPS.get(name, name), "items": sorted(items, key=_title), "separator": True}
        for name, items in groups.items()
        if items
    ]


def _item(page: dict[str, Any], model_admin: Any) -> dict[str, Any]:
    return {
        "title": model_admin.menu_title or page["name"],
        "icon": model_admin.menu_icon,
        "link": page["admin_url"],
    }


def _title(item: dict[str, Any]) -> str:
    return str(item["title"])
