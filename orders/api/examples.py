"""Examples of the served schema: those of the contract (orders contract 4 and 5)."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_ID = "0c7f4d1e-52a4-4b0e-9c34-7f3b8f6f2a11"
_URL = f"http://127.0.0.1:8000/notifications/api/v1/orders/{_ID}"
_MEMBERS: dict[str, Any] = {
    "id": _ID,
    "creator": "ttd",
    "sendersReference": "case-2031/77",
    "requestedSendTime": "2031-03-04T08:15:00Z",
    "created": "2031-03-01T12:00:03.118204Z",
    "notificationChannel": "Email",
}
_TEMPLATE = {"subject": "To $recipientName$", "body": "About $recipientNumber$."}


def _request(name: str, value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, value, request_only=True)


def _answer(name: str, value: dict[str, Any], status: int = 200) -> OpenApiExample:
    return OpenApiExample(name, value, response_only=True, status_codes=[status])


def _summary(address: dict[str, str], result: str, description: str) -> dict[str, Any]:
    notification = {
        "id": "b3f0a4c8-9c8e-4a55-8f0e-2f9f9b1f6c1d",
        "succeeded": True,
        "recipient": {"organizationNumber": "310000043", **address},
        "sendStatus": {
            "status": result,
            "description": description,
            "lastUpdate": "2031-03-04T08:15:04.300000Z",
        },
    }
    return {
        "orderId": _ID,
        "sendersReference": "case-2031/77",
        "generated": 1,
        "succeeded": 1,
        "notifications": [notification],
    }


NEW_ORDER = _request(
    "SMS preferred",
    {
        "notificationChannel": "SmsPreferred",
        "sendersReference": "case-2031/78",
        "requestedSendTime": "2031-03-04T09:15:00+01:00",
        "resourceId": "urn:altinn:resource:ttd-yearly-report",
        "recipients": [
            {"organizationNumber": "310000043"},
            {"nationalIdentityNumber": "17858230187"},
        ],
        "emailTemplate": {
            "subject": "Report is due",
            "body": "<p>Hello $recipientName$</p>",
            "contentType": "Html",
        },
        "smsTemplate": {"senderNumber": "TTD", "body": "Hello $recipientName$, a report is due."},
    },
)
NEW_EMAIL_ORDER = _request(
    "To an organization",
    {
        "sendersReference": "case-2031/77",
        "requestedSendTime": "2031-03-04T08:15:00Z",
        "recipients": [{"organizationNumber": "310000043"}],
        **_TEMPLATE,
    },
)
NEW_SMS_ORDER = _request(
    "To a number",
    {
        "sendersReference": "case-2031/77",
        "requestedSendTime": "2031-03-04T08:15:00Z",
        "recipients": [{"mobileNumber": "+4799999999"}],
        "senderNumber": "TTD",
        "body": "A report is due.",
    },
)
RECEIPT = _answer(
    "One of two can be reached",
    {
        "orderId": "9f0c6a52-0d0e-4c6c-8a43-5d7a0c2f1b90",
        "recipientLookup": {
            "status": "PartialSuccess",
            "isReserved": ["17858230187"],
            "missingContact": [],
        },
    },
    status=202,
)
_ORDER = {
    **_MEMBERS,
    "recipients": [{"organizationNumber": "310000043"}],
    "emailTemplate": {"fromAddress": "noreply@altinn.no", **_TEMPLATE, "contentType": "Plain"},
    "links": {"self": _URL, "status": f"{_URL}/status"},
}
ORDER = _answer("An e-mail order", _ORDER)
ORDERS = _answer("One order", {"count": 1, "orders": [_ORDER]})
COMPLETED = _answer(
    "Sent",
    {
        **_MEMBERS,
        "processingStatus": {
            "status": "Completed",
            "description": "All notifications have been made.",
            "lastUpdate": "2031-03-04T08:15:02.500000Z",
        },
        "notificationsStatusSummary": {
            "email": {
                "links": {"self": f"{_URL}/notifications/email"},
                "generated": 1,
                "succeeded": 1,
            }
        },
    },
)
CANCELLED = _answer(
    "Cancelled",
    {
        **_MEMBERS,
        "processingStatus": {
            "status": "Cancelled",
            "description": "Stopped: the order was cancelled.",
            "lastUpdate": "2031-03-02T09:00:00.500000Z",
        },
    },
)
EMAIL_SUMMARY = _answer(
    "Delivered",
    _summary({"emailAddress": "post@firma.example"}, "Delivered", "The e-mail was delivered."),
)
SMS_SUMMARY = _answer(
    "Delivered", _summary({"mobileNumber": "+4799999999"}, "Delivered", "The SMS was delivered.")
)
