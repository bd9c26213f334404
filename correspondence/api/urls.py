"""Routes of correspondence (contract 1); none has a trailing slash."""

from django.urls import path

from correspondence.api.attachment_views import AttachmentViewSet
from correspondence.api.condition_views import ConditionViewSet
from correspondence.api.views import CorrespondenceViewSet

_letters = CorrespondenceViewSet.as_view
_attachments = AttachmentViewSet.as_view
_condition = ConditionViewSet.as_view

urlpatterns = [
    path("correspondence", _letters({"get": "list", "post": "create"})),
    path("correspondence/upload", _letters({"post": "upload"})),
    path("correspondence/<str:id>", _letters({"get": "retrieve"})),
    path("correspondence/<str:id>/details", _letters({"get": "details"})),
    path("correspondence/<str:id>/content", _letters({"get": "content"})),
    path("correspondence/<str:id>/markasread", _letters({"post": "mark_read"})),
    path("correspondence/<str:id>/confirm", _letters({"post": "confirm"})),
    path("correspondence/<str:id>/archive", _letters({"post": "archive"})),
    path("correspondence/<str:id>/purge", _letters({"delete": "purge"})),
    path("correspondence/<str:id>/notification/check", _condition({"get": "reminder"})),
    path("correspondence/<str:id>/notification/check/main", _condition({"get": "main"})),
    path("correspondence/<str:id>/attachment/<str:aid>/download", _letters({"get": "download"})),
    path("attachment", _attachments({"get": "list", "post": "create"})),
    path("attachment/<str:aid>", _attachments({"get": "retrieve", "delete": "destroy"})),
    path("attachment/<str:aid>/upload", _attachments({"post": "upload"})),
    path("attachment/<str:aid>/details", _attachments({"get": "details"})),
    path("attachment/<str:aid>/download", _attachments({"get": "download"})),
]
