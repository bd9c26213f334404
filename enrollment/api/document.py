"""The OpenAPI document of enrollment by itself: what `make openapi` writes to docs/openapi."""

from django.urls import include, path

urlpatterns = [path("enrollment/api/", include("enrollment.api.urls"))]

SETTINGS = {
    "TITLE": "notifications-platform: enrollment",
    "DESCRIPTION": (
        "Enrollment events become signed webhooks; those that failed are cancelled or sent"
        " again.\n\n"
        "Bodies come and go as `application/json`,"
        " `application/vnd.oracle.insurance.resource+json` or"
        " `application/vnd.oracle.resource+json` (answers by `Accept`; 406 if it allows none of"
        " them). What has no value is left out,"
        " never null. Date-times are objects with a `value` in UTC. Business refusals, and every"
        " answer to an operation on many, are result messages in `application/json`; all other"
        " refusals are problem details (RFC 9457). They come in this order: 401, 403, 405 or 415,"
        " 406, 400, 404, 412, 422. A method that a route does not have is 405 with `Allow`;"
        " `OPTIONS` tells the same. What is another client's is unknown."
    ),
    "SERVERS": [{"url": "/", "description": "The platform that serves this document."}],
    "TAGS": [{"name": "Enrollment", "description": "Events of policies, and their webhooks."}],
}
