"""Letters in the back office: what became of each recipient's, and what it says."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from correspondence import letter_page, letter_story, parties
from correspondence.admin.filters import MadeFilter, ResourceFilter, SenderFilter
from correspondence.models import Correspondence, IdempotencyKey, Letter, LetterNotification
from correspondence.states import SYSTEM, CorrespondenceStatus
from correspondence.verbs import LETTER_VERBS
from notifications_platform.back_office import home
from notifications_platform.back_office.acting import button
from notifications_platform.back_office.base import (
    ReadOnlyAdmin,
    Section,
    TransitionActions,
    display,
)
from notifications_platform.back_office.finding import exactly
from notifications_platform.back_office.home import Sign
from notifications_platform.back_office.sections import link_to
from notifications_platform.core import clock
from notifications_platform.delivery import shortcuts
from orders import origins as order_origins
from orders.in_house import Tally
from orders.states import OWNER as ORDERS

MOST_COUNTED = 10_000
STATUS_COLOURS = {
    "Initialized": "info",
    "ReadyForPublish": "info",
    "Published": "primary",
    "Read": "success",
    "Confirmed": "success",
    "Archived": "success",
    "Reserved": "warning",
    "PurgedByRecipient": "warning",
    "PurgedByAltinn": "warning",
    "Failed": "danger",
}


@admin.register(Correspondence)
class CorrespondenceAdmin(TransitionActions, ReadOnlyAdmin):
    client_path = "letter__service_owner"
    kinds = ("correspondence",)
    personal = True
    menu_group = "Letters"
    menu_title = gettext_lazy("Letters")
    menu_icon = "drafts"
    ordering = ("-created_at", "pk")
    list_display = (
        "id",
        "status_shown",
        "resource_id",
        "from_organization",
        "to",
        "created_at",
        "requested_publish_time",
        "published",
        "read",
    )
    list_filter = ("status", ResourceFilter, SenderFilter, MadeFilter)
    find_by = ("pk", "letter_id")
    find_help = gettext_lazy(
        "Id of a letter or of an order, idempotency key, or number of a recipient"
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("status_shown", "status_changed"),
                    ("from_organization", "to"),
                    ("resource_id", "senders_reference"),
                    ("letter_link", "language"),
                )
            },
        ),
        (
            gettext_lazy("When"),
            {
                "fields": (
                    ("created_at", "requested_publish_time"),
                    ("published", "read"),
                    ("due", "needs_confirmation"),
                )
            },
        ),
        (
            gettext_lazy("Rules"),
            {"fields": (("despite_reservation", "confidential"), ("client", "called_in"))},
        ),
    )
    readonly_fields = tuple(
        name for _title, options in fieldsets for line in options["fields"] for name in line
    )
    verbs = LETTER_VERBS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Correspondence]:
        """What a letter says is read on its own page, by whoever may."""
        return super().get_queryset(request).select_related("letter").defer(*letter_story.CONTENT)

    def find(self, queryset: QuerySet[Correspondence], term: str) -> QuerySet[Correspondence]:
        """Each reading of the term by an index of its own."""
        orders = LetterNotification.objects.filter(exactly(LetterNotification, ("order_id",), term))
        keys = IdempotencyKey.objects.filter(exactly(IdempotencyKey, ("pk",), term))
        ids = [*orders.values_list("correspondence_id", flat=True)[:1]]
        ids += keys.values_list("correspondence_id", flat=True)[:1]
        if ids:
            return queryset.filter(pk__in=ids)
        by_id = super().find(queryset, term)
        return by_id if by_id.exists() else queryset.filter(recipient=parties.urn(term))

    # --- what it says ---------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.content_view)
        name = "correspondence_correspondence_content"
        return [path("<path:object_id>/content/", view, name=name), *super().get_urls()]

    def buttons(self, request: HttpRequest, row: Any) -> list[dict[str, Any]]:
        others = super().buttons(request, row) + _correcting(request, row)
        if not self._may_read(request):
            return others
        content = reverse("admin:correspondence_correspondence_content", args=[row.pk])
        return [button(_("Read the letter"), content, icon="visibility"), *others]

    def content_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Who it is to and what it says, for operators; each look stands in the trail."""
        if not self._may_read(request):
            raise PermissionDenied
        one = self.get_object(request, object_id)
        if one is None:
            raise Http404
        letter_page.note_reading(one.id, user=request.user.get_username(), now=clock.now())
        context = {
            **self.admin_site.each_context(request),
            "title": _("The letter"),
            "original": one,
            "opts": self.opts,
            "sections": letter_page.content(one.id),
            "back": reverse("admin:correspondence_correspondence_change", args=[one.pk]),
        }
        return TemplateResponse(request, "back_office/why.html", context)

    def _may_read(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("correspondence.operate_letter"))

    # --- its page -------------------------------------------------------------------------

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if one := kwargs.get("obj"):
            one.page = letter_story.read(one, now=clock.now(), real=clock.real())
        return super().render_change_form(request, context, *args, **kwargs)

    def findings(self, request: HttpRequest, row: Any) -> Sequence[Section]:
        return letter_page.findings(row.page)

    def sections(self, request: HttpRequest, row: Any) -> Sequence[Section]:
        return letter_page.sections(row.page)

    # --- columns --------------------------------------------------------------------------

    @display(description=gettext_lazy("status"), label=STATUS_COLOURS)
    def status_shown(self, one: Correspondence) -> str:
        return CorrespondenceStatus(one.status).name

    @display(description=gettext_lazy("from"))
    def from_organization(self, one: Correspondence) -> str:
        return parties.shown(one.sender)

    @display(description=gettext_lazy("to"))
    def to(self, one: Correspondence) -> str:
        return parties.shown(one.recipient)

    @display(description=gettext_lazy("sender's reference"))
    def senders_reference(self, one: Correspondence) -> str:
        return one.letter.senders_reference

    @display(description=gettext_lazy("all recipients"))
    def letter_link(self, one: Correspondence) -> str:
        return link_to("letter", one.letter_id)

    @display(description=gettext_lazy("language"))
    def language(self, one: Correspondence) -> str:
        return one.letter.language

    @display(description=gettext_lazy("due"))
    def due(self, one: Correspondence) -> str:
        due = one.letter.due_date_time
        return date_format(localtime(due), "DATETIME_FORMAT") if due else ""

    @display(description=gettext_lazy("to be confirmed"))
    def needs_confirmation(self, one: Correspondence) -> str:
        return _("yes") if one.letter.is_confirmation_needed else _("no")

    @display(description=gettext_lazy("confidential"))
    def confidential(self, one: Correspondence) -> str:
        return _("yes") if one.letter.is_confidential else _("no")

    @display(description=gettext_lazy("ignores reservation"))
    def despite_reservation(self, one: Correspondence) -> str:
        return {True: _("yes"), False: _("no"), None: _("not said")}[one.letter.ignore_reservation]

    @display(description=gettext_lazy("client"))
    def client(self, one: Correspondence) -> str:
        return one.letter.client

    @display(description=gettext_lazy("correlation id"))
    def called_in(self, one: Correspondence) -> str:
        return one.letter.correlation_id


@admin.register(Letter)
class LetterAdmin(ReadOnlyAdmin):
    """What all recipients of one call share; reached from the letter of one of them."""

    client_path = "service_owner"
    kinds = ("letter",)
    personal = True
    list_display = ("id", "resource_id", "sender", "created_at")
    fields = (
        "id",
        "resource_id",
        "sender",
        "service_owner",
        "senders_reference",
        "message_sender",
        "language",
        "requested_publish_time",
        "due_date_time",
        "is_confirmation_needed",
        "client",
        "correlation_id",
        "created_at",
    )
    readonly_fields = fields
    find_by = ("pk",)
    find_help = gettext_lazy("Id of what several recipients share")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Letter]:
        return super().get_queryset(request).defer("title", "summary", "body", "notification")

    def sections(self, request: HttpRequest, row: Letter) -> Sequence[Section]:
        return [letter_page.recipients(row)]


def _correcting(request: HttpRequest, one: Any) -> list[dict[str, Any]]:
    """To what told its recipient of it, in vain."""
    told: Mapping[UUID, Tally] = one.page.orders
    failed = [id for id, order in told.items() if order.made > order.succeeded]
    return shortcuts.correcting(request, ORDERS, failed)


def _signs(now: datetime, _real: datetime) -> Iterator[Sign]:
    due = Correspondence.objects.filter(publish_at__lte=now)
    waiting = due[:MOST_COUNTED].count()
    oldest = due.order_by("publish_at").values_list("publish_at", flat=True).first()
    yield Sign(
        label=_("Letters to publish"),
        value=f"{waiting}{'+' if waiting == MOST_COUNTED else ''}",
        note=_("the oldest for {seconds} s").format(seconds=_seconds(oldest, now))
        if oldest
        else "",
        tone="waiting" if waiting else "good",
        link=reverse("admin:correspondence_correspondence_changelist"),
        permission="correspondence.view_correspondence",
    )


def _seconds(since: datetime, now: datetime) -> int:
    return int((now - since).total_seconds())


home.show(_signs)
# What an order tells of the letter it was placed for.
order_origins.register(SYSTEM, letter_story.of_order)
