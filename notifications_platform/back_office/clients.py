"""The page of a client in its register: how it is doing, and its newest things, brought by those
who know.

A client is named as messages name it (see `owned`); a name may be known to several systems.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from notifications_platform.back_office.sections import Line, Section
from notifications_platform.back_office.timeline import headline
from notifications_platform.core import clock

if TYPE_CHECKING:
    _Admin = ModelAdmin[Any]
else:
    _Admin = object

_FIRST = {"bad": 0, "waiting": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """`lines` go into the headline, what went wrong first; sections without rows are left out."""

    lines: Sequence[Line] = ()
    sections: Sequence[Section] = ()


# What is known of this client at this business time: a few statements, each by an index.
Read = Callable[[str, datetime], Known]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    permission: str
    read: Read


_readers: dict[str, _Reader] = {}


def register(name: str, read: Read, *, permission: str) -> None:
    """Called by admin modules at start. A later one of the same name replaces the first."""
    _readers[name] = _Reader(permission=permission, read=read)


def known(request: HttpRequest, client: str) -> list[Known]:
    """From all who know something that whoever asks may see. The page is theirs to see already."""
    now = clock.now()
    return [
        reader.read(client, now)
        for reader in _readers.values()
        if request.user.has_perm(reader.permission)
    ]


class OfClients(_Admin):
    """For the ModelAdmin of a register whose rows are clients, named by `client_path`."""

    client_path: str | None

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if row := kwargs.get("obj"):
            row.known = known(request, str(getattr(row, self.client_path or "pk")))
        return super().render_change_form(request, context, *args, **kwargs)

    def findings(self, request: HttpRequest, row: Any) -> Sequence[Section]:
        lines = [line for each in row.known for line in each.lines]
        if not lines:
            return ()
        lines.sort(key=lambda line: _FIRST.get(line.tone, 2))
        return [headline(_("How is it doing?"), lines)]

    def sections(self, request: HttpRequest, row: Any) -> Sequence[Section]:
        every = [section for each in row.known for section in each.sections]
        return [section for section in every if section.rows]
