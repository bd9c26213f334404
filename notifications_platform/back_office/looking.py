"""Looking at personal data leaves a mark in the trail: who, when, whose; never what."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from notifications_platform.audit import trail
from notifications_platform.core import clock

VIEW = "back_office.view"
SEARCH = "back_office.search"
EXPORT = "back_office.export"
EXPORTED = "back_office.export_end"


def note_view(request: HttpRequest, kind: str, subject: object) -> None:
    """A member of the staff opened a page that shows personal data."""
    _note(request, VIEW, kind, subject)


def note_search(request: HttpRequest, kind: str) -> None:
    """A member of the staff searched; what for may itself be personal data."""
    _note(request, "back_office.find", kind, "")


def note_lookup(request: HttpRequest, kind: str, subject: str, kinds: Sequence[str]) -> None:
    """A member of the staff used the box that searches everything: what kinds of things the term
    may have been, and of whom, where the caller could tell without saying the term.
    """
    _note(request, SEARCH, kind, subject, detail={"kinds": list(kinds)})


def note_export(request: HttpRequest, action: str, kind: str, detail: dict[str, Any]) -> None:
    """A member of the staff takes a list away: by what it is narrowed, not to what."""
    _note(request, action, kind, "", detail=detail)


def note_edit(
    request: HttpRequest, action: str, kind: str, subjects: Sequence[object], fields: Sequence[str]
) -> None:
    """A member of the staff edited rows by hand: which fields, not what they hold."""
    _note(request, action, kind, *subjects, detail={"fields": list(fields)} if fields else None)


def _note(
    request: HttpRequest,
    action: str,
    kind: str,
    *subjects: object,
    detail: dict[str, Any] | None = None,
) -> None:
    trail.record(
        action,
        kind,
        subjects,
        by=trail.By.staff(request.user.get_username()),
        now=clock.now(),
        detail=detail,
    )


def masked(address: str) -> str:
    """An address or number as lists show it: enough to recognise it, not to learn it."""
    if not address:
        return ""
    name, at, domain = address.partition("@")
    if at:
        return f"{name[:1]}…@{domain}"
    return f"{address[:3]}…{address[-2:]}" if len(address) > 5 else "…"
