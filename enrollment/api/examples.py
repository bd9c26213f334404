"""Examples of the served schema."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_ROOT = "http://127.0.0.1:8000/enrollment/api"
_ID = 42
_OPERATION = f"{_ROOT}/enrollmenteventnotifications/{_ID}"


def _moment(time: str) -> dict[str, str]:
    return {"value": f"2025-03-01T{time}Z"}


def _operation(name: str) -> dict[str, str]:
    return {
        "href": f"{_OPERATION}/{name}",
        "rel": f"enrollmenteventnotification:{name}",
        "httpMethod": "PUT",
    }


_FOUND: dict[str, Any] = {
    "id": _ID,
    "notificationDefinitionCode": "ENROLLED",
    "businessEventDefinitionCode": "MEMBER_ENROLLED",
    "policyCode": "POL-1",
    "policyGid": "G-1",
    "personCode": "P-1",
    "policyEnrollmentEventId": 17,
    "emitNotification": "POST_APPROVAL",
    "status": "Failed",
    "obsolete": False,
    "attemptCount": 10,
    "lastResponseStatus": 503,
    "lastErrorText": "HTTP 503",
    "creationDate": _moment("09:30:00.123"),
    "lastUpdatedDate": _moment("11:02:17.004"),
    "failedDate": _moment("11:02:17.004"),
    "links": [
        {"href": f"{_ROOT}/generic/enrollmenteventnotifications/{_ID}", "rel": "self"},
        _operation("cancel"),
        _operation("resend"),
    ],
}
_PAYLOAD = {
    "notificationId": str(_ID),
    "notificationDefinitionCode": "ENROLLED",
    "businessEventDefinitionCode": "MEMBER_ENROLLED",
    "policyCode": "POL-1",
    "policyGid": "G-1",
    "personCode": "P-1",
    "policyEnrollmentEventId": 17,
    "descr": "joined plan A",
    "value0": "PLAN-A",
}


def sent(name: str, value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, value, request_only=True)


def answered(name: str, value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, value, response_only=True)


NOTIFICATION = answered("One that failed", _FOUND | {"payload": _PAYLOAD})
PAGE = answered(
    "The only page",
    {
        "items": [_FOUND],
        "offset": 0,
        "limit": 50,
        "count": 1,
        "hasMore": False,
        "links": [
            {
                "href": f"{_ROOT}/generic/enrollmenteventnotifications?q=status.eq%28%27Failed%27"
                "%29&offset=0&limit=50",
                "rel": "self",
            }
        ],
    },
)
SEARCH = sent(
    "All that failed often",
    {
        "resource": {
            "q": "status.eq('Failed').and.attemptCount.gte(3)",
            "orderBy": "failedDate:desc",
            "limit": 100,
            "totalResults": True,
        }
    },
)
HISTORY = answered(
    "From the event to the first attempt",
    {
        "items": [
            {
                "action": "created",
                "toStatus": "Ready",
                "actor": "payer-a",
                "source": "api",
                "date": _moment("09:30:00.123"),
            },
            {
                "action": "claimed",
                "fromStatus": "Ready",
                "toStatus": "In process",
                "actor": "worker",
                "source": "worker",
                "date": _moment("09:30:00.481"),
            },
        ]
    },
)
ATTEMPTS = answered(
    "One that failed",
    {
        "items": [
            {
                "cycle": 1,
                "attempt": 1,
                "date": _moment("09:30:00.481"),
                "result": "transient",
                "answer": "HTTP 503",
                "durationMs": 12,
            }
        ]
    },
)
SELECTIONS = {
    "cancelNotifications": [
        sent(
            "Just these",
            {
                "enrollmentEventNotificationList": [
                    {"notificationId": "101"},
                    {"notificationId": 102},
                ],
                "reason": "the receiver is gone",
            },
        ),
        sent("All that failed", {"cancelAllFailedNotifications": True}),
    ],
    "resendNotifications": [
        sent(
            "All that failed since the receiver broke, counted first",
            {
                "sendAllFailedNotifications": True,
                "q": "failedDate.gte('2025-03-01T02:00:00Z')",
                "dryRun": True,
            },
        )
    ],
}
