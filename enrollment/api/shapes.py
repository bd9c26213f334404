"""Bodies of the requests, for the served schema; `enrollment.requests` reads them."""

from typing import Any

from rest_framework import serializers


class SearchResourceShape(serializers.Serializer[Any]):
    q = serializers.CharField(required=False, allow_blank=True, help_text="Criteria.")
    offset = serializers.IntegerField(required=False, min_value=0)
    limit = serializers.IntegerField(required=False, min_value=1)
    orderBy = serializers.CharField(required=False, allow_blank=True)
    totalResults = serializers.BooleanField(required=False)


class NotificationSearchShape(serializers.Serializer[Any]):
    resource = SearchResourceShape(required=False)
