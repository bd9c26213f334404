"""What the lists of `enrollment` are narrowed by. Every index of notifications begins with the
client: what is asked of all clients is asked of each of those that have a definition.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import NotificationDefinition
from enrollment.states import Status
from notifications_platform.back_office.large_tables import Column, Period, RecentValues
from notifications_platform.back_office.owned import Clients, within

_FAILED = {
    "hour": _("Failed in the past hour"),
    "day": _("Failed in the past day"),
    "week": _("Failed in the past week"),
    "month": _("Failed in the past month"),
}


def those_with_definitions(**having: Any) -> list[str]:
    """Those that may have notifications, by the definitions they made."""
    definitions = NotificationDefinition.objects.filter(**having).order_by("client")
    return list(definitions.values_list("client", flat=True).distinct())


class ClientFilter(Column):
    title = _("client")
    column = "client"

    def offered(self, clients: Clients) -> Iterable[str]:
        return within(those_with_definitions(), clients)


class RecentClientFilter(RecentValues):
    column = "client"


class StatusFilter(Column):
    title = _("status")
    column = "status"

    def offered(self, clients: Clients) -> Iterable[str]:
        return Status.values

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        if not self.value():
            return queryset
        return queryset.filter(client__in=those_with_definitions(), status=self.value())


class DefinitionFilter(Column):
    title = _("definition")
    column = "notification_definition_code"

    def offered(self, clients: Clients) -> Iterable[str]:
        definitions = NotificationDefinition.objects.order_by("code")
        if clients is not None:
            definitions = definitions.filter(client__in=sorted(clients))
        return definitions.values_list("code", flat=True).distinct()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        code = self.value()
        if not code:
            return queryset
        having_it = those_with_definitions(code=code)
        return queryset.filter(client__in=having_it, notification_definition_code=code)


class DeadLetters(Period):
    """What staff may do something about, by when it failed; the list then goes by that, too."""

    title = _("dead letters")
    parameter_name = "dead"
    column = "failed_at"

    def lookups(
        self, request: HttpRequest, model_admin: "ModelAdmin[Any]"
    ) -> list[tuple[str, str]]:
        periods = [(name, str(_FAILED[name])) for name in self.lengths]
        return [("all", gettext("Failed, not obsolete")), *periods]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        if self.value() is None:
            return queryset
        dead = Q(status=Status.FAILED, obsolete=False)
        return super().queryset(request, queryset.filter(dead))


class MadeFilter(Period):
    title = _("made")
    column = "created_at"
