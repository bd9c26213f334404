"""Routes of enrollment below `ENROLLMENT_API_CONTEXT_ROOT` (contract 4); none has a trailing
slash.
"""

from django.urls import path, register_converter
from django.urls.converters import PathConverter

from enrollment.api.acting_views import BulkOperationViewSet, CancelViewSet, ResendViewSet
from enrollment.api.definition_views import (
    BusinessEventDefinitionViewSet,
    NotificationDefinitionViewSet,
)
from enrollment.api.event_views import EventViewSet
from enrollment.api.notification_views import CollectionViewSet, NotificationViewSet
from enrollment.api.policy_views import PolicyViewSet


class GidConverter(PathConverter):
    """A global identifier may hold a slash, and whatever else a text may."""

    regex = "(?s:.+)"


register_converter(GidConverter, "gid")

_cancel, _resend = CancelViewSet.as_view, ResendViewSet.as_view
_business_events = BusinessEventDefinitionViewSet.as_view
_definitions = NotificationDefinitionViewSet.as_view
_policies = PolicyViewSet.as_view
_notifications = NotificationViewSet.as_view
_collections = CollectionViewSet.as_view
_NOTIFICATIONS = "enrollmenteventnotifications"
_GENERIC = f"generic/{_NOTIFICATIONS}"

urlpatterns = [
    path("generic", _collections({"get": "list"})),
    path(_GENERIC, _notifications({"get": "list"})),
    path(f"{_GENERIC}/search", _notifications({"post": "search"})),
    path(f"{_GENERIC}/<str:id>", _notifications({"get": "retrieve"})),
    path(f"{_GENERIC}/<str:id>/history", _notifications({"get": "history"})),
    path(f"{_GENERIC}/<str:id>/attempts", _notifications({"get": "attempts"})),
    path(f"{_NOTIFICATIONS}/cancel", _cancel({"put": "many"})),
    path(f"{_NOTIFICATIONS}/resend", _resend({"put": "many"})),
    path(f"{_NOTIFICATIONS}/<str:id>/cancel", _cancel({"put": "one"})),
    path(f"{_NOTIFICATIONS}/<str:id>/resend", _resend({"put": "one"})),
    path("bulkoperations/<str:id>", BulkOperationViewSet.as_view({"get": "retrieve"})),
    path("policyenrollmentevents", EventViewSet.as_view({"post": "create"})),
    path("policies/<gid:gid>/approve", _policies({"post": "approve"})),
    path("policies/<gid:gid>/revert", _policies({"post": "revert"})),
    path("generic/businesseventdefinitions", _business_events({"get": "list", "post": "create"})),
    path("generic/businesseventdefinitions/key/<str:code>", _business_events({"get": "retrieve"})),
    path("generic/notificationdefinitions", _definitions({"get": "list", "post": "create"})),
    path(
        "generic/notificationdefinitions/key/<str:code>",
        _definitions({"get": "retrieve", "patch": "partial_update"}),
    ),
]
