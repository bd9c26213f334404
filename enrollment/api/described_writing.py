"""What the served schema says of the routes of events, policies and definitions."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from enrollment.api import answer_shapes as answers
from enrollment.api import writing_shapes as shapes
from enrollment.api.described import row

_BODY = (400, 413, 415)
_GID = OpenApiParameter(
    "gid", OpenApiTypes.STR, OpenApiParameter.PATH, description="The policy's global identifier."
)
_CODE = OpenApiParameter(
    "code", OpenApiTypes.STR, OpenApiParameter.PATH, description="The definition's code."
)
_LOCATION = OpenApiParameter(
    "Location",
    OpenApiTypes.URI,
    OpenApiParameter.HEADER,
    response=[201],
    required=True,
    description="The definition's own address.",
)
_EXISTS = "`GEN-IP-004`: there is one with this code."
_UNKNOWN = "`POL-IP-POEE-003`: a business event definition is unknown, or none is named."
_EVENT = {
    "personCode": "P-1",
    "descr": "joined plan A",
    "businessEventDefinitionCode": "MEMBER_ENROLLED",
    "effectiveDate": "2025-03-01",
    "eventReference": "src-881",
    "value0": "PLAN-A",
}
_EVENTS = {"policyGid": "G-1", "policyApproved": True, "policyEnrollmentEventList": [_EVENT]}
_DEFINITION = {
    "code": "ENROLLED",
    "businessEventDefinitionCodes": ["MEMBER_ENROLLED"],
    "emitNotification": "PRE_APPROVAL",
    "endpointUrl": "https://receiver.example/enrollment",
    "retrySchedule": [5, 300, 1800],
}

tell_of_events = row(
    "tellOfPolicyEnrollmentEvents",
    "Tell of enrollment events",
    OpenApiResponse(answers.ResultMessagesAnswer, "Stored; callers find what it made by search."),
    status=201,
    description="In the context of one policy, all or nothing. Each event becomes a notification"
    " of every active definition that asks for its business event. A newer notification of the"
    " same policy, member and definition makes older ones obsolete; within a request the order of"
    " the list decides. An `eventReference` that the policy knows already creates nothing.",
    request=shapes.PolicyEnrollmentEventsShape,
    parameters=[
        OpenApiParameter(
            "policyCode", OpenApiTypes.STR, required=True, description="The policy; not blank."
        )
    ],
    refusals=_BODY,
    coded={
        422: "`POL-IP-POEE-001`, `-002`, `-003`: the policy code or a person code is missing, or a"
        " business event definition is unknown; each event is named. `GEN-IP-002`: too many."
    },
    sent=[OpenApiExample("A new member", _EVENTS, request_only=True)],
)
approve_policy = row(
    "approvePolicy",
    "Approve a policy",
    OpenApiResponse(shapes.PolicyApprovedAnswer, "It counts as approved."),
    description="What waited for it is delivered.",
    parameters=[_GID],
    refusals=[400, 404, 415],
)
revert_policy = row(
    "revertPolicy",
    "Revert a policy",
    OpenApiResponse(shapes.PolicyRevertedAnswer, "Reverted."),
    description="To its previous version: what has not begun to be delivered becomes obsolete. Of"
    " its first version nothing is left: its notifications are deleted.",
    parameters=[
        _GID,
        OpenApiParameter("firstVersion", OpenApiTypes.BOOL, description="false where absent."),
    ],
    refusals=[400, 404, 415],
)
define_business_event = row(
    "defineBusinessEvent",
    "Define a business event",
    OpenApiResponse(shapes.BusinessEventDefinitionAnswer, "Defined."),
    status=201,
    request=shapes.NewBusinessEventDefinitionShape,
    parameters=[_LOCATION],
    refusals=_BODY,
    coded={422: _EXISTS},
)
list_business_events = row(
    "listBusinessEventDefinitions",
    "List the business events",
    OpenApiResponse(
        shapes.BusinessEventDefinitionsAnswer, "The caller's, and those that all start with."
    ),
)
get_business_event = row(
    "getBusinessEventDefinition",
    "Get a business event",
    OpenApiResponse(shapes.BusinessEventDefinitionAnswer, "The definition."),
    parameters=[_CODE],
    refusals=[404],
)
define_notification = row(
    "defineNotification",
    "Define a notification",
    OpenApiResponse(shapes.DefinedNotificationAnswer, "Defined."),
    status=201,
    description="Which business events become notifications, and how those are delivered. A secret"
    " that was generated is shown in this answer only.",
    request=shapes.NewNotificationDefinitionShape,
    parameters=[_LOCATION],
    refusals=_BODY,
    coded={422: f"{_EXISTS} {_UNKNOWN}"},
    sent=[OpenApiExample("To an endpoint of its own", _DEFINITION, request_only=True)],
)
list_definitions = row(
    "listNotificationDefinitions",
    "List the notification definitions",
    OpenApiResponse(shapes.NotificationDefinitionsAnswer, "The caller's own."),
)
get_definition = row(
    "getNotificationDefinition",
    "Get a notification definition",
    OpenApiResponse(shapes.NotificationDefinitionAnswer, "Without its secret."),
    parameters=[_CODE],
    refusals=[404],
)
change_definition = row(
    "changeNotificationDefinition",
    "Change a notification definition",
    OpenApiResponse(shapes.DefinedNotificationAnswer, "As it is now."),
    description="All but the code. An attempt uses what is in force at its time, so a repaired"
    " address helps what waits for a retry.",
    request=shapes.NotificationDefinitionChangesShape,
    parameters=[_CODE],
    refusals=[*_BODY, 404],
    coded={422: _UNKNOWN},
)
