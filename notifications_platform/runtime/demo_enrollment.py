"""The first webhooks: an enrollment event told to a receiver that checks the signature, and one
that a receiver refuses, left for the back office to cancel or resend.

New ones at each start; the older ones of the same member are obsolete then.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from notifications_platform.runtime.demo import DemoStopped
from notifications_platform.runtime.output import Output
from notifications_platform.runtime.web_client import Answer, WebClient

BASE = "/enrollment/api"
CLIENT = "ohi"
# Who calls, as manage.py makes a token.
CLIENTS_TOKEN = ("token", "--kind", "oauth", "--client", CLIENT, "--scope", "ohi:enrollment.all")
# The sandbox's receivers check signatures by it. It is in the documentation, and protects nothing.
SECRET = "whsec_dGhlIHNhbmRib3gncyBvd24gd2ViaG9vayBzZWNyZXQ="  # noqa: S105
RECEIVERS = "/sandbox/api/v1/webhooks"
TAKING, REFUSING = "demo", "refuse"
POLICY = "DEMO-1"
_TOLD, _REFUSED = "DEMO_JOINED", "DEMO_LEFT"
_DEFINITIONS = f"{BASE}/generic/notificationdefinitions"
_NOTIFICATIONS = f"{BASE}/generic/enrollmenteventnotifications"
_ENDED = frozenset({"Sent", "Failed"})
_PAUSE = 0.2
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class EnrollmentDemo:
    """`patience` in seconds."""

    web: WebClient
    output: Output
    public_url: str
    patience: float = _PATIENCE
    wait: Callable[[float], object] = time.sleep

    def show(self, token: str) -> int:
        """The id of the notification that failed.

        Raises DemoStopped, OSError, ValueError or KeyError.
        """
        self._define(token, _TOLD, "MEMBER_ENROLLED", TAKING)
        self._define(token, _REFUSED, "MEMBER_TERMINATED", REFUSING)
        before = self._newest(token, _TOLD), self._newest(token, _REFUSED)
        query = urlencode({"policyCode": POLICY})
        self._call(token, "POST", f"{BASE}/policyenrollmentevents?{query}", _EVENTS, expect=(201,))
        self.output.line(f"  POST {BASE}/policyenrollmentevents   201")
        told = self._ended(token, _TOLD, before[0])
        failed = self._ended(token, _REFUSED, before[1])
        self._show_told(told)
        why = failed.get("lastErrorText", "")
        self.output.line(f"  notification {failed['id']} {failed['status']}: {why}")
        return int(failed["id"])

    def _define(self, token: str, code: str, event: str, receiver: str) -> None:
        says = {
            "businessEventDefinitionCodes": [event],
            "endpointUrl": f"{self.public_url}{RECEIVERS}/{receiver}",
            "retrySchedule": [],
            "signingSecret": SECRET,
        }
        new = self._call(token, "POST", _DEFINITIONS, {"code": code, **says}, expect=(201, 422))
        if new.status == 422:  # of an earlier start, perhaps at another address
            self._call(token, "PATCH", f"{_DEFINITIONS}/key/{code}", says)

    def _newest(self, token: str, code: str) -> dict[str, Any]:
        query = urlencode(
            {
                "q": f"notificationDefinitionCode.eq('{code}')",
                "orderBy": "id:desc",
                "limit": 1,
            }
        )
        items = self._call(token, "GET", f"{_NOTIFICATIONS}?{query}").json()["items"]
        return dict(items[0]) if items else {"id": 0}

    def _ended(self, token: str, code: str, before: Mapping[str, Any]) -> dict[str, Any]:
        """The one that came after `before`, once it has been tried."""
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            newest = self._newest(token, code)
            if newest["id"] > before["id"] and newest["status"] in _ENDED:
                return newest
            self.wait(_PAUSE)
        raise DemoStopped(f"no webhook came to an end within {self.patience:.0f} s")

    def _show_told(self, told: Mapping[str, Any]) -> None:
        webhook_id = f"een_{told['id']}"
        taken = self.web.request("GET", f"{RECEIVERS}/{TAKING}").json()
        if told["status"] != "Sent" or webhook_id not in {one["webhookId"] for one in taken}:
            raise DemoStopped(f"notification {told['id']} is {told['status']}, and did not arrive")
        self.output.line(f"  webhook {webhook_id} taken, its signature is good")

    def _call(
        self,
        token: str,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        expect: tuple[int, ...] = (200,),
    ) -> Answer:
        answer = self.web.request(method, path, body, token=token)
        if answer.status not in expect:
            text = answer.body.decode(errors="replace")[:200]
            raise DemoStopped(f"the platform answered {answer.status} to {method} {path}: {text}")
        return answer


_EVENTS = {
    "policyEnrollmentEventList": [
        {
            "personCode": "DEMO-MEMBER",
            "businessEventDefinitionCode": event,
            "descr": descr,
            "value0": "PLAN-A",
        }
        for event, descr in (
            ("MEMBER_ENROLLED", "joined plan A"),
            ("MEMBER_TERMINATED", "left plan A"),
        )
    ]
}
