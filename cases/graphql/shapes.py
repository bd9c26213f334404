"""What the served OpenAPI schema says of the GraphQL route."""

from typing import Any

from rest_framework import serializers


class GraphQLRequestShape(serializers.Serializer[Any]):
    """GraphQL over HTTP. Members that are not known are ignored."""

    query = serializers.CharField(help_text="A document; its types are at /api/graphql/schema.")
    operationName = serializers.CharField(
        required=False, allow_null=True, help_text="Which operation of the document, if several."
    )
    variables = serializers.DictField(required=False, allow_null=True)


class GraphQLErrorAnswer(serializers.Serializer[Any]):
    message = serializers.CharField()
    locations = serializers.ListField(child=serializers.DictField(), required=False)
    path = serializers.ListField(required=False)
    extensions = serializers.DictField(
        help_text="`code`: PARSE_FAILED, VALIDATION_FAILED, BAD_USER_INPUT, LIMIT_EXCEEDED or"
        " INTERNAL; `problems`: each broken rule of the input with its path."
    )


class GraphQLAnswerShape(serializers.Serializer[Any]):
    """`data` is null when a field failed, and left out when nothing was executed."""

    data = serializers.DictField(required=False, allow_null=True)  # type: ignore[assignment]
    errors = GraphQLErrorAnswer(many=True, required=False)  # type: ignore[assignment]
