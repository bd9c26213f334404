"""The first order: placed over REST, sent by the real workers, shown as it arrived.

Plain HTTP like any client's; nothing here knows the platform's inside.
"""

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from notifications_platform.core.windows import Window
from notifications_platform.runtime.output import Output
from notifications_platform.runtime.web_client import Answer, WebClient

EMAIL = "welcome@demo.example"
MOBILE = "+4740000100"
CLOCK = "/sandbox/api/v1/clock"
_PAUSE = 0.2
_PATIENCE = 30.0


class DemoStopped(Exception):
    """The demo cannot go on; its text says why. The platform runs all the same."""


@dataclass(frozen=True, slots=True)
class Demo:
    """`sms_hours` as the setting ORDERS_SMS_HOURS has them; `patience` in seconds per message."""

    web: WebClient
    output: Output
    sms_hours: Window
    patience: float = _PATIENCE

    def show(self, token: str) -> None:
        """Place one order for an e-mail and an SMS and show both delivered.

        Raises DemoStopped, OSError or ValueError.
        """
        mark = secrets.token_hex(3).upper()
        self._place(token, mark)
        self._show_delivery("email", EMAIL, mark)
        opening = opening_to_wait_for(self._now(), self.sms_hours)
        if opening is None:
            self._show_delivery("sms", MOBILE, mark)
        else:
            self._show_at(opening, mark)

    def _place(self, token: str, mark: str) -> None:
        answer = self.web.request(
            "POST", "/notifications/api/v1/orders", demo_order(mark), token=token
        )
        if answer.status in (401, 403):
            raise DemoStopped("the service owner ttd is not in these registers: step skipped")
        order_id = expect(answer, 202)["orderId"]
        self.output.line(f"  POST /notifications/api/v1/orders   202  order {order_id}")

    def _show_at(self, opening: datetime, mark: str) -> None:
        """Move the clock to the next opening, for this SMS only."""
        self.output.line(
            f"  The SMS window is closed (open {self.sms_hours} o'clock in Oslo): "
            f"the sandbox clock moves to {opening:%Y-%m-%d %H:%M:%SZ}."
        )
        try:
            expect(self.web.request("POST", CLOCK, {"now": _wire(opening)}), 200)
            self._show_delivery("sms", MOBILE, mark)
        finally:
            expect(self.web.request("POST", CLOCK, {"reset": True}), 200)
            self.output.line("  The sandbox clock shows the real time again.")

    def _show_delivery(self, channel: str, to: str, mark: str) -> None:
        began = time.monotonic()
        message = self._arrived(channel, to, mark)
        took = time.monotonic() - began
        text = message.get("subject") or message.get("body") or ""
        self.output.line(f"  {channel:<5} delivered to {to:<22} {text!r} ({took:.1f} s)")

    def _arrived(self, channel: str, to: str, mark: str) -> dict[str, Any]:
        path = f"/sandbox/api/v1/outbox?{urlencode({'channel': channel, 'to': to})}"
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            for message in expect(self.web.request("GET", path), 200):
                if mark in f"{message.get('subject')} {message.get('body')}":
                    return dict(message)
            time.sleep(_PAUSE)
        raise DemoStopped(f"no {channel} for {to} arrived within {self.patience:.0f} s")

    def _now(self) -> datetime:
        now = datetime.fromisoformat(expect(self.web.request("GET", CLOCK), 200)["now"])
        return now.astimezone(UTC)


def demo_order(mark: str) -> dict[str, Any]:
    """An order (orders contract 5) whose texts carry `mark`, to know them by in the outbox."""
    return {
        "sendersReference": f"demo-{mark}",
        "notificationChannel": "EmailAndSms",
        "recipients": [{"emailAddress": EMAIL, "mobileNumber": MOBILE}],
        "emailTemplate": {
            "subject": f"Welcome to notifications-platform ({mark})",
            "body": "This e-mail left over SMTP and was received by the sandbox's own sink.",
        },
        "smsTemplate": {"body": f"Welcome to notifications-platform ({mark})"},
    }


def opening_to_wait_for(now: datetime, hours: Window) -> datetime | None:
    """When SMS may leave next, a whole second inside the window; None when they may now.

    `now` and the answer are UTC (orders contract 8).
    """
    if hours.is_open(now):
        return None
    return hours.next_opening(now).replace(microsecond=0) + timedelta(seconds=1)


def _wire(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def expect(answer: Answer, status: int) -> Any:
    """What it says. Raises DemoStopped for another status, ValueError for no JSON."""
    if answer.status != status:
        text = answer.body.decode(errors="replace")[:200]
        raise DemoStopped(f"the platform answered {answer.status} instead of {status}: {text}")
    return answer.json()
