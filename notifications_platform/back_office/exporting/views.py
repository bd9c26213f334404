"""Export what is listed: a button above each list.

A file has the columns of its list, masked as there, and every row that the list's filters and its
search let through. It is for operators and administrators: a list shows what was looked for, a
file takes everything away with it. The trail has who, which list, narrowed by what (not to what),
and how many rows; before the first of them leaves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import IO, TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import URLPattern, path, reverse
from django.utils import translation
from django.utils.translation import gettext as _

from notifications_platform.back_office import looking
from notifications_platform.back_office.exporting import cells, chunks, files
from notifications_platform.back_office.exporting.cells import Cell
from notifications_platform.back_office.large_tables import TooSlow, limited_patience
from notifications_platform.core import clock
from notifications_platform.core.windows import OSLO

if TYPE_CHECKING:
    _Admin = ModelAdmin[Any]
else:
    _Admin = object

CSV, XLSX = "csv", "xlsx"
_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# What is no filter: the page, the order, all on one page, and how Django says that these are wrong.
_NOT_FILTERS = ("p", "o", "all", "e")
# Somebody who takes a file slowly holds a thread of this process: most are for everybody else.
_ROOM = BoundedSemaphore(2)

Table = list[list[Cell]]


class Exporting(_Admin):
    """For a ModelAdmin: `export_also` names columns of the file that the list has no room for."""

    export_also: Sequence[str] = ()

    def has_export_permission(self, request: HttpRequest) -> bool:
        name = f"{self.opts.app_label}.operate_{self.opts.model_name}"
        return self.has_view_permission(request) and request.user.has_perm(name)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_view)
        return [path("export/", view, name=self._export_name()), *super().get_urls()]

    def export_url(self, request: HttpRequest) -> str:
        """Where a form is posted that asks for what is listed now; empty for whoever may not."""
        if not self.has_export_permission(request):
            return ""
        address = reverse(f"admin:{self._export_name()}")
        return f"{address}?{query}" if (query := _filters(request).urlencode()) else address

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        if not self.has_export_permission(request):
            raise PermissionDenied
        back = self._list(request)
        kind = request.POST.get("format")
        if request.method != "POST" or kind not in _TYPES:
            return back
        if not _ROOM.acquire(blocking=False):
            messages.error(request, _("Two other files are being made: try again in a minute."))
            return back
        try:
            return self._file(request, kind)
        except TooSlow:
            messages.error(request, _("That takes too long to find: narrow the list first."))
        except IncorrectLookupParameters:
            messages.error(request, _("Such a list does not exist."))
        except BaseException:
            _ROOM.release()
            raise
        _ROOM.release()
        return back

    def _file(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """Gives its room back when it is closed, and only then."""
        request.GET = _filters(request)
        with limited_patience():
            rows = self.get_changelist_instance(request).queryset
        export = _Export.of(self, request)
        order = [str(column) for column in self.get_ordering(request)]
        read = export.read(chunks.by_chunks(rows, order))
        return export.workbook(read) if kind == XLSX else export.csv(read)

    def _list(self, request: HttpRequest) -> HttpResponse:
        pages = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
        query = _filters(request).urlencode()
        return HttpResponseRedirect(f"{reverse(pages)}?{query}" if query else reverse(pages))

    def _export_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_export"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Export:
    request: HttpRequest
    kind: str
    title: str
    name: str
    headers: Sequence[str]
    readers: Sequence[cells.Reader]
    language: str

    @classmethod
    def of(cls, model_admin: Any, request: HttpRequest) -> "_Export":
        columns = [*model_admin.get_list_display(request), *model_admin.export_also]
        moment = clock.now().astimezone(OSLO)
        return cls(
            request=request,
            kind=model_admin.kind,
            title=str(model_admin.opts.verbose_name_plural),
            name=f"{model_admin.opts.model_name}-{moment:%Y-%m-%d-%H%M}",
            headers=cells.headers(model_admin, columns),
            readers=cells.readers(model_admin, columns),
            language=translation.get_language() or "en",
        )

    def read(self, rows: Iterator[list[Any]]) -> Iterator[Table]:
        """A chunk at a time; in the language of who asks, also after their request has ended."""
        for chunk in rows:
            with translation.override(self.language):
                table = [cells.cells(row, self.readers) for row in chunk]
            yield table

    def workbook(self, tables: Iterator[Table]) -> HttpResponseBase:
        """Made on disk before it is sent: its parts come in no order that could be streamed."""
        cut = _("Only the first {number} rows have room in a workbook. Take CSV for all of them.")
        file, written = files.workbook(
            self.headers,
            tables,
            title=self.title,
            cut=cut.format(number=files.MOST_ROWS),
        )
        self._note(looking.EXPORT, XLSX, rows=written.rows)
        return _Workbook(file, as_attachment=True, filename=f"{self.name}.xlsx")

    def csv(self, tables: Iterator[Table]) -> HttpResponseBase:
        """Sent as it is read. The first chunk is read before anything is promised."""
        first = next(tables, [])
        is_all = len(first) < chunks.AT_ONCE
        if is_all:
            self._note(looking.EXPORT, CSV, rows=len(first))
        else:
            self._note(looking.EXPORT, CSV)
            tables = self._counted(tables, len(first))
        answer = _Csv(
            files.csv_pieces(self.headers, _behind(first, tables)), content_type=_TYPES[CSV]
        )
        answer["Content-Disposition"] = f'attachment; filename="{self.name}.csv"'
        return answer

    def _counted(self, tables: Iterator[Table], number: int) -> Iterator[Table]:
        """Notes how many rows were read when there are no more, or nobody wants them any more."""
        complete = False
        try:
            for table in tables:
                number += len(table)
                yield table
            complete = True
        finally:
            self._note(looking.EXPORTED, CSV, rows=number, complete=complete)

    def _note(self, action: str, kind: str, **told: object) -> None:
        filters = sorted(self.request.GET)
        detail = {"format": kind, "filters": filters, **told}
        looking.note_export(self.request, action, self.kind, detail)


def _behind(first: Table, others: Iterator[Table]) -> Iterator[Table]:
    yield first
    yield from others


def _filters(request: HttpRequest) -> Any:
    filters = request.GET.copy()
    for name in _NOT_FILTERS:
        filters.pop(name, None)
    return filters


class _GivesRoomBack:
    def close(self) -> None:
        try:
            super().close()  # type: ignore[misc]
        finally:
            self.release()

    def release(self) -> None:
        if not getattr(self, "_released", False):
            self._released = True
            _ROOM.release()


class _Csv(_GivesRoomBack, StreamingHttpResponse):
    """CSV as it is read."""


class _Workbook(_GivesRoomBack, FileResponse):
    """A workbook that lies on disk until it has been sent."""

    def __init__(self, file: IO[bytes], **options: Any) -> None:
        super().__init__(file, content_type=_TYPES[XLSX], **options)
