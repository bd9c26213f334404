"""What the start refuses: settings with which messages of cases could never leave."""

from typing import Any

from django.core.checks import CheckMessage, Error

from cases.states import Sendevindu
from cases.varsler.windows import window


def check_sms_hours(**_: Any) -> list[CheckMessage]:
    """One error per send window that CASES_SMS_HOURS leaves nothing of."""
    found: list[CheckMessage] = []
    for sendevindu in Sendevindu:
        try:
            window(sendevindu, by_sms=True)
        except ValueError as error:
            text = f"CASES_SMS_HOURS leaves no time for SMS with {sendevindu}: {error}."
            found.append(Error(text, id="cases.E001"))
    return found
