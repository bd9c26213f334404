"""What every admin page stands on. The theme is named here and nowhere else in the apps:
without it, `Theme` is Django's own ModelAdmin.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from unfold import admin as unfold_admin
from unfold.decorators import display as theme_display

from notifications_platform.back_office import finding, keys, looking
from notifications_platform.back_office.acting import TransitionActions, Verb
from notifications_platform.back_office.exporting.views import Exporting
from notifications_platform.back_office.large_tables import (
    CappedPaginator,
    TooSlow,
    limited_patience,
)
from notifications_platform.back_office.owned import is_bound
from notifications_platform.back_office.scoping import NOT_FOR_BOUND_STAFF, OwnOnly
from notifications_platform.back_office.sections import Section, history
from notifications_platform.core.texts import Text

if TYPE_CHECKING:
    Theme = admin.ModelAdmin[Any]
    ThemeInline = admin.TabularInline[Any, Any]
else:
    Theme = unfold_admin.ModelAdmin
    ThemeInline = unfold_admin.TabularInline

__all__ = [
    "NOT_FOR_BOUND_STAFF",
    "EditableAdmin",
    "EditableInline",
    "ReadOnlyAdmin",
    "Section",
    "TransitionActions",
    "Verb",
    "display",
]


F = TypeVar("F", bound=Callable[..., Any])


def display(*, description: Text, label: Mapping[str, str] | None = None) -> Callable[[F], F]:
    """A column or read-only field; `label` gives its values colours (info, success, …)."""
    shown: Callable[[F], F] = theme_display(description=description, label=label)
    return shown


_PLAIN_LOOKUPS = frozenset(("", "exact", "in", "isnull"))


class PlatformAdmin(OwnOnly, Exporting, Theme):
    """Lists that stay fast on millions of rows, searches that stay out of URLs, and a mark in
    the trail for each look at personal data.

    `kinds`: how the trail and message owners call these rows, the trail's own word first.
    `find_by`: indexed fields in which a search looks for exactly what was typed.
    `narrowed_by`: columns besides those of the filters by which links of ours narrow the list.
    `personal`: whether a row's page shows personal data.
    `client_path`: whose a row is (see `OwnOnly`); each ModelAdmin says.
    """

    kinds: tuple[str, ...] = ()
    menu_group = ""
    menu_title: Text = ""
    menu_icon = "table_rows"
    find_by: tuple[str, ...] = ()
    find_help: Text = ""
    narrowed_by: tuple[str, ...] = ()
    personal = False

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 100
    ordering: ClassVar[tuple[str, ...]] = ("-pk",)
    # Sorting millions of rows by another column takes minutes.
    sortable_by = ()
    list_before_template = "back_office/list_top.html"
    change_form_outer_before_template = "back_office/findings.html"
    change_form_outer_after_template = "back_office/sections.html"
    list_disable_select_all = True

    @property
    def kind(self) -> str:
        """What the trail calls these rows."""
        return self.kinds[0] if self.kinds else str(self.opts.model_name)

    def trail_id(self, row: Any) -> str:
        """By what the trail names a row."""
        return str(row.pk)

    def row_id(self, name: object) -> object:
        """The primary key of the row that the trail, or a message, calls so."""
        return name

    # --- lists ----------------------------------------------------------------------------

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        filters = tuple(super().get_list_filter(request))
        return (*filters, finding.Found) if self.find_by else filters

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Only what filters offer and our links say: an address that asks whether a secret, a
        text or a number begins so would read it sign by sign, without a mark in the trail.
        """
        column, _, how = lookup.partition("__")
        columns = {getattr(one, "attname", one.name) for one in self.opts.get_fields()}
        if column in columns | {"pk"} | {one.name for one in self.opts.get_fields()}:
            return how in _PLAIN_LOOKUPS and column in {*self.narrowed_by, *self._offered()}
        # The name of a filter of ours: it looks at what it is given.
        return not how

    def _offered(self) -> Iterator[str]:
        """Columns that the filters narrow by."""
        for one in self.list_filter:
            name = one[0] if isinstance(one, list | tuple) else one
            yield name if isinstance(name, str) else getattr(name, "column", "")

    def get_urls(self) -> list[URLPattern]:
        opts = self.opts
        name = f"{opts.app_label}_{opts.model_name}_find"
        view = self.admin_site.admin_view(self.find_view)
        return [path("find/", view, name=name), *super().get_urls()]

    def find_view(self, request: HttpRequest) -> HttpResponse:
        """Takes a posted search, and shows what it found as a list."""
        changelist = self._url("changelist")
        # The database holds no text with a NUL.
        term = request.POST.get("term", "").replace("\0", "").strip()
        if request.method != "POST" or not term or not self.has_view_permission(request):
            return HttpResponseRedirect(changelist)
        looking.note_search(request, self.kind)
        key = finding.remember(request, term)
        return HttpResponseRedirect(f"{changelist}?{urlencode({finding.PARAMETER: key})}")

    def find(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        return queryset.filter(finding.exactly(self.model, self.find_by, term))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method != "GET":
            return self._act_on_list(request, extra_context)
        extra = {
            "find_url": self._url("find") if self.find_by else "",
            "find_help": self.find_help,
            "find_term": finding.recall(request, request.GET.get(finding.PARAMETER)),
            "export_url": self.export_url(request),
            **(extra_context or {}),
        }
        try:
            with limited_patience():
                return super().changelist_view(request, extra)
        except TooSlow:
            if not request.GET:
                raise
            messages.error(request, _("That takes too long to find: choose a shorter period."))
            return HttpResponseRedirect(request.path)

    def _act_on_list(
        self, request: HttpRequest, extra_context: dict[str, Any] | None
    ) -> HttpResponse:
        """Not on rows that the list cannot have shown."""
        ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if _means_all(request) or keys.possible(self.model, ticked):
            return super().changelist_view(request, extra_context)
        messages.error(request, _("Choose the rows once more."))
        return HttpResponseRedirect(request.get_full_path())

    # --- pages ----------------------------------------------------------------------------

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        response = super().change_view(request, object_id, form_url, extra_context)
        # A form that is refused shows the row once more.
        if self.personal and response.status_code == 200:
            looking.note_view(request, self.kind, object_id)
        return response

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        if row:
            context["subtitle"] = self.titled(row)
        context["findings"] = self.findings(request, row) if row else context.get("findings", [])
        context["sections"] = self.sections(request, row) if row else []
        return super().render_change_form(request, context, *args, **kwargs)

    def titled(self, row: Any) -> str:
        """What the browser's tab, and so its history, calls a row: nothing personal."""
        return self.trail_id(row) if self.personal else str(row)

    def findings(self, request: HttpRequest, row: Any) -> Sequence[Section]:
        """What a row's page says first, above its fields."""
        return ()

    def sections(self, request: HttpRequest, row: Any) -> Sequence[Section]:
        """What a row's page shows below its fields."""
        return ()

    def history_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The platform's trail is the history; Django's own log is not kept. Whoever is bound to
        clients does not see the whole trail: the row's own part of it is shown here.
        """
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            raise PermissionDenied
        if is_bound(request.user):
            return self._own_history(request, row)
        query = urlencode({"subject_kind": self.kind, "subject_id": self.trail_id(row)})
        return HttpResponseRedirect(f"{reverse('admin:audit_entry_changelist')}?{query}")

    def _own_history(self, request: HttpRequest, row: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("History"),
            "original": row,
            "opts": self.opts,
            "sections": [history(self.kind, self.trail_id(row))],
            "back": reverse(self._name("change"), args=[row.pk]),
        }
        return TemplateResponse(request, "back_office/why.html", context)

    def _url(self, page: str) -> str:
        return reverse(self._name(page))

    def _name(self, page: str) -> str:
        return f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"

    # --- the trail in place of Django's log -----------------------------------------------

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self._note_edit(request, "add", [obj.pk], message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self._note_edit(request, "change", [obj.pk], message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        self._note_edit(request, "delete", [row.pk for row in queryset], None)

    def _note_edit(
        self, request: HttpRequest, verb: str, subjects: Sequence[object], message: Any
    ) -> None:
        fields = edited_fields(message)
        looking.note_edit(request, f"back_office.{verb}", self.kind, subjects, fields)


class ReadOnlyAdmin(PlatformAdmin):
    """History: nothing is added, changed or deleted here, by anyone."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class EditableAdmin(PlatformAdmin):
    """Registers: rows that administrators keep by hand, those who are bound to no client: what
    stands there decides what clients may do.
    """

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not is_bound(request.user) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return not is_bound(request.user) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return not is_bound(request.user) and super().has_delete_permission(request, obj)


class EditableInline(ThemeInline):
    extra = 0


def _means_all(request: HttpRequest) -> bool:
    """Whether it asks for all rows that match: what is ticked does not count then."""
    across = request.POST.get("select_across")
    return forms.BooleanField(required=False).to_python(across)


def edited_fields(message: Any) -> list[str]:
    """The names of the fields in Django's change message, without any value."""
    parts = message if isinstance(message, list) else []
    return [name for part in parts for name in part.get("changed", {}).get("fields", [])]
