"""Bodies of events and definitions, for the served schema; `enrollment.requests` reads them
(enrollment contract 4.4, 4.5, 4.6).
"""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from enrollment.api.answer_shapes import EnrollmentLinkAnswer, moment, number, text
from enrollment.requests.definitions import (
    CODE,
    LONGEST_PAUSE,
    LONGEST_URL,
    MOST_CODES,
    MOST_RETRIES,
)
from enrollment.requests.events import MOST_EVENTS, VALUES
from enrollment.requests.parts import CODE_LENGTH
from enrollment.states import EmitNotification, HttpMethod
from notifications_platform.http.schema import OneOf

Body = serializers.Serializer[Any]


class Sent(Body):
    """A body as it comes in: null stands for what may be left out."""

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            field.allow_null = not field.required
        return fields


_NULL = "null brings the default back."


def _optional(help_text: str = "", **options: Any) -> serializers.CharField:
    return serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text=help_text or None,
        **options,
    )


def _code(help_text: str = "", *, required: bool = False) -> serializers.CharField:
    return serializers.CharField(
        required=required,
        max_length=CODE_LENGTH,
        allow_null=not required,
        allow_blank=not required,
        help_text=help_text or None,
    )


def _definition_code() -> serializers.RegexField:
    return serializers.RegexField(f"^{CODE.pattern}$")


def _business_events(*, required: bool) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(),
        min_length=1,
        max_length=MOST_CODES,
        required=required,
        help_text="Codes of business event definitions.",
    )


def _pauses() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=LONGEST_PAUSE),
        max_length=MOST_RETRIES,
        required=False,
        allow_null=True,
        help_text="Seconds before retry 1, 2, …; [] is a single attempt, absent the platform's.",
    )


# --- events --------------------------------------------------------------------------------
class PolicyEnrollmentEventShape(Sent):
    """Something that happened to a member."""

    personCode = _code("The member; not blank.", required=True)
    businessEventDefinitionCode = serializers.CharField(
        required=False,
        allow_null=True,
        help_text="What happened; without it the event is a message that nobody is told.",
    )
    descr = _optional()
    effectiveDate = serializers.DateField(required=False, allow_null=True)
    eventReference = _code("Told again for the same policy, it creates nothing.")

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), **{name: _optional() for name in VALUES}}


class PolicyEnrollmentEventsShape(Sent):
    """What happened in one policy."""

    policyGid = _code("Its global identifier; absent: the policy code.")
    policyApproved = serializers.BooleanField(
        required=False,
        allow_null=True,
        help_text="Absent: what is known of the policy, else true. true releases what waits.",
    )
    policyEnrollmentEventList = serializers.ListField(
        child=PolicyEnrollmentEventShape(), min_length=1, max_length=MOST_EVENTS
    )


# --- policies ------------------------------------------------------------------------------
class PolicyApprovedAnswer(Body):
    readyCount = number("How many notifications no longer wait.")


class PolicyRevertedAnswer(Body):
    obsoleteCount = number("How many became obsolete.", required=False)
    deletedCount = number("With `firstVersion`: how many are gone.", required=False)


# --- definitions ---------------------------------------------------------------------------
class NewBusinessEventDefinitionShape(Sent):
    code = _definition_code()
    descr = _optional()


class BusinessEventDefinitionAnswer(Body):
    code = text()
    descr = text(required=False)
    creationDate = moment("Those that every client starts with have none.")
    links = EnrollmentLinkAnswer(many=True)


@extend_schema_serializer(many=False)
class BusinessEventDefinitionsAnswer(Body):
    items = BusinessEventDefinitionAnswer(many=True, help_text="By their codes.")


class NewNotificationDefinitionShape(Sent):
    """Who is told of which business events, and how."""

    code = _definition_code()
    descr = _optional()
    active = serializers.BooleanField(required=False, help_text="true where absent.")
    businessEventDefinitionCodes = _business_events(required=True)
    emitNotification = OneOf("EmitNotification", EmitNotification.values, required=False)
    endpointUrl = serializers.URLField(
        required=False, max_length=LONGEST_URL, help_text="Absent: the client's own."
    )
    httpMethod = OneOf("DeliveryMethod", HttpMethod.values, required=False)
    retrySchedule = _pauses()
    signingSecret = text(
        "`whsec_` and base64 of 24 to 64 bytes; absent: generated where there is an endpoint.",
        required=False,
    )


class NotificationDefinitionChangesShape(Sent):
    """What is to change; all else stays."""

    descr = _optional(_NULL)
    active = serializers.BooleanField(required=False, allow_null=True, help_text=_NULL)
    businessEventDefinitionCodes = _business_events(required=False)
    emitNotification = OneOf(
        "EmitNotification", EmitNotification.values, required=False, help_text=_NULL
    )
    endpointUrl = serializers.URLField(
        required=False, allow_null=True, max_length=LONGEST_URL, help_text=_NULL
    )
    httpMethod = OneOf("DeliveryMethod", HttpMethod.values, required=False, help_text=_NULL)
    retrySchedule = _pauses()
    signingSecret = serializers.CharField(
        required=False,
        allow_null=True,
        help_text="The one before signs for another 24 hours; null generates one where there is"
        " an endpoint.",
    )


class NotificationDefinitionAnswer(Body):
    code = text()
    descr = text(required=False)
    active = serializers.BooleanField()
    businessEventDefinitionCodes = serializers.ListField(child=serializers.CharField())
    emitNotification = OneOf("EmitNotification", EmitNotification.values)
    endpointUrl = text("Absent: the client's own.", required=False)
    httpMethod = OneOf("DeliveryMethod", HttpMethod.values)
    retrySchedule = serializers.ListField(child=serializers.IntegerField(), required=False)
    creationDate = moment(required=True)
    lastUpdatedDate = moment(required=True)
    links = EnrollmentLinkAnswer(many=True)


class DefinedNotificationAnswer(NotificationDefinitionAnswer):
    signingSecret = text("Only where it was generated just now; never again.", required=False)


@extend_schema_serializer(many=False)
class NotificationDefinitionsAnswer(Body):
    items = NotificationDefinitionAnswer(many=True, help_text="By their codes.")
