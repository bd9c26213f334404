"""The bodies that define business events and notifications (enrollment contract 4.6)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from enrollment.requests.parts import Part, reading
from enrollment.states import EmitNotification, HttpMethod
from notifications_platform.http.outbound import can_be_called
from notifications_platform.registers.webhook_secrets import secret_bytes

CODE = re.compile(r"[A-Z0-9_]{1,30}")
MOST_RETRIES = 20
MOST_CODES = 1000
LONGEST_URL = 2000
LONGEST_PAUSE = 2**31 - 1
SECRET_BYTES = range(24, 65)
_AUTHENTICATION = ("None",)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBusinessEvent:
    code: str
    descr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDefinition:
    """`says`: all columns but the code, by their names."""

    code: str
    says: Mapping[str, Any] = field(repr=False)


def read_business_event(body: Any) -> NewBusinessEvent:
    """Raises ValidationProblem (400)."""
    with reading(body) as whole:
        return NewBusinessEvent(code=_code(whole), descr=whole.text("descr"))


def read_definition(body: Any) -> NewDefinition:
    """Raises ValidationProblem (400)."""
    with reading(body) as whole:
        return NewDefinition(code=_code(whole), says={**_defaults(), **_sent(whole)})


def read_changes(code: str, body: Any) -> Mapping[str, Any]:
    """What is sent of the definition with this code, by the columns' names; null stands for the
    default. Raises ValidationProblem (400), also where it is to get another code.
    """
    with reading(body) as whole:
        if whole.text("code") not in ("", code):
            whole.refuse("code", "A code stays as it is.")
        return _sent(whole)


def _code(part: Part) -> str:
    code = part.text("code")
    if not CODE.fullmatch(code):
        part.refuse("code", "1 to 30 of A-Z, 0-9 and _ are needed here.")
    return code


def _sent(part: Part) -> dict[str, Any]:
    part.word("authentication", _AUTHENTICATION)
    defaults = _defaults()
    says = {}
    for name, (column, read) in _READERS.items():
        if part.names(name):
            value = read(part, name)
            says[column] = value if part.has(name) else defaults[column]
    return says


def _defaults() -> dict[str, Any]:
    return {
        "descr": "",
        "active": True,
        "business_event_definition_codes": [],
        "emit_notification": EmitNotification.POST_APPROVAL.value,
        "endpoint_url": "",
        "http_method": HttpMethod.POST.value,
        "retry_schedule": None,
        "signing_secret": "",
    }


def _codes(part: Part, name: str) -> list[str]:
    """Whether there are such business events is a rule; each is told once."""
    sent = part.entries(name) or []
    if len(sent) > MOST_CODES:
        part.refuse(name, f"{MOST_CODES} entries at most, not {len(sent)}.")
        return []
    for number, code in enumerate(sent):
        if not isinstance(code, str):
            part.refuse(f"{name}[{number}]", "A string is needed here.")
    return list(dict.fromkeys(code for code in sent if isinstance(code, str)))


def _emit(part: Part, name: str) -> str:
    return part.word(name, EmitNotification.values)


def _method(part: Part, name: str) -> str:
    return part.word(name, HttpMethod.values)


def _url(part: Part, name: str) -> str:
    url = part.text(name)
    if len(url) > LONGEST_URL:
        part.refuse(name, f"{LONGEST_URL} characters at most, not {len(url)}.")
    elif part.is_text(name) and not can_be_called(url):
        part.refuse(name, "An http or https address without a user is needed here.")
    return url


def _retries(part: Part, name: str) -> list[int]:
    pauses = part.entries(name) or []
    if len(pauses) > MOST_RETRIES:
        part.refuse(name, f"{MOST_RETRIES} entries at most, not {len(pauses)}.")
        return []
    # To JSON 2.0 is a whole number, too, and true is none.
    pauses = [int(one) if isinstance(one, float) and one.is_integer() else one for one in pauses]
    for number, pause in enumerate(pauses):
        whole = isinstance(pause, int) and not isinstance(pause, bool)
        if not (whole and 0 <= pause <= LONGEST_PAUSE):
            needed = f"A whole number of seconds, 0 to {LONGEST_PAUSE}, is needed here."
            part.refuse(f"{name}[{number}]", needed)
    return pauses


def _secret(part: Part, name: str) -> str:
    secret = part.text(name)
    if not part.is_text(name):
        return ""
    try:
        length = len(secret_bytes(secret))
    except ValueError as error:
        part.refuse(name, f"The secret {error}.")
        return ""
    if length not in SECRET_BYTES:
        least, most = SECRET_BYTES[0], SECRET_BYTES[-1]
        part.refuse(name, f"The secret must hold {least} to {most} bytes, not {length}.")
    return secret


_READERS: Mapping[str, tuple[str, Callable[[Part, str], Any]]] = MappingProxyType(
    {
        "descr": ("descr", Part.text),
        "active": ("active", Part.truth),
        "businessEventDefinitionCodes": ("business_event_definition_codes", _codes),
        "emitNotification": ("emit_notification", _emit),
        "endpointUrl": ("endpoint_url", _url),
        "httpMethod": ("http_method", _method),
        "retrySchedule": ("retry_schedule", _retries),
        "signingSecret": ("signing_secret", _secret),
    }
)
