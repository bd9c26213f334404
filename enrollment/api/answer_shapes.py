"""Bodies of the answers, for the served schema (enrollment contract 1, 2, 5, 7); presenting.py
makes them. What has no value is left out, never null.
"""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from enrollment.results import Code
from enrollment.states import (
    Action,
    BulkState,
    EmitNotification,
    Kind,
    Source,
    Status,
)
from notifications_platform.http.schema import OneOf

Answer = serializers.Serializer[Any]


def text(help_text: str = "", *, required: bool = True) -> serializers.CharField:
    return serializers.CharField(help_text=help_text or None, required=required)


def number(help_text: str = "", *, required: bool = True) -> serializers.IntegerField:
    return serializers.IntegerField(help_text=help_text or None, required=required)


class DateTimeValueAnswer(Answer):
    """A moment."""

    value = serializers.DateTimeField(help_text="UTC, with milliseconds.")


def moment(help_text: str = "", *, required: bool = False) -> DateTimeValueAnswer:
    return DateTimeValueAnswer(help_text=help_text or None, required=required)


# --- result messages -----------------------------------------------------------------------
class ResultMessageAnswer(Answer):
    code = OneOf("ResultMessageCode", [code.value for code in Code])
    severity = OneOf("ResultMessageSeverity", ["Fatal", "Informative"])
    message = text()
    notificationId = text("As it was sent, where one notification is meant.", required=False)


class ResultMessageListAnswer(Answer):
    result = OneOf("ResultMessagesResult", ["S", "F"])
    resultMessage = ResultMessageAnswer(many=True)


class ResultMessagesAnswer(Answer):
    """What came of it: `S` success, `F` failure."""

    resultMessages = ResultMessageListAnswer()


# --- notifications -------------------------------------------------------------------------
class EnrollmentLinkAnswer(Answer):
    href = serializers.URLField()
    rel = text()
    httpMethod = text("On operations only.", required=False)


class FoundNotificationAnswer(Answer):
    """An enrollment event notification, as searches show it."""

    id = number()
    notificationDefinitionCode = text()
    businessEventDefinitionCode = text()
    policyCode = text()
    policyGid = text()
    personCode = text()
    policyEnrollmentEventId = number("The event it came from.")
    emitNotification = OneOf("EmitNotification", EmitNotification.values)
    status = OneOf("EnrollmentStatus", Status.values)
    obsolete = serializers.BooleanField()
    supersededById = number("The newer one that made it obsolete.", required=False)
    attemptCount = number("Over all delivery cycles.")
    nextAttemptDate = moment("While a retry is pending.")
    lastResponseStatus = number("Of the latest attempt that got an answer.", required=False)
    lastErrorText = text("Of the latest attempt.", required=False)
    creationDate = moment(required=True)
    lastUpdatedDate = moment(required=True)
    sentDate = moment()
    failedDate = moment()
    cancelledDate = moment()
    cancelledBy = text("Client id or user name.", required=False)
    links = EnrollmentLinkAnswer(
        many=True, help_text="An operation's link is there if it is open to the caller now."
    )


class EnrollmentEventNotificationAnswer(FoundNotificationAnswer):
    """An enrollment event notification."""

    payload = serializers.DictField(
        required=False, help_text="The `data` object that is sent out, as long as it is kept."
    )


@extend_schema_serializer(many=False)
class NotificationPageAnswer(Answer):
    items = FoundNotificationAnswer(many=True)
    offset = number()
    limit = number("In force.")
    count = number("Of the items on this page.")
    hasMore = serializers.BooleanField()
    totalResults = number("Only if it was asked for.", required=False)
    links = EnrollmentLinkAnswer(many=True)


class HistoryEntryAnswer(Answer):
    action = OneOf("EnrollmentAction", Action.values)
    fromStatus = OneOf("EnrollmentStatus", Status.values, required=False)
    toStatus = OneOf("EnrollmentStatus", Status.values)
    actor = text()
    source = OneOf("EnrollmentSource", Source.values)  # type: ignore[assignment]  # the wire's name
    date = moment(required=True)
    reason = text(required=False)
    bulkOperationId = text(required=False)
    httpStatus = number(required=False)


class NotificationHistoryAnswer(Answer):
    items = HistoryEntryAnswer(many=True, help_text="Oldest first.")


class DeliveryAttemptAnswer(Answer):
    cycle = number("1 is the first delivery; each resend starts another.")
    attempt = number("Within its cycle.")
    date = moment(required=True)
    result = OneOf("DeliveryResult", ["sent", "transient", "permanent", "not_tried", "unknown"])
    answer = text("`HTTP` and the status, or why there was none.", required=False)
    durationMs = number(required=False)


class DeliveryAttemptsAnswer(Answer):
    items = DeliveryAttemptAnswer(many=True, help_text="Oldest first, over all cycles.")


class CollectionAnswer(Answer):
    name = text()
    links = EnrollmentLinkAnswer(many=True)


@extend_schema_serializer(many=False)
class CollectionsAnswer(Answer):
    items = CollectionAnswer(many=True)


# --- cancel and resend ---------------------------------------------------------------------
class ChangedNotificationAnswer(Answer):
    notificationId = text()
    status = OneOf("EnrollmentStatus", Status.values)


class ManyAnswer(ResultMessagesAnswer):
    enrollmentEventNotificationList = ChangedNotificationAnswer(
        many=True, required=False, help_text="Of an id list."
    )
    bulkOperationId = text("With the flag.", required=False)
    matchedCount = number("Of a dry run.", required=False)
    dryRun = serializers.BooleanField(required=False)


class CancelledNotificationsAnswer(ManyAnswer):
    """What was cancelled."""

    cancelledCount = number(required=False)


class ResentNotificationsAnswer(ManyAnswer):
    """What will be sent again."""

    resentCount = number(required=False)


class BulkOperationAnswer(Answer):
    id = serializers.UUIDField()
    kind = OneOf("BulkOperationKind", Kind.values)
    state = OneOf("BulkOperationState", BulkState.values)
    cancelledCount = number(required=False)
    resentCount = number(required=False)
    actor = text()
    source = OneOf("EnrollmentSource", Source.values)  # type: ignore[assignment]
    q = text(required=False)
    reason = text(required=False)
    startDate = moment(required=True)
    endDate = moment()
    links = EnrollmentLinkAnswer(many=True)
