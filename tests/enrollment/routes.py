"""Every route of enrollment, with the grant that it needs (contract 4, 8)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from enrollment.grants import Grant

NOBODYS_ID = 999_999_999
_NOTIFICATION = f"enrollmenteventnotifications/{NOBODYS_ID}"
_BULK = UUID(int=1)


@dataclass(frozen=True, slots=True)
class Route:
    """`status` is what a sound call gets of a client that has nothing yet."""

    method: str
    path: str
    grant: Grant
    status: int
    body: Any = None
    # Whether it can do without one.
    needs_body: bool = False

    @property
    def reads(self) -> bool:
        return self.method == "GET"


_DEFINITION = {
    "code": "ENROLLED",
    "businessEventDefinitionCodes": ["MEMBER_ENROLLED"],
    "endpointUrl": "http://127.0.0.1:9/hook",
}
_EVENT = {"policyEnrollmentEventList": [{"personCode": "P-1"}]}
_CANCEL = {"cancelAllFailedNotifications": True}
_RESEND = {"sendAllFailedNotifications": True}

ROUTES = [
    Route("PUT", f"{_NOTIFICATION}/cancel", Grant.CANCEL, 404, {"reason": "x"}),
    Route("PUT", "enrollmenteventnotifications/cancel", Grant.CANCEL, 200, _CANCEL, True),
    Route("PUT", f"{_NOTIFICATION}/resend", Grant.RESEND, 404, {}),
    Route("PUT", "enrollmenteventnotifications/resend", Grant.RESEND, 202, _RESEND, True),
    Route("GET", "generic", Grant.READ, 200),
    Route("GET", "generic/enrollmenteventnotifications", Grant.READ, 200),
    Route("POST", "generic/enrollmenteventnotifications/search", Grant.READ, 200, {}, True),
    Route("GET", f"generic/{_NOTIFICATION}", Grant.READ, 404),
    Route("GET", f"generic/{_NOTIFICATION}/history", Grant.READ, 404),
    Route("GET", f"generic/{_NOTIFICATION}/attempts", Grant.READ, 404),
    Route("GET", f"bulkoperations/{_BULK}", Grant.READ, 404),
    Route("POST", "policyenrollmentevents?policyCode=P", Grant.EVENTS, 201, _EVENT, True),
    Route("POST", "policies/nobodys/approve", Grant.POLICIES, 404, {}),
    Route("POST", "policies/nobodys/revert", Grant.POLICIES, 404, {}),
    Route("GET", "generic/businesseventdefinitions", Grant.DEFINITIONS, 200),
    Route(
        "POST", "generic/businesseventdefinitions", Grant.DEFINITIONS, 201, {"code": "MOVED"}, True
    ),
    Route("GET", "generic/businesseventdefinitions/key/NOBODYS", Grant.DEFINITIONS, 404),
    Route("GET", "generic/notificationdefinitions", Grant.DEFINITIONS, 200),
    Route("POST", "generic/notificationdefinitions", Grant.DEFINITIONS, 201, _DEFINITION, True),
    Route("GET", "generic/notificationdefinitions/key/NOBODYS", Grant.DEFINITIONS, 404),
    Route("PATCH", "generic/notificationdefinitions/key/NOBODYS", Grant.DEFINITIONS, 404, {}, True),
]
