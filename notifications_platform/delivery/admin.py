"""The outbox in the back office: what became of each message, and the switches of an outage."""

from collections.abc import Collection, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from notifications_platform.back_office.base import (
    NOT_FOR_BOUND_STAFF,
    ReadOnlyAdmin,
    Section,
    TransitionActions,
    display,
)
from notifications_platform.back_office.large_tables import PeriodOfIds, RecentValues
from notifications_platform.back_office.looking import masked
from notifications_platform.back_office.owned import clients_of
from notifications_platform.back_office.sections import Line, link_to
from notifications_platform.core import clock
from notifications_platform.core.addresses import to_e164
from notifications_platform.core.errors import DomainError
from notifications_platform.delivery import (
    channel_admin,  # noqa: F401 - registers itself
    client_page,  # noqa: F401 - registers itself
    finders,  # noqa: F401 - registers itself
    finding,
    message_page,
    previews,
    resending,
    signs,
    stopping,
)
from notifications_platform.delivery.filters import ByReason, ByState
from notifications_platform.delivery.models import Content, Message, Provider, Receipt, Stop, Turn
from notifications_platform.delivery.states import Channel
from notifications_platform.delivery.verbs import MESSAGE_VERBS, PROVIDER_VERBS, STOP_VERBS

STATE_COLOURS = {
    "queued": "info",
    "claimed": "info",
    "sent": "success",
    "delivered": "success",
    "failed": "danger",
    "cancelled": "warning",
}
# The right to see what is sent to programs: it may be about somebody's health.
_PAYLOADS = "delivery.operate_content"


class ClientFilter(RecentValues):
    column = "client"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Also those of a client that has not sent anything for long."""
        return finding.belonging_to(queryset, {client}) if (client := self.value()) else queryset


@admin.register(Message)
class MessageAdmin(TransitionActions, ReadOnlyAdmin):
    client_path = "client"
    narrowed_by = ("owner_id",)
    # A message that was sent again is itself the owner of its copy.
    kinds = ("message", resending.OWNER)
    personal = True
    menu_group = "Sending"
    menu_icon = "mail"
    list_display = ("id", "channel", "state_shown", "reason", "client", "receiver", "created_at")
    list_filter = ("channel", ("state", ByState), ("reason", ByReason), ClientFilter, PeriodOfIds)
    find_help = gettext_lazy("Message id, owner's id, e-mail address or mobile number")
    find_by = ("pk", "owner_id")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("state_shown", "reason"),
                    ("channel", "lane"),
                    ("client", "owner"),
                    ("address", "recipient"),
                )
            },
        ),
        (
            gettext_lazy("When"),
            {
                "fields": (
                    ("created_at", "state_at"),
                    ("not_before", "fair_at"),
                    ("expires_at", "final_at"),
                )
            },
        ),
        (
            gettext_lazy("How"),
            {
                "fields": (
                    ("provider", "provider_reference"),
                    ("attempts", "parts"),
                    "correlation_id",
                )
            },
        ),
    )
    readonly_fields = tuple(
        name
        for _title, options in fieldsets
        for line in options["fields"]
        for name in ([line] if isinstance(line, str) else line)
    )
    verbs = MESSAGE_VERBS

    def of_clients(self, rows: QuerySet[Message], clients: Collection[str]) -> QuerySet[Message]:
        return finding.belonging_to(rows, clients)

    def find(self, queryset: QuerySet[Message], term: str) -> QuerySet[Message]:
        by_id = super().find(queryset, term)
        if by_id.exists():
            return by_id
        return finding.to_address(queryset, to_e164(term) or term)

    @display(description=gettext_lazy("state"), label=STATE_COLOURS)
    def state_shown(self, message: Message) -> str:
        return message.state

    @display(description=gettext_lazy("to"))
    def receiver(self, message: Message) -> str:
        return masked(message.address)

    @display(description=gettext_lazy("owner"))
    def owner(self, message: Message) -> str:
        return link_to(message.owner_kind, message.owner_id)

    def told(self, row: Message) -> str:
        return ", ".join(filter(None, [str(row), masked(row.address)]))

    def findings(self, request: HttpRequest, row: Message) -> Sequence[Section]:
        return message_page.findings(row, now=clock.now(), real=clock.real())

    def sections(self, request: HttpRequest, row: Message) -> Sequence[Section]:
        return message_page.sections(
            row,
            with_payload=request.user.has_perm(_PAYLOADS),
            with_raw_reports=request.user.has_perm("delivery.operate_receipt"),
        )


@admin.register(Content)
class ContentAdmin(ReadOnlyAdmin):
    """Reached from its messages only."""

    client_path = NOT_FOR_BOUND_STAFF
    kinds = ("content",)
    personal = True
    list_display = ("id", "channel", "sender", "created_at")
    fields = (
        "id",
        "channel",
        "sender",
        "content_type",
        "window",
        "retry_after",
        "retry_spread",
        "retry_for",
        "least_attempts",
        "created_at",
    )
    readonly_fields = fields
    find_by = ("pk",)
    find_help = gettext_lazy("Content id")

    def sections(self, request: HttpRequest, row: Content) -> Sequence[Section]:
        if row.channel == Channel.WEBHOOK and not request.user.has_perm(_PAYLOADS):
            return [message_page.withheld()]
        return message_page.text_of(row, {})


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    client_path = "message_id"
    kinds = ("receipt",)
    personal = True
    menu_group = "Sending"
    menu_title = gettext_lazy("Provider reports")
    menu_icon = "receipt_long"
    list_display = (
        "received_at",
        "provider",
        "provider_reference",
        "state",
        "reason",
        "settled_at",
        "changed_message",
    )
    list_filter = ("state", PeriodOfIds)
    find_by = ("pk", "message_id")
    find_help = gettext_lazy("Receipt id or message id")
    readonly_fields = (
        "received_at",
        "provider",
        "provider_reference",
        "state",
        "reason",
        "settled_at",
        "changed_message",
        "message",
    )

    def of_clients(self, rows: QuerySet[Receipt], clients: Collection[str]) -> QuerySet[Receipt]:
        """A report that matches no message is nobody's."""
        theirs = Message.objects.filter(pk=OuterRef("message_id"), client__in=sorted(clients))
        return rows.filter(Exists(theirs))

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return self.readonly_fields

    @display(description=gettext_lazy("message"))
    def message(self, receipt: Receipt) -> str:
        return link_to("message", receipt.message_id) if receipt.message_id else _("none known")

    def sections(self, request: HttpRequest, row: Receipt) -> Sequence[Section]:
        """As it came in, for operators: it may name the receiver."""
        if not request.user.has_perm("delivery.operate_receipt"):
            return ()
        return [Section(title=_("As it came in"), text=row.raw)]


@admin.register(Provider)
class ProviderAdmin(TransitionActions, ReadOnlyAdmin):
    client_path = NOT_FOR_BOUND_STAFF
    menu_group = "Sending"
    menu_icon = "dns"
    ordering = ("channel", "name")
    list_display = ("name", "channel", "condition", "paused_until", "failures", "last_answer")
    fields = (
        "name",
        "channel",
        "condition",
        "paused_until",
        "failures",
        "last_answer",
        "switched_off_by",
        "switched_off_because",
        "switched_off_since",
    )
    readonly_fields = fields
    verbs = PROVIDER_VERBS

    @display(
        description=gettext_lazy("condition"),
        label={"in use": "success", "paused": "warning", "switched off": "danger"},
    )
    def condition(self, provider: Provider) -> str:
        return signs.condition_of(provider, clock.real())

    def trail_id(self, row: Provider) -> str:
        return row.name


def _what_a_stop_means(request: HttpRequest) -> Section:
    client, clients = request.GET.get("client", "")[:200], clients_of(request.user)
    may_know = clients is None or client in clients
    waiting = previews.of_clients([client]) if client and may_know else ""
    return Section(
        title=_("What a stop means"),
        note=_(
            "No further message of the client leaves until the stop is lifted; what a worker has "
            "in hand still does. Nothing is lost, but each message still expires when its own "
            "time is over. Other clients notice nothing."
        ),
        lines=[Line(text=waiting, tone="waiting")] if waiting else [],
    )


class StopForm(forms.ModelForm):  # type: ignore[type-arg]
    def validate_unique(self) -> None:
        """The service knows: a client whose stop is being lifted may be stopped again."""


@admin.register(Stop)
class StopAdmin(TransitionActions, ReadOnlyAdmin):
    """Adding one stops a client."""

    form = StopForm
    client_path = "client"
    kind = "client"
    menu_group = "Sending"
    menu_title = gettext_lazy("Stopped clients")
    menu_icon = "front_hand"
    list_display = ("client", "by", "because", "since", "lifted_at")
    fields = ("client", "because", "by", "since", "lifted_at")
    readonly_fields = ("by", "since", "lifted_at")
    verbs = STOP_VERBS

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_operate_permission(request)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return self.fields if obj else self.fields[:2]

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **options: Any
    ) -> forms.Field | None:
        """Whoever is bound to clients stops one of these."""
        clients = clients_of(request.user)
        if db_field.name != "client" or clients is None:
            return super().formfield_for_dbfield(db_field, request, **options)
        return forms.ChoiceField(
            choices=[(client, client) for client in sorted(clients)],
            widget=UnfoldAdminSelectWidget(),
        )

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().add_view(request, *args, **kwargs)
        except DomainError as refusal:
            messages.error(request, _(str(refusal)))
            return HttpResponseRedirect(reverse("admin:delivery_stop_changelist"))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if kwargs.get("add"):
            context |= {"title": _("Stop a client"), "show_save_and_add_another": False}
            context |= {"show_save_and_continue": False}
            context["findings"] = [_what_a_stop_means(request)]
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Stop, form: Any, change: bool) -> None:
        stop = stopping.stop(
            obj.client, because=obj.because, user=request.user.get_username(), now=clock.now()
        )
        obj.pk = stop.pk

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """The service has written the trail."""

    def trail_id(self, row: Stop) -> str:
        return row.client


@admin.register(Turn)
class TurnAdmin(ReadOnlyAdmin):
    """The engine's own book-keeping, to look at when fairness is in doubt."""

    client_path = "client"
    ordering = ("client", "channel", "lane")
    list_display = ("client", "channel", "lane", "fair_at")
    fields = list_display
    readonly_fields = fields
