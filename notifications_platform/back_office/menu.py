"""The side menu: every page the user may open, in groups; the apps name group and icon."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
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
    for model, model_admin in admin.site._registry.items():
        group = getattr(model_admin, "menu_group", "")
        if group and model_admin.has_view_or_change_permission(request):
            groups.setdefault(group, []).append(_item(model, model_admin))
    home = {"title": gettext("Overview"), "icon": "monitoring", "link": reverse("admin:index")}
    return [{"items": [home]}] + [
        {"title": GROUPS.get(name, name), "items": sorted(items, key=_title), "separator": True}
        for name, items in groups.items()
        if items
    ]


def _item(model: type[Model], model_admin: Any) -> dict[str, Any]:
    opts = model._meta
    return {
        "title": model_admin.menu_title or capfirst(opts.verbose_name_plural),
        "icon": model_admin.menu_icon,
        "link": reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist"),
    }


def _title(item: dict[str, Any]) -> str:
    return str(item["title"])
