"""Policies in the back office, and what happened in them: read, never changed."""

from collections.abc import Sequence
from typing import Any

import orjson
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment import policy_page
from enrollment.admin.filters import RecentClientFilter
from enrollment.models import PolicyEnrollmentEvent, PolicyState
from enrollment.policies import SUBJECT
from enrollment.story import EVENT
from notifications_platform.back_office.base import ReadOnlyAdmin, Section, display
from notifications_platform.back_office.sections import link_to


@admin.register(PolicyState)
class PolicyStateAdmin(ReadOnlyAdmin):
    client_path = "client"
    kinds = (SUBJECT,)
    personal = True
    menu_group = "Enrollment"
    menu_title = _("Policies")
    menu_icon = "policy"
    list_display = ("policy_gid", "policy_code", "client", "approved", "created_at", "updated_at")
    list_filter = (RecentClientFilter,)
    find_by = ("pk",)
    find_help = _("GID of a policy, or its number here")
    fields = list_display
    readonly_fields = fields

    def find(self, queryset: QuerySet[PolicyState], term: str) -> QuerySet[PolicyState]:
        """A GID is each client's own."""
        clients = PolicyState.objects.order_by("client").values_list("client", flat=True)
        of_everyone = queryset.filter(client__in=_distinct(clients), policy_gid=term)
        return of_everyone if of_everyone.exists() else super().find(queryset, term)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if policy := kwargs.get("obj"):
            policy.page = policy_page.read(policy)
        return super().render_change_form(request, context, *args, **kwargs)

    def findings(self, request: HttpRequest, row: Any) -> Sequence[Section]:
        return policy_page.findings(row.page)

    def sections(self, request: HttpRequest, row: Any) -> Sequence[Section]:
        return policy_page.sections(row.page)


def _distinct(clients: "QuerySet[PolicyState, str]") -> list[str]:
    """One step down the index of GIDs for each client, however many policies they have."""
    found: list[str] = []
    while (following := clients.filter(client__gt=found[-1] if found else "").first()) is not None:
        found.append(following)
    return found


@admin.register(PolicyEnrollmentEvent)
class PolicyEnrollmentEventAdmin(ReadOnlyAdmin):
    narrowed_by = ("policy_id", "client")
    client_path = "client"
    kinds = (EVENT,)
    personal = True
    menu_group = "Enrollment"
    menu_title = _("Events")
    menu_icon = "timeline"
    list_display = (
        "id",
        "created_at",
        "type",
        "business_event_definition_code",
        "policy_code",
        "person_code",
        "client",
    )
    find_help = _("Number of the event")
    find_by = ("pk",)
    fields = (
        ("id", "created_at"),
        ("type", "business_event_definition_code"),
        ("policy_shown", "policy_code"),
        ("person_code", "effective_date"),
        ("client", "event_reference"),
        "correlation_id",
    )
    readonly_fields = tuple(
        name for line in fields for name in ([line] if isinstance(line, str) else line)
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[PolicyEnrollmentEvent]:
        """What it says of the member is what notifications send: read on its own page."""
        return super().get_queryset(request).defer("descr", "values")

    @display(description=_("policy"))
    def policy_shown(self, event: PolicyEnrollmentEvent) -> str:
        return link_to(SUBJECT, event.policy_id)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if event := kwargs.get("obj"):
            event.made = policy_page.made_by(event)
        return super().render_change_form(request, context, *args, **kwargs)

    def findings(self, request: HttpRequest, row: Any) -> Sequence[Section]:
        return policy_page.findings_of_event(row, row.made)

    def sections(self, request: HttpRequest, row: Any) -> Sequence[Section]:
        return [*policy_page.sections_of_event(row, row.made), self._content(request, row)]

    def _content(self, request: HttpRequest, event: PolicyEnrollmentEvent) -> Section:
        if not request.user.has_perm("enrollment.operate_policyenrollmentevent"):
            return Section(title=gettext("What it says"), note=gettext("Operators see it."))
        said = {"descr": event.descr, **event.values}
        text = orjson.dumps(said, option=orjson.OPT_INDENT_2).decode()
        return Section(title=gettext("What it says"), text=text)
