"""Pages that show each member of the staff only the rows they are to see."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.contrib.admin import ModelAdmin
from django.db.models import Model, QuerySet
from django.db.models.options import Options
from django.http import Http404, HttpRequest, HttpResponse

from notifications_platform.back_office import owned

if TYPE_CHECKING:
    _Admin = ModelAdmin[Any]
else:
    _Admin = object

NOT_FOR_BOUND_STAFF = ""


class OwnOnly(_Admin):
    """For a ModelAdmin: whoever is bound to clients finds only their rows, in the list, the
    searches, the verbs and the pages; another client's row is as if it did not exist.

    `client_path`: the column, or the way to it, that names the client as messages do: `client`,
    `letter__service_owner`. `NOT_FOR_BOUND_STAFF` (empty) where rows are nobody's in particular:
    then the whole page is shut to them. Each ModelAdmin says which; one whose rows are found in
    another way overrides `of_clients`, and names the column that it goes by.
    """

    client_path: str | None = None

    def of_clients(self, rows: QuerySet[Any], clients: Collection[str]) -> QuerySet[Any]:
        """Those of `rows` that belong to one of `clients`."""
        if not self.client_path:
            return rows.none()
        return rows.filter(**{f"{self.client_path}__in": sorted(clients)})

    def is_shut_to(self, request: HttpRequest) -> bool:
        """Whether this is no page for whoever asks, whatever their role."""
        return not self.client_path and owned.is_bound(request.user)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        clients = owned.clients_of(request.user)
        return rows if clients is None else self.of_clients(rows, clients)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return not self.is_shut_to(request) and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not self.is_shut_to(request) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return not self.is_shut_to(request) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return not self.is_shut_to(request) and super().has_delete_permission(request, obj)

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: "Options[Any]", object_id: str
    ) -> HttpResponse:
        """Whoever is bound learns nothing of other rows, not even where they are."""
        if owned.is_bound(request.user):
            raise Http404
        elsewhere: HttpResponse = super()._get_obj_does_not_exist_redirect(  # type: ignore[misc]
            request, opts, object_id
        )
        return elsewhere
