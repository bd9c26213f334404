"""What staff did to many rows at once: how many it was done to, and why not to others."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from notifications_platform.back_office import batches, home
from notifications_platform.back_office.base import ReadOnlyAdmin, Section, display
from notifications_platform.back_office.batch_models import Batch, BatchRow
from notifications_platform.back_office.home import Sign
from notifications_platform.back_office.owned import is_bound
from notifications_platform.back_office.sections import Line, history
from notifications_platform.back_office.states import BatchState, Outcome
from notifications_platform.back_office.verbs import in_words

_MOST_COUNTED = 1_000
_MOST_SHOWN = 500


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    """Whoever is bound to clients finds what they did themselves."""

    narrowed_by = ("state",)
    client_path = "user"
    kinds = (batches.SUBJECT,)
    menu_group = "Oversight"
    menu_icon = "checklist"
    list_display = ("started_at", "user", "of_what", "done_to_them", "state_shown", "ended_at")
    list_filter = ("state",)
    find_by = ("pk",)
    find_help = gettext_lazy("Id of a batch")
    fields = (
        ("of_what", "done_to_them"),
        ("user", "state_shown"),
        ("started_at", "ended_at"),
        "reason",
    )
    readonly_fields = tuple(
        name for line in fields for name in ([line] if isinstance(line, str) else line)
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Batch]:
        rows: QuerySet[Batch] = super().get_queryset(request)
        return rows.filter(user=request.user.get_username()) if is_bound(request.user) else rows

    def of_clients(self, rows: QuerySet[Batch], clients: Collection[str]) -> QuerySet[Batch]:
        return rows

    @display(description=gettext_lazy("rows of"))
    def of_what(self, batch: Batch) -> str:
        return str(apps.get_model(batch.model)._meta.verbose_name_plural)

    @display(description=gettext_lazy("act"))
    def done_to_them(self, batch: Batch) -> str:
        verb = _verb(batch)
        return str(verb.label) if verb else batch.verb

    @display(
        description=gettext_lazy("state"),
        label={BatchState.RUNNING: "info", BatchState.DONE: "success"},
    )
    def state_shown(self, batch: Batch) -> tuple[str, str]:
        return batch.state, batch.get_state_display()

    def findings(self, request: HttpRequest, row: Batch) -> Sequence[Section]:
        return [Section(title=_("What came of it?"), lines=_lines(row))]

    def sections(self, request: HttpRequest, row: Batch) -> Sequence[Section]:
        return [_refused(row), history(self.kind, row.pk)]


@admin.register(BatchRow)
class BatchRowAdmin(ReadOnlyAdmin):
    """Shown on the page of its batch; a list of its own, and a file, for large ones."""

    narrowed_by = ("batch", "batch_id", "outcome")
    client_path = "batch__user"
    list_display = ("batch_id", "number", "row_id", "outcome", "why")
    fields = list_display
    readonly_fields = fields
    find_by = ("batch_id",)
    find_help = gettext_lazy("Id of a batch")

    def get_queryset(self, request: HttpRequest) -> QuerySet[BatchRow]:
        rows: QuerySet[BatchRow] = super().get_queryset(request)
        if not is_bound(request.user):
            return rows
        return rows.filter(batch__user=request.user.get_username())

    def of_clients(self, rows: QuerySet[BatchRow], clients: Collection[str]) -> QuerySet[BatchRow]:
        return rows

    @display(description=gettext_lazy("why"))
    def why(self, row: BatchRow) -> str:
        return in_words(row.words, row.parameters or {}) if row.words else ""


def _verb(batch: Batch) -> Any:
    model_admin = admin.site._registry.get(apps.get_model(batch.model))
    verbs = getattr(model_admin, "verbs", ())
    return next((verb for verb in verbs if verb.name == batch.verb), None)


def _lines(batch: Batch) -> list[Line]:
    told, verb = batches.told(batch), _verb(batch)
    lines = []
    if told.done and verb:
        lines.append(Line(text=verb.done(told.done), tone="good"))
    if told.refused:
        text = ngettext(
            "{number} row was refused and stayed as it was.",
            "{number} rows were refused and stayed as they were.",
            told.refused,
        )
        lines.append(Line(text=text.format(number=told.refused), tone="bad"))
    if told.open:
        text = ngettext(
            "{number} row is still to come; load the page to follow it.",
            "{number} rows are still to come; load the page to follow them.",
            told.open,
        )
        lines.append(Line(text=text.format(number=told.open), tone="waiting"))
    return lines


def _refused(batch: Batch) -> Section:
    rows = list(batches.refused(batch)[: _MOST_SHOWN + 1])
    is_all = len(rows) <= _MOST_SHOWN
    listed = urlencode({"batch": str(batch.pk), "outcome": str(Outcome.REFUSED)})
    return Section(
        title=_("Refused"),
        note="" if is_all else _("The first {number} are shown.").format(number=_MOST_SHOWN),
        link="" if is_all else f"{reverse('admin:back_office_batchrow_changelist')}?{listed}",
        link_label="" if is_all else _("All of them, to read or to export"),
        headers=(_("Row"), _("Why")),
        rows=[
            (_link(batch, row.row_id), in_words(row.words, row.parameters or {}))
            for row in rows[:_MOST_SHOWN]
        ],
    )


def _link(batch: Batch, row_id: str) -> str | SafeString:
    try:
        page = reverse(f"admin:{batch.model.replace('.', '_')}_change", args=[row_id])
    except NoReverseMatch:
        return row_id
    return format_html('<a href="{}">{}</a>', page, row_id)


def _under_way(_now: datetime, _real: datetime) -> Iterator[Sign]:
    """By batch_running."""
    running = Batch.objects.filter(state=BatchState.RUNNING)[:_MOST_COUNTED].count()
    if running:
        yield Sign(
            label=_("Batches of staff"),
            value=str(running),
            note=_("under way"),
            tone="waiting",
            link=f"{reverse('admin:back_office_batch_changelist')}?state={BatchState.RUNNING}",
            permission="back_office.view_batch",
        )


home.show(_under_way)
