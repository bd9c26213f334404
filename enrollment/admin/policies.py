"""Policies in the back office, and what happened in them: read, never changed."""

from collections.abc import Sequence

import orjson
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from enrollment.admin.filters import RecentClientFilter
from enrollment.models import EnrollmentEventNotification, PolicyEnrollmentEvent, PolicyState
from enrollment.notification_page import KIND, MOST_SHOWN
from enrollment.policies import SUBJECT
from notifications_platform.back_office.base import ReadOnlyAdmin, Section, display
from notifications_platform.back_office.sections import history, link_to


@admin.register(PolicyState)
class PolicyStateAdmin(ReadOnlyAdmin):
    client_path = "client"
    kinds = (SUBJECT,)
    personal = True
    menu_group = "Enrollment"
    menu_title = "Policies"
    menu_icon = "policy"
    list_display = ("policy_gid", "policy_code", "client", "approved", "created_at", "updated_at")
    list_filter = (RecentClientFilter,)
    find_by = ("pk",)
    find_help = "GID of a policy, or its number here"
    fields = list_display
    readonly_fields = fields

    def find(self, queryset: QuerySet[PolicyState], term: str) -> QuerySet[PolicyState]:
        """A GID is each client's own."""
        clients = PolicyState.objects.order_by("client").values_list("client", flat=True)
        of_everyone = queryset.filter(client__in=_distinct(clients), policy_gid=term)
        return of_everyone if of_everyone.exists() else super().find(queryset, term)

    def sections(self, request: HttpRequest, row: PolicyState) -> Sequence[Section]:
        return [_notifications(row), _events(row), history(self.kind, row.pk)]


def _distinct(clients: "QuerySet[PolicyState, str]") -> list[str]:
    """One step down the index of GIDs for each client, however many policies they have."""
    found: list[str] = []
    while (following := clients.filter(client__gt=found[-1] if found else "").first()) is not None:
        found.append(following)
    return found


def _notifications(policy: PolicyState) -> Section:
    """By the index that superseding goes by: this order lets nobody walk through all ids."""
    of_it = EnrollmentEventNotification.objects.filter(
        client=policy.client, policy_gid=policy.policy_gid
    ).order_by("-created_at", "-pk")
    return Section(
        title="Notifications",
        note=f"The newest {MOST_SHOWN} at most.",
        headers=("Notification", "Made", "Definition", "Member", "Status", "Obsolete"),
        rows=[
            (
                link_to(KIND, one.pk),
                one.created_at,
                one.notification_definition_code,
                one.person_code,
                one.status,
                "yes" if one.obsolete else "no",
            )
            for one in of_it[:MOST_SHOWN]
        ],
    )


def _events(policy: PolicyState) -> Section:
    of_it = PolicyEnrollmentEvent.objects.filter(policy=policy).order_by("-policy", "-pk")
    page = reverse("admin:enrollment_policyenrollmentevent_changelist")
    return Section(
        title="Events",
        note=f"The newest {MOST_SHOWN} at most.",
        link=f"{page}?policy_id={policy.pk}",
        link_label="All events of this policy",
        headers=("Event", "Told at", "Type", "Business event", "Member"),
        rows=[
            (
                link_to("policyenrollmentevent", event.pk),
                event.created_at,
                event.get_type_display(),
                event.business_event_definition_code,
                event.person_code,
            )
            for event in of_it[:MOST_SHOWN]
        ],
    )


@admin.register(PolicyEnrollmentEvent)
class PolicyEnrollmentEventAdmin(ReadOnlyAdmin):
    client_path = "client"
    kinds = ("policyenrollmentevent",)
    personal = True
    menu_group = "Enrollment"
    menu_title = "Events"
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
    find_help = "Number of the event"
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

    @display(description="policy")
    def policy_shown(self, event: PolicyEnrollmentEvent) -> str:
        return link_to(SUBJECT, event.policy_id)

    def sections(self, request: HttpRequest, row: PolicyEnrollmentEvent) -> Sequence[Section]:
        return [*self._content(request, row), _told(row)]

    def _content(self, request: HttpRequest, event: PolicyEnrollmentEvent) -> Sequence[Section]:
        if not request.user.has_perm("enrollment.operate_policyenrollmentevent"):
            return [Section(title="What it says", note="Operators see it.")]
        said = {"descr": event.descr, **event.values}
        text = orjson.dumps(said, option=orjson.OPT_INDENT_2).decode()
        return [Section(title="What it says", text=text)]


def _told(event: PolicyEnrollmentEvent) -> Section:
    notifications = EnrollmentEventNotification.objects.filter(event=event).order_by("event", "pk")
    return Section(
        title="Notifications",
        headers=("Notification", "Definition", "Status", "Obsolete", "Attempts"),
        rows=[
            (
                link_to(KIND, one.pk),
                one.notification_definition_code,
                one.status,
                "yes" if one.obsolete else "no",
                one.attempt_count,
            )
            for one in notifications[:MOST_SHOWN]
        ],
    )
