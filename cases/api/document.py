"""The REST twin's OpenAPI document by itself: what `make openapi` writes to docs/openapi."""

from django.urls import include, path

urlpatterns = [path("cases/api/v1/", include("cases.api.urls"))]

SETTINGS = {
    "TITLE": "notifications-platform: cases",
    "DESCRIPTION": (
        "Saker, beskjeder, oppgaver and kalenderavtaler over REST: the same calls as the GraphQL"
        " API has, and operations named as its fields.\n\n"
        "What has an id in its path is also found by its coordinate in the query string. One"
        " trailing slash is accepted on every route. What has no value is null, never left out."
        " Times in answers are UTC and end in `Z`; `startTidspunkt` and `sluttTidspunkt` are local"
        " times in Oslo. Refusals are problem details (RFC 9457); a method that a route does not"
        " have is 405 with `Allow`."
    ),
    "SERVERS": [{"url": "/", "description": "The platform that serves this document."}],
    "TAGS": [{"name": "Cases", "description": "By case-handling systems."}],
}
