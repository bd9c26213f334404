"""Routes of the REST twin (cases contract 13). Each route of one item takes its id, or instead a
segment that says which coordinate the query string has; one trailing slash is accepted
everywhere and answered directly.
"""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, path

from cases.api.views import (
    BeskjedViewSet,
    KalenderavtaleViewSet,
    NotifikasjonViewSet,
    OppgaveViewSet,
    ProducerViewSet,
    SakViewSet,
    WhoamiViewSet,
)

Routes = dict[str, dict[str, Any]]

_ROUTES: dict[type[ProducerViewSet], Routes] = {
    WhoamiViewSet: {"whoami": {"get": "retrieve"}},
    SakViewSet: {
        "saker": {"post": "create"},
        "saker/*": {"get": "retrieve", "delete": "destroy"},
        "saker/*/statuser": {"post": "add_status"},
        "saker/*/neste-steg": {"put": "neste_steg"},
        "saker/*/tilleggsinformasjon": {"put": "tilleggsinformasjon"},
        "saker/*/soft-delete": {"post": "soft_delete"},
    },
    BeskjedViewSet: {
        "beskjeder": {"post": "create"},
        "beskjeder/*": {"get": "retrieve"},
    },
    OppgaveViewSet: {
        "oppgaver": {"post": "create"},
        "oppgaver/*": {"get": "retrieve"},
        "oppgaver/*/utfoert": {"post": "utfoert"},
        "oppgaver/*/utgaatt": {"post": "utgaatt"},
        "oppgaver/*/frist": {"put": "frist"},
        "oppgaver/*/paaminnelse": {"put": "change_paaminnelse", "delete": "remove_paaminnelse"},
    },
    KalenderavtaleViewSet: {
        "kalenderavtaler": {"post": "create"},
        "kalenderavtaler/*": {"get": "retrieve", "patch": "partial_update"},
    },
    NotifikasjonViewSet: {
        "notifikasjoner": {"get": "list"},
        "notifikasjoner/*": {"get": "retrieve", "delete": "destroy"},
        "notifikasjoner/*/soft-delete": {"post": "soft_delete"},
    },
}


def _patterns() -> Iterator[URLPattern]:
    for viewset, routes in _ROUTES.items():
        for route, methods in routes.items():
            for item in [viewset.coordinate.segment, "<str:id>"] if "*" in route else [""]:
                # A view for each way of addressing: the served schema shows them apart.
                view = viewset.as_view(methods)
                spelling = route.replace("*", item)
                yield path(spelling, view)
                yield path(f"{spelling}/", view)


urlpatterns = list(_patterns())
