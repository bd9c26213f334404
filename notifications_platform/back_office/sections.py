"""Parts of a row's page below its fields: tables, texts and sentences."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from notifications_platform.audit.models import Entry
from notifications_platform.back_office.looking import VIEW

TRAIL_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One sentence with a tone: good, waiting, bad or note. `step`: what helps, if anything."""

    text: str
    tone: str
    step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """`headers` and `rows` make a table, `text` is shown as written (never as HTML). A kind of
    section that looks otherwise names the template of its own `part`, shown below the note.
    """

    part: ClassVar[str] = ""

    title: str
    note: str = ""
    headers: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = field(default_factory=list)
    text: str = ""
    lines: Sequence[Line] = ()
    link: str = ""
    link_label: str = ""

    @property
    def table(self) -> dict[str, Any]:
        """As the theme's table takes it."""
        return {"headers": list(self.headers), "rows": [list(row) for row in self.rows]}


def history(kind: str, subject: object) -> Section:
    """The newest changes of one subject; who looked at it stands in the whole trail."""
    about = Entry.objects.filter(subject_kind=kind, subject_id=str(subject))
    entries = about.exclude(action=VIEW).order_by("-id")
    return Section(
        title=_("History"),
        headers=(_("At"), _("Who"), _("Did"), _("From"), _("To"), _("Reason")),
        rows=[
            (
                entry.at,
                f"{entry.actor} ({entry.actor_kind})",
                entry.action,
                entry.from_state,
                entry.to_state,
                entry.reason,
            )
            for entry in entries[:TRAIL_SHOWN]
        ],
    )


def page_of(kind: str, subject: object) -> str:
    """The page that shows the row the trail, or a message, calls so; empty if there is none."""
    for model, model_admin in admin.site._registry.items():
        if kind in getattr(model_admin, "kinds", ()):
            label = f"{model._meta.app_label}_{model._meta.model_name}"
            row_id = getattr(model_admin, "row_id", lambda name: name)
            return reverse(f"admin:{label}_change", args=[row_id(subject)])
    return ""


def link_to(kind: str, subject: object, label: object = None) -> str | SafeString:
    """The subject, or what it is called, as a link where it has a page; empty: there is none."""
    shown = subject if label is None else label
    url = page_of(kind, subject) if subject else ""
    if url:
        return format_html('<a href="{}">{}</a>', url, shown)
    return "" if shown is None else str(shown)
