"""Searching by what must not stand in a URL.

An address or a national identity number in a query string would end up in access logs and
browser histories. So the search is posted, kept in the session, and the list's URL carries a
random key to it.
"""

import secrets
from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

PARAMETER = "found"
_SESSION_KEY = "back_office_searches"
_KEPT = 10
LONGEST = 400


def remember(request: HttpRequest, term: str) -> str:
    """Keep a search in the session; the key to it."""
    key = secrets.token_urlsafe(8)
    searches = [*request.session.get(_SESSION_KEY, []), [key, term[:LONGEST]]]
    request.session[_SESSION_KEY] = searches[-_KEPT:]
    return key


def recall(request: HttpRequest, key: str | None) -> str | None:
    """The search of this key; None when it is forgotten, or was made in another session."""
    return dict(request.session.get(_SESSION_KEY, [])).get(key)


class Found(SimpleListFilter):
    """Narrows a list to what a posted search found."""

    title = _("search")
    parameter_name = PARAMETER

    def lookups(
        self, request: HttpRequest, model_admin: "ModelAdmin[Any]"
    ) -> list[tuple[str, str]]:
        key = self.used_parameters.get(PARAMETER)
        self.term = recall(request, key)
        self.model_admin = model_admin
        return [(key, gettext("What you searched for"))] if key else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        if self.value() is None:
            return queryset
        if self.term is None:
            return queryset.none()
        found: QuerySet[Model] = self.model_admin.find(  # type: ignore[attr-defined]
            queryset, self.term
        )
        return found


def exactly(model: type[Model], fields: tuple[str, ...], term: str) -> Q:
    """Rows of which one of `fields` is `term`; those that cannot hold it are passed over."""
    wanted = Q()
    for name in fields:
        try:
            value = _field(model, name).to_python(term)
        except ValidationError:
            continue
        wanted |= Q(**{name: value})
    return wanted or Q(pk__in=[])


def _field(model: type[Model], path: str) -> Any:
    """The field at the end of a path of relations: `app_names__name`."""
    names = path.split("__")
    for name in names[:-1]:
        related = model._meta.get_field(name).related_model
        if not isinstance(related, type):
            raise FieldDoesNotExist(path)
        model = related
    name = names[-1]
    return model._meta.pk if name == "pk" else model._meta.get_field(name)
