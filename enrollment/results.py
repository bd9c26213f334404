"""Result messages: codes, severities and statuses (enrollment contract 1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from notifications_platform.core.errors import DomainError


class Code(StrEnum):
    UNKNOWN = "POL-IP-ENEN-001"
    NOT_FAILED = "POL-IP-ENEN-002"
    NOTHING_SELECTED = "GEN-IP-001"
    TOO_MANY = "GEN-IP-002"
    IDS_NOT_USED = "GEN-IP-003"
    CODE_EXISTS = "GEN-IP-004"
    NO_POLICY_CODE = "POL-IP-POEE-001"
    NO_PERSON_CODE = "POL-IP-POEE-002"
    UNKNOWN_BUSINESS_EVENT = "POL-IP-POEE-003"


@dataclass(frozen=True, slots=True)
class ResultMessage:
    """`notification_id` is as the caller sent it, be it empty, where one notification is meant."""

    code: Code
    message: str
    notification_id: str | None = None

    @property
    def severity(self) -> str:
        return "Informative" if self.code is Code.IDS_NOT_USED else "Fatal"

    def as_json(self) -> dict[str, str]:
        body = {"code": self.code.value, "severity": self.severity, "message": self.message}
        if self.notification_id is None:
            return body
        return body | {"notificationId": self.notification_id}


def result(messages: Sequence[ResultMessage] = (), *, succeeded: bool) -> dict[str, Any]:
    """The element `resultMessages`."""
    return {
        "result": "S" if succeeded else "F",
        "resultMessage": [message.as_json() for message in messages],
    }


class Refused(DomainError):
    """Understood, but against the rules `messages` name; nothing was changed. `status` is 422,
    or 404 where the URL names what is unknown.
    """

    code = "enrollment"

    def __init__(self, *messages: ResultMessage, status: int = 422) -> None:
        super().__init__(messages[0].message)
        self.messages = messages
        self.status = status


def unknown(notification_id: str) -> ResultMessage:
    return ResultMessage(
        Code.UNKNOWN, f"Notification ID {notification_id} is unknown", notification_id
    )


def not_failed(notification_id: str) -> ResultMessage:
    return ResultMessage(
        Code.NOT_FAILED,
        f"Notification {notification_id}: only non-obsolete notifications in status 'Failed' "
        "can be cancelled or resent.",
        notification_id,
    )
