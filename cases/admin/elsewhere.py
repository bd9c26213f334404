"""An id that has no page here may have one elsewhere: events and the trail name saker and
notifikasjoner by their ids, erased ones too.
"""

from typing import TYPE_CHECKING, Any

from django.contrib.admin import ModelAdmin
from django.db.models import Model
from django.db.models.options import Options
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from cases.models import Notifikasjon, Sak, Slettet

if TYPE_CHECKING:
    _Admin = ModelAdmin[Any]
else:
    _Admin = object


class KnowsWhereElse(_Admin):
    """For a ModelAdmin of items: leads to the tombstone, or to the item of the other kind."""

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: "Options[Any]", object_id: str
    ) -> HttpResponse:
        for model in (Slettet, Sak, Notifikasjon):
            if self._shows(request, model, object_id):
                page = f"admin:cases_{model._meta.model_name}_change"
                return HttpResponseRedirect(reverse(page, args=[object_id]))
        elsewhere: HttpResponse = super()._get_obj_does_not_exist_redirect(  # type: ignore[misc]
            request, opts, object_id
        )
        return elsewhere

    def _shows(self, request: HttpRequest, model: type[Model], id: str) -> bool:
        """Whether whoever asks finds it there."""
        page: Any = self.admin_site.get_model_admin(model)
        return page.get_object(request, id) is not None
