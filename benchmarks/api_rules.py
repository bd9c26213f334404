"""What Schemathesis has to know beyond the served schema, as hooks of its own.

A schema cannot say how members depend on each other, what the time is or which numbers are in
use. So what the tester takes for valid is made to keep those rules before it is sent; what it
made invalid on purpose stays as it is. Nothing it makes up leads away from this machine.
"""

import copy
import os
import re
from typing import Any

import requests
import schemathesis
from schemathesis import Case, CheckContext, GenerationMode, HookContext, Response
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.openapi.checks import RejectedPositiveData

from notifications_platform.core.addresses import to_e164

ORDERS = "/notifications/api/v1/orders"
CASES = "/cases/api/v1/"
ENROLLMENT = "/enrollment/api/"
GRAPHQL = "/api/graphql"
CLOCK = "/sandbox/api/v1/clock"
_CHANNEL_OF_PATH = {f"{ORDERS}/email": "Email", f"{ORDERS}/sms": "Sms"}
_PLACING = {ORDERS, *_CHANNEL_OF_PATH}
_NOWHERE = "https://condition.invalid/"
_FALLBACK = {"emailAddress": "somebody@demo.example", "mobileNumber": "+4799999999"}
_TEMPLATES = {
    "emailTemplate": ("Sms", {"subject": "Hello", "body": "Hello"}),
    "smsTemplate": ("Email", {"body": "Hello"}),
}
_MEMBERS = (
    *("sendersReference", "requestedSendTime", "recipients", "ignoreReservation", "resourceId"),
    *("resourceAction", "conditionEndpoint", "subject", "body", "contentType", "senderNumber"),
    *("notificationChannel", "emailTemplate", "smsTemplate", "fromAddress", "emailAddress"),
    *("mobileNumber", "organizationNumber", "nationalIdentityNumber"),
)
_MOMENTS = {
    *("tidspunkt", "opprettetTidspunkt", "utfoertTidspunkt", "utgaattTidspunkt", "konkret", "den"),
    *("startTidspunkt", "sluttTidspunkt"),
}
_OFFSET = re.compile("(Z|[+-][0-9]{2}:[0-9]{2})$")
_SHOWN = {"tekst", "nyTekst", "tittel", "tilleggsinformasjon"}
_ELEVEN_DIGITS = re.compile("[0-9]{11}")
_DURATIONS = ("om", "etterOpprettelse", "foerFrist", "foerStartTidspunkt")
_READABLE = {"epostadresse": "kari@example.no", **dict.fromkeys(_DURATIONS, "P1D")}
_LOWER = {name.lower() for name in _MEMBERS}
# Sound, but against a rule about what there is: a schema cannot know.
_RULES = 422
_ASKED = {"q": "status.eq('Failed').and.attemptCount.gte(3)", "orderBy": "failedDate:desc"}
_REPORT = "<MSGLST><MSG><ID>1</ID><REF>nobody</REF><STATE>DELIVRD</STATE></MSG></MSGLST>"

Members = dict[str, Any]


@schemathesis.hook
def before_call(_context: HookContext, case: Case[Any], _kwargs: dict[str, Any]) -> None:
    """Every request of every phase passes here before it is sent."""
    if _is_valid(case):
        case.query = _without_nul(case.query)
        if case.path.startswith(CASES):
            # No cursor can be made up.
            case.query.pop("after", None)
        if case.path.startswith(ENROLLMENT):
            case.query = {name: _asked(name, value) for name, value in case.query.items()}
        if case.media_type == "text/plain":
            # "A string" is all that a schema can say of XML as plain text.
            case.body = _REPORT
        if isinstance(case.body, dict):
            case.body = _mended(case)
    if case.path in _PLACING and isinstance(case.body, dict):
        case.body = {name: _led_nowhere(name, value) for name, value in case.body.items()}
    if "OTHER_SPELLING" in os.environ:
        # Contract 1: a trailing slash, and the singular where one order is meant.
        case.path = case.path.replace(f"{ORDERS}/{{id}}", f"{ORDERS[:-1]}/{{id}}") + "/"


@schemathesis.hook
def filter_failure(
    _context: HookContext, failure: Failure, case: Case[Any], response: Response
) -> bool:
    """False for what is no failure by the contract. Each is explained in docs/api-testing.md."""
    if isinstance(failure, RejectedPositiveData):
        return not (case.path.startswith(ENROLLMENT) and response.status_code == _RULES)
    return not (isinstance(failure, AcceptedNegativeData) and _is_right_after_all(case))


def _is_right_after_all(case: Case[Any]) -> bool:
    # XML has no types: null is written as a text that can be read. GraphQL answers 200 always.
    return "xml" in (case.media_type or "") or case.path == GRAPHQL


def _is_valid(case: Case[Any]) -> bool:
    return case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE


@schemathesis.check
def is_nobody_elses(_context: CheckContext, response: Response, case: Case[Any]) -> None:
    """Contract 2: an order exists only for its creator. Asked where OTHER_TOKEN names another."""
    token = os.environ.get("OTHER_TOKEN")
    if not token or not case.path.startswith(ORDERS) or response.status_code not in {200, 409}:
        return
    answer = requests.request(
        str(response.request.method),
        str(response.request.url),
        headers={"Authorization": f"Bearer {token}"},
        timeout=20,
    )
    if case.path == ORDERS:
        assert not _ids(answer.json()) & _ids(response.json()), "another client finds the order"
    else:
        assert answer.status_code == 404, f"another client gets {answer.status_code}"


def _ids(found: Members) -> set[str]:
    return {order["id"] for order in found["orders"]}


def _mended(case: Case[Any]) -> Members:
    body: Members = _without_nul(copy.deepcopy(case.body))
    if case.path in _PLACING:
        body = _in_one_spelling(body)
        _keep_the_rules(body, _CHANNEL_OF_PATH.get(case.path))
    elif case.path.startswith(CASES):
        body = _readable(body)
    elif case.path.startswith(ENROLLMENT):
        body = _meant(body)
    elif case.path == CLOCK:
        if "advance" in body:
            body["advance"] = "P1DT1H"
        if "now" in body:
            body["now"] = "2040" + body["now"][4:]
    return body


def _without_nul(value: Any) -> Any:
    """Contract 3: U+0000 anywhere is 400."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_without_nul(one) for one in value]
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(one) for name, one in value.items()}
    return value


def _readable(value: Any, name: str = "") -> Any:
    """Cases contract 4, 5: days that exist, lengths of time within the calendar, addresses."""
    if isinstance(value, list):
        return [_readable(one) for one in value]
    if isinstance(value, dict):
        return {member: _readable(one, member) for member, one in value.items()}
    if not isinstance(value, str):
        return value
    if name in _MOMENTS:
        return "2040-05-06T07:08:09" + ("Z" if _OFFSET.search(value) else "")
    if name in _SHOWN:
        return _ELEVEN_DIGITS.sub("eleven more", value)
    return _READABLE.get(name, value)


def _asked(name: str, value: Any) -> Any:
    """Enrollment contract 5: a criterion and an order that can be read."""
    return _ASKED.get(name, value)


def _meant(body: Members) -> Members:
    """Enrollment contract 4.2, 4.6: criteria narrow a flag that is set; addresses and secrets."""
    resource = body.get("resource")
    if resource:
        body["resource"] = {name: _asked(name, value) for name, value in resource.items()}
    if "q" in body:
        flags = [name for name in body if name.endswith("AllFailedNotifications") and body[name]]
        body |= {"q": _ASKED["q"]} if flags else {}
        if not flags:
            del body["q"]
    if body.get("endpointUrl"):
        body["endpointUrl"] = _NOWHERE
    if body.get("signingSecret"):
        body["signingSecret"] = "whsec_" + "MDEy" * 10
    return body


def _in_one_spelling(value: Any) -> Any:
    """Contract 3: names match without regard to case, so `BODY` is no unknown member."""
    if isinstance(value, list):
        return [_in_one_spelling(one) for one in value]
    if isinstance(value, dict):
        return {
            name: _in_one_spelling(one)
            for name, one in value.items()
            if name in _MEMBERS or name.lower() not in _LOWER
        }
    return value


def _keep_the_rules(order: Members, channel: str | None) -> None:
    """Contract 5, as far as it goes beyond types, patterns and required members."""
    if order.get("requestedSendTime"):
        # Not in the past. The year 2400 has a 29th of February, as the year made up may have.
        order["requestedSendTime"] = "2400" + order["requestedSendTime"][4:]
    if not order.get("resourceId"):
        order.pop("resourceAction", None)
    if channel is None:
        channel = order["notificationChannel"]
        for name, (needless, template) in _TEMPLATES.items():
            if order.get(name) is None and channel != needless:
                order[name] = dict(template)
    unused = {"Email": "mobileNumber", "Sms": "emailAddress"}.get(channel)
    usable = [name for name in _FALLBACK if name != unused]
    for recipient in order["recipients"]:
        _keep_one_way(recipient, usable)


def _keep_one_way(recipient: Members, usable: list[str]) -> None:
    """A number stands alone; without one there is an address that the channel uses."""
    for number in ("organizationNumber", "nationalIdentityNumber"):
        if recipient.get(number):
            for other in {*recipient} - {number}:
                del recipient[other]
            return
    if (mobile := recipient.get("mobileNumber")) and not to_e164(mobile):
        recipient["mobileNumber"] = _FALLBACK["mobileNumber"]
    if not any(recipient.get(name) for name in usable):
        recipient[usable[0]] = _FALLBACK[usable[0]]


def _led_nowhere(name: str, value: Any) -> Any:
    """The platform asks condition endpoints: no host made up here may be a real one."""
    if name.lower() == "conditionendpoint" and isinstance(value, str):
        return _NOWHERE + value.encode(errors="replace").hex()
    return value
