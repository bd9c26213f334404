"""The first letter: sent over REST with an attachment and a notification, read as its recipient,
its history shown.

The same one at each start, found again by its idempotency key.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from notifications_platform.runtime.demo import DemoStopped
from notifications_platform.runtime.output import Output
from notifications_platform.runtime.web_client import Answer, WebClient

BASE = "/correspondence/api/v1"
SENDER = "ttd"
RECIPIENT = "310131075"
WRITE, READ = "altinn:correspondence.write", "altinn:correspondence.read"
RESOURCE = "ttd-letters"
# Who calls, as manage.py makes a token for each.
SENDERS_TOKEN = ("token", "--client", SENDER, "--scope", WRITE)
RECIPIENTS_TOKEN = ("token", "--client", RECIPIENT, "--scope", READ)
_KEYS = uuid.UUID("3f1b7a52-6c0e-4f5e-9a57-2d1c8be0a111")
# Whoever deletes the letter finds its successor at the next start.
_MOST_SUCCESSORS = 50
_FILE = {"resourceId": RESOURCE, "fileName": "permit.txt", "sendersReference": "demo-permit"}
_BYTES = b"Permit no. 1: you may.\n"
# Sender, resource or recipient are not in the registers, or not as the demo has them.
_UNKNOWN_HERE = frozenset({1029, 1036, 4001, 4006, 4007, 4010})
_ORDER_WAITS = frozenset({"Registered", "Processing"})
_MAIL_WAITS = frozenset({"New", "Sending"})
_PAUSE = 0.2
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class LetterDemo:
    """`patience` in seconds per step that a worker takes."""

    web: WebClient
    output: Output
    patience: float = _PATIENCE
    wait: Callable[[float], object] = time.sleep

    def show(self, sender: str, recipient: str) -> str:
        """Send the letter or find that of an earlier start, have it read; its id.

        `sender` and `recipient` are tokens. Raises DemoStopped, OSError, ValueError or KeyError.
        """
        id = self._letter(sender)
        overview = self._until(sender, f"/correspondence/{id}", _is_published, "published")
        if overview["read"] is None:
            _expect(self._call("GET", f"/correspondence/{id}/content", recipient))
            self._download(id, recipient)
        details = self._until(sender, f"/correspondence/{id}/details", _is_told_of, "told of")
        told = " > ".join(entry["status"] for entry in details["statusHistory"])
        self.output.line(f"  letter {told}")
        for one in details["notifications"]:
            self.output.line(f"  {_notification(one)}")
        return id

    def _download(self, id: str, token: str) -> None:
        letter = _expect(self._call("GET", f"/correspondence/{id}", token)).json()
        for one in letter["content"]["attachments"]:
            path = f"/correspondence/{id}/attachment/{one['id']}/download"
            got = _expect(self._call("GET", path, token)).body
            self.output.line(f"  {one['fileName']}: {len(got)} bytes downloaded")

    def _letter(self, token: str) -> str:
        for number in range(1, _MOST_SUCCESSORS):
            body = demo_letter(number)
            id = self._sent_before(token, body["idempotentKey"])
            if id is None:
                return self._send_with_attachment(token, body)
            if self._call("GET", f"/correspondence/{id}", token).status != 404:
                self.output.line(f"  GET {BASE}/correspondence   200  letter {id}")
                return id
        raise DemoStopped("its letter has been deleted too often: step skipped")

    def _sent_before(self, token: str, key: str) -> str | None:
        query = urlencode({"resourceId": RESOURCE, "role": "Sender", "idempotentKey": key})
        ids: list[str] = _known(self._call("GET", f"/correspondence?{query}", token))["ids"]
        return ids[0] if ids else None

    def _send_with_attachment(self, token: str, body: dict[str, Any]) -> str:
        attachment = self._attachment(token)
        try:
            return self._send(token, body | {"existingAttachments": [attachment]})
        except DemoStopped:
            self._call("DELETE", f"/attachment/{attachment}", token)
            raise

    def _send(self, token: str, body: dict[str, Any]) -> str:
        (one,) = _known(self._call("POST", "/correspondence", token, body))["correspondences"]
        id = str(one["correspondenceId"])
        self.output.line(f"  POST {BASE}/correspondence   200  letter {id}")
        return id

    def _attachment(self, token: str) -> str:
        """The id of one that is clean."""
        id: str = _known(self._call("POST", "/attachment", token, _FILE))
        _expect(self._call("POST", f"/attachment/{id}/upload", token, _BYTES))
        self._until(token, f"/attachment/{id}", _is_clean, "free of malware")
        self.output.line(f"  POST {BASE}/attachment/{id}/upload   200  clean")
        return id

    def _until(self, token: str, path: str, done: Callable[[Any], bool], what: str) -> Any:
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            answer = _expect(self._call("GET", path, token)).json()
            if done(answer):
                return answer
            self.wait(_PAUSE)
        raise DemoStopped(f"it was not {what} within {self.patience:.0f} s")

    def _call(
        self, method: str, path: str, token: str, body: dict[str, Any] | bytes | None = None
    ) -> Answer:
        return self.web.request(method, BASE + path, body, token=token)


def demo_letter(number: int) -> dict[str, Any]:
    """A request to send the letter (correspondence contract 4.1); each number has its own key."""
    return {
        "correspondence": {
            "resourceId": RESOURCE,
            "sendersReference": f"demo-{number}",
            "content": {
                "language": "en",
                "messageTitle": "Decision on your permit",
                "messageSummary": "Your application has been granted.",
                "messageBody": "## Granted\n\nThe permit is valid from **1 May**.",
            },
            "notification": {
                "notificationTemplate": "GenericAltinnMessage",
                "notificationChannel": "Email",
            },
        },
        "recipients": [f"0192:{RECIPIENT}"],
        "idempotentKey": str(uuid.uuid5(_KEYS, str(number))),
    }


def _is_clean(attachment: dict[str, Any]) -> bool:
    if attachment["status"] == "Failed":
        raise DemoStopped(f"its attachment failed: {attachment['statusText']}")
    return bool(attachment["status"] == "Published")


def _is_published(overview: dict[str, Any]) -> bool:
    if overview["status"] == "Failed":
        raise DemoStopped(f"its letter failed: {overview['statusText']}")
    return overview["published"] is not None


def _is_told_of(details: dict[str, Any]) -> bool:
    """Whether its notification has left, or never will."""
    return all(
        one["processingStatus"]["status"] not in _ORDER_WAITS
        and all(each["sendStatus"]["status"] not in _MAIL_WAITS for each in _mails(one))
        for one in details["notifications"]
    )


def _notification(one: dict[str, Any]) -> str:
    results = [
        f"{each['sendStatus']['status']} to {each['recipient']['emailAddress']}"
        for each in _mails(one)
    ]
    return f"email  {', '.join(results) or one['processingStatus']['status']}"


def _mails(one: dict[str, Any]) -> list[dict[str, Any]]:
    return list((one["notificationStatusDetails"] or {}).get("emails", ()))


def _known(answer: Answer) -> Any:
    if answer.status in (400, 401, 403, 404) and answer.json().get("errorCode") in _UNKNOWN_HERE:
        raise DemoStopped(
            f"the resource {RESOURCE} of {SENDER}, or its recipient, is not in these registers: "
            "step skipped"
        )
    return _expect(answer).json()


def _expect(answer: Answer) -> Answer:
    if answer.status != 200:
        text = answer.body.decode(errors="replace")[:200]
        raise DemoStopped(f"the platform answered {answer.status} instead of 200: {text}")
    return answer
