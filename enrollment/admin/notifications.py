"""Notifications in the back office: what failed, why and how often; cancel and resend."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from enrollment import notification_page
from enrollment.admin import acting, outcomes
from enrollment.admin.filters import (
    ClientFilter,
    DeadLetters,
    DefinitionFilter,
    MadeFilter,
    StatusFilter,
    those_with_definitions,
)
from enrollment.admin.sweeping import Sweeping
from enrollment.coordinates import id_of, read_id
from enrollment.models import EnrollmentEventNotification
from enrollment.states import OWNER, Kind
from notifications_platform.back_office.acting import Verb, button
from notifications_platform.back_office.base import (
    ReadOnlyAdmin,
    Section,
    TransitionActions,
    display,
)
from notifications_platform.back_office.charts import Chart
from notifications_platform.back_office.large_tables import CAP
from notifications_platform.back_office.owned import clients_of
from notifications_platform.back_office.sections import link_to
from notifications_platform.core import clock
from notifications_platform.delivery import origins

origins.register(OWNER, notification_page.led_to)

STATUS_COLOURS = {
    "Waiting for policy approval": "warning",
    "Ready": "info",
    "In process": "info",
    "Sent": "success",
    "Failed": "danger",
    "Cancelled": "warning",
}
_PAGES = "admin:enrollment_enrollmenteventnotification"


@admin.register(EnrollmentEventNotification)
class EnrollmentEventNotificationAdmin(Sweeping, TransitionActions, ReadOnlyAdmin):
    narrowed_by = ("client", "status", "notification_definition_code")
    client_path = "client"
    kinds = (notification_page.KIND, OWNER)
    personal = True
    menu_group = "Enrollment"
    # In Norwegian the group of orders is called otherwise.
    menu_title = pgettext_lazy("of enrollment", "Notifications")
    menu_icon = "webhook"
    list_before_template = "enrollment/list_top.html"
    list_display = (
        "id",
        "client",
        "status_shown",
        "obsolete_shown",
        "notification_definition_code",
        "policy_code",
        "person_code",
        "attempt_count",
        "last_error",
        "failed_at",
    )
    list_filter = (
        DeadLetters,
        StatusFilter,
        "obsolete",
        ClientFilter,
        DefinitionFilter,
        MadeFilter,
    )
    find_by = ("pk",)
    find_help = gettext_lazy(
        "Number of a notification, or its policy's code or GID, or its member's code"
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("status_shown", "obsolete_shown"),
                    ("notification_definition_code", "business_event_definition_code"),
                    ("policy_code", "policy_gid"),
                    ("person_code", "client"),
                    ("replaced_by", "emit_notification"),
                )
            },
        ),
        (
            gettext_lazy("Delivery"),
            {
                "fields": (
                    ("attempt_count", "next_attempt_at"),
                    ("last_response_status", "last_error_text"),
                )
            },
        ),
        (
            gettext_lazy("When"),
            {
                "fields": (
                    ("created_at", "updated_at"),
                    ("sent_at", "failed_at"),
                    ("cancelled_at", "cancelled_by"),
                    ("correlation_id",),
                )
            },
        ),
    )
    readonly_fields = tuple(
        name for _title, options in fieldsets for line in options["fields"] for name in line
    )
    verbs = (
        acting.verb(Kind.CANCEL, label=pgettext_lazy("of enrollment", "Cancel"), icon="cancel"),
        acting.verb(Kind.RESEND, label=gettext_lazy("Resend"), icon="forward_to_inbox"),
    )

    # Whoever wants more than a page of them sweeps.
    list_disable_select_all = True

    def may(self, request: HttpRequest, verb: Verb) -> bool:
        """By the permissions that the contract names."""
        return acting.may(request, Kind(verb.permission))

    def row_id(self, name: object) -> object:
        """The engine calls it by a UUID."""
        return id_of(name) if isinstance(name, UUID) else name

    # --- lists ----------------------------------------------------------------------------

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Dead letters by when they failed: that is how their index goes."""
        dead = DeadLetters.parameter_name in request.GET
        return ("-failed_at", "-pk") if dead else ("-pk",)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        extra = dict(extra_context or {})
        if request.method == "GET" and self.has_view_permission(request):
            extra |= {"chart": self._chart(request), "sweeps": self.sweeps(request)}
        return super().changelist_view(request, extra)

    def _chart(self, request: HttpRequest) -> Chart:
        return outcomes.chart(now=clock.now(), clients=clients_of(request.user))

    def find(
        self, queryset: QuerySet[EnrollmentEventNotification], term: str
    ) -> QuerySet[EnrollmentEventNotification]:
        """Each reading of the term by an index of its own."""
        found = [read_id(term.removeprefix("een_")) or 0]
        of_each = queryset.filter(client__in=those_with_definitions())
        for column in ("policy_code", "policy_gid", "person_code"):
            # In an order that walking through all ids cannot bring about.
            rows = of_each.filter(**{column: term}).order_by("-created_at", "-pk")
            found += rows.values_list("pk", flat=True)[:CAP]
        return queryset.filter(pk__in=found)

    # --- what it says ---------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.payload_view)
        name = "enrollment_enrollmenteventnotification_payload"
        return [path("<path:object_id>/payload/", view, name=name), *super().get_urls()]

    def buttons(self, request: HttpRequest, row: Any) -> list[dict[str, Any]]:
        others = super().buttons(request, row)
        if not self.has_operate_permission(request):
            return others
        address = reverse(f"{_PAGES}_payload", args=[row.pk])
        return [button(gettext("See the payload"), address, icon="visibility"), *others]

    def payload_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What is sent, for operators; each look stands in the trail."""
        if not self.has_operate_permission(request):
            raise PermissionDenied
        one = self.get_object(request, object_id)
        if one is None:
            raise Http404
        notification_page.note_reading(one.pk, user=request.user.get_username(), now=clock.now())
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("The payload"),
            "original": one,
            "opts": self.opts,
            "sections": notification_page.payload(one),
            "back": reverse(f"{_PAGES}_change", args=[one.pk]),
        }
        return TemplateResponse(request, "back_office/why.html", context)

    # --- its page -------------------------------------------------------------------------

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if one := kwargs.get("obj"):
            one.page = notification_page.read(one, now=clock.now(), real=clock.real())
        return super().render_change_form(request, context, *args, **kwargs)

    def findings(self, request: HttpRequest, row: Any) -> Sequence[Section]:
        return notification_page.findings(row.page)

    def sections(self, request: HttpRequest, row: Any) -> Sequence[Section]:
        return notification_page.sections(row.page)

    # --- columns --------------------------------------------------------------------------

    @display(description=gettext_lazy("status"), label=STATUS_COLOURS)
    def status_shown(self, one: EnrollmentEventNotification) -> str:
        return one.status

    @display(description=gettext_lazy("obsolete"), label={"obsolete": "warning"})
    def obsolete_shown(self, one: EnrollmentEventNotification) -> str:
        return "obsolete" if one.obsolete else ""

    @display(description=gettext_lazy("last error"))
    def last_error(self, one: EnrollmentEventNotification) -> str:
        return one.last_error_text[:80]

    @display(description=gettext_lazy("replaced by"))
    def replaced_by(self, one: EnrollmentEventNotification) -> str:
        return link_to(notification_page.KIND, one.superseded_by)
