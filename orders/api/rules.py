"""The rules a v1 order must keep, all checked and reported together (orders contract 5).

Keys are the contract's: member paths in PascalCase with indexes.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from notifications_platform.core.addresses import is_email_address, to_e164
from notifications_platform.http.refusals import ValidationProblem
from orders.states import NotificationChannel

PAST_ALLOWED = timedelta(minutes=5)
_HOST = re.compile(r"(?:[a-z0-9æøå](?:[a-z0-9æøå-]*[a-z0-9æøå])?\.)+[a-z]{2,}\.?", re.IGNORECASE)
_LINE_BREAK = re.compile(r"[\r\n]")
_UNFIT_FOR_URL = re.compile(r"[\x00-\x20\x7f\\]")

Errors = dict[str, list[str]]
Refuse = Callable[[str, str], None]


def refuse_if_any(errors: Errors) -> None:
    """Raises ValidationProblem."""
    if errors:
        raise ValidationProblem(errors)


def collector(errors: Errors) -> Refuse:
    def refuse(key: str, message: str) -> None:
        errors.setdefault(key, []).append(message)

    return refuse


def check_common(order: Mapping[str, Any], refuse: Refuse, *, now: datetime) -> None:
    send_time = order.get("requestedSendTime")
    if send_time and not send_time.tzinfo:
        refuse("RequestedSendTime", "The time must have Z or an offset from UTC.")
    elif send_time and send_time.astimezone(UTC) < now - PAST_ALLOWED:
        refuse("RequestedSendTime", "The time must not lie in the past.")
    action = order.get("resourceAction")
    if action is not None and not order.get("resourceId"):
        refuse("ResourceAction", "An action needs a resourceId.")
    elif action is not None and not action.strip():
        refuse("ResourceAction", "The action must not be blank.")
    endpoint = order.get("conditionEndpoint")
    if endpoint is not None and not is_public_url(endpoint):
        refuse(
            "ConditionEndpoint",
            "An absolute http or https address is needed, with a full host name.",
        )


def check_recipients(
    recipients: Sequence[Mapping[str, str]] | None, channel: NotificationChannel, refuse: Refuse
) -> None:
    if not recipients:
        refuse("Recipients", "At least one recipient is needed.")
        return
    for index, recipient in enumerate(recipients):
        _check_recipient(recipient, f"Recipients[{index}]", channel, refuse)


def _check_recipient(
    recipient: Mapping[str, str], key: str, channel: NotificationChannel, refuse: Refuse
) -> None:
    email, mobile = recipient.get("emailAddress"), recipient.get("mobileNumber")
    person = recipient.get("nationalIdentityNumber")
    organization = recipient.get("organizationNumber")
    direct = (channel.can_email and email) or (channel.can_sms and mobile)
    if not (direct or person or organization):
        refuse(key, _needed(channel))
    if person and (email or mobile or organization):
        refuse(key, "A nationalIdentityNumber must stand alone.")
    if organization and (email or mobile or person):
        refuse(key, "An organizationNumber must stand alone.")
    if email and not is_email_address(email):
        refuse(f"{key}.EmailAddress", "This is no valid e-mail address.")
    if mobile and channel.can_sms and not to_e164(mobile):
        refuse(
            f"{key}.MobileNumber",
            "A valid number with its country is needed, such as +47 and eight digits.",
        )
    if person and not is_digits(person, 11):
        refuse(f"{key}.NationalIdentityNumber", "Exactly 11 digits are needed.")
    if organization and not is_digits(organization, 9):
        refuse(f"{key}.OrganizationNumber", "Exactly 9 digits are needed.")


def check_template(
    template: Mapping[str, Any] | None, key: str, refuse: Refuse, *, required: bool
) -> None:
    """`key` is EmailTemplate or SmsTemplate."""
    if template is None:
        if required:
            refuse(key, "The channel needs this template.")
        return
    texts = ("subject", "body") if key == "EmailTemplate" else ("body",)
    for name in texts:
        check_text(template.get(name), f"{key}.{_pascal(name)}", refuse)
    for name in ("fromAddress", "senderNumber"):
        check_sender(template.get(name), f"{key}.{_pascal(name)}", refuse)


def check_text(text: str | None, key: str, refuse: Refuse) -> None:
    if not text or not text.strip():
        refuse(key, "A text is needed here; it must not be blank.")


def check_sender(sender: str | None, key: str, refuse: Refuse) -> None:
    if sender and _LINE_BREAK.search(sender):
        refuse(key, "A sender must be a single line.")


def is_digits(text: str, count: int) -> bool:
    return len(text) == count and text.isascii() and text.isdigit()


def is_public_url(text: str) -> bool:
    """An absolute http(s) address whose host is a full name: no localhost, no bare IP."""
    if _UNFIT_FOR_URL.search(text):
        return False
    try:
        url = urlsplit(text)
        host = url.hostname or ""
        _ = url.port
    except ValueError:
        return False
    return url.scheme.lower() in {"http", "https"} and bool(_HOST.fullmatch(host))


def _needed(channel: NotificationChannel) -> str:
    kinds = [
        *(["emailAddress"] if channel.can_email else []),
        *(["mobileNumber"] if channel.can_sms else []),
    ]
    return f"One of {', '.join(kinds)}, organizationNumber or nationalIdentityNumber is needed."


def _pascal(name: str) -> str:
    return name[0].upper() + name[1:]
