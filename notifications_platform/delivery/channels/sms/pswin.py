"""LINK Mobility's PSWin XML gateway: one HTTP POST carries a batch (delivery contract 4)."""

import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from urllib.parse import unquote, urlsplit

import requests
import structlog
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from notifications_platform.delivery.channels.base import (
    Parcel,
    Permanent,
    ProviderUnavailable,
    Sent,
    Transient,
    Verdict,
)
from notifications_platform.delivery.channels.handover import TOO_LATE, is_too_late
from notifications_platform.delivery.channels.sms.message import (
    InvalidReceiver,
    Message,
    compose,
    without_numbers,
)
from notifications_platform.delivery.channels.sms.narrowing import CallRefused, Narrowing
from notifications_platform.delivery.states import Reason
from notifications_platform.http.deadline import Deadline
from notifications_platform.http.retry_after import retry_after

log = structlog.get_logger(__name__)

_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 20.0
_WHOLE_CALL = timedelta(seconds=30)
_LONGEST_ID = 9
_ANSWER_LIMIT = 1_000_000
# Servers close kept connections after five seconds or more. One that was closed just as we
# post would leave us not knowing whether the batch was taken.
_KEPT_SECONDS = 4.0
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
# By which a gateway refuses a call that it took nothing of, perhaps because of one message. Any
# other status is said of us, or leaves open what was taken.
_MAY_BE_ONE_MESSAGE = {400, 413, 422}


@dataclass(frozen=True, slots=True)
class _Answered:
    status: str
    info: str
    reference: str


class _Kept(threading.local):
    """Each thread's own session: those of `requests` are not made to be shared."""

    session: requests.Session | None = None
    used_at = 0.0


class PswinTransport:
    batch = 100
    one_by_one = False
    reports = True

    def __init__(self, url: str) -> None:
        """`pswin+http(s)://user:password@host:port/path`. Raises ValueError."""
        parts = urlsplit(url.removeprefix("pswin+"))
        if parts.scheme not in {"http", "https"} or not parts.hostname or not parts.username:
            raise ValueError("write it as pswin+https://user:password@host/path")
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        self.name = f"pswin:{parts.hostname}:{port}"
        self._user = unquote(parts.username)
        self._password = unquote(parts.password or "")
        self._url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        # A proxy of the environment cannot reach a gateway on this very machine.
        self._uses_environment = parts.hostname not in _LOOPBACK
        self._kept = _Kept()
        # Whether the last call, of whichever thread, was taken.
        self._works = False

    def send(self, parcels: Sequence[Parcel]) -> Iterator[Verdict]:
        verdicts: dict[int, Verdict] = {}
        messages: dict[int, Message] = {}
        for number, parcel in enumerate(parcels, start=1):
            try:
                messages[number] = compose(parcel)
            except InvalidReceiver:
                verdicts[number] = Permanent(Reason.INVALID_ADDRESS, "not a telephone number")

        def call(numbers: Sequence[int]) -> dict[int, Verdict]:
            return self._call(
                {
                    number: messages[number]
                    for number in numbers
                    if not is_too_late(parcels[number - 1])
                }
            )

        if messages:
            verdicts |= Narrowing(call, works=self._works).send(list(messages))
        for number in range(1, len(parcels) + 1):
            yield verdicts.get(number, TOO_LATE)

    def _call(self, messages: Mapping[int, Message]) -> dict[int, Verdict]:
        """Raises ProviderUnavailable."""
        if not messages:
            return {}
        try:
            answers = self._answers(self._post(self._session_xml(messages)))
        except ProviderUnavailable as failure:
            self._works = False
            self._tell_staff(failure, len(messages))
            raise
        self._works = True
        return {number: _verdict(answers.get(number)) for number in messages}

    def _tell_staff(self, failure: ProviderUnavailable, messages: int) -> None:
        """Not of each step of the search for a message that is refused, but of its end."""
        if messages == 1 or not isinstance(failure, CallRefused):
            log.error(
                "sms.call_failed", provider=self.name, answer=failure.answer, messages=messages
            )

    def _session_xml(self, messages: Mapping[int, Message]) -> bytes:
        """Joined by hand, ten times as fast as a tree of elements; every text is escaped here."""
        listed = "".join(_message_xml(number, message) for number, message in messages.items())
        return (
            "<?xml version='1.0' encoding='UTF-8'?>\n"
            f"<SESSION><CLIENT>{escape(self._user)}</CLIENT><PW>{escape(self._password)}</PW>"
            f"<MSGLST>{listed}</MSGLST></SESSION>"
        ).encode()

    def _post(self, body: bytes) -> bytes:
        deadline = Deadline(_WHOLE_CALL)
        try:
            with self._session().post(
                self._url,
                data=body,
                headers={"Content-Type": "text/xml"},
                timeout=(_CONNECT_SECONDS, _ANSWER_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                if response.status_code // 100 != 2:
                    raise _refusal(response)
                answer = _bounded(response, deadline)
        except (requests.RequestException, TimeoutError) as error:
            self._forget_session()
            raise ProviderUnavailable(_told(error)) from error
        self._kept.used_at = time.monotonic()
        return answer

    def _answers(self, document: bytes) -> dict[int, _Answered]:
        """What became of each ID. Raises ProviderUnavailable."""
        try:
            session = fromstring(document)
        except (ET.ParseError, DefusedXmlException, ValueError, LookupError) as error:
            raise ProviderUnavailable("unreadable answer") from error
        logon = (session.findtext("LOGON") or "").strip().upper()
        if logon != "OK":
            reason = without_numbers(session.findtext("REASON") or "")
            log.error("sms.logon_refused", provider=self.name, reason=reason)
            raise ProviderUnavailable(f"LOGON {logon or 'missing'}: {reason}"[:200])
        return dict(_read(element) for element in session.iterfind("MSGLST/MSG"))

    def _session(self) -> requests.Session:
        kept = self._kept
        if kept.session and time.monotonic() - kept.used_at > _KEPT_SECONDS:
            self._forget_session()
        if kept.session is None:
            kept.session = requests.Session()
            kept.session.trust_env = self._uses_environment
        return kept.session

    def _forget_session(self) -> None:
        if self._kept.session:
            self._kept.session.close()
            self._kept.session = None


def _refusal(response: requests.Response) -> ProviderUnavailable:
    asked = retry_after(response.headers.get("Retry-After"))
    of_one = response.status_code in _MAY_BE_ONE_MESSAGE and asked is None
    kind = CallRefused if of_one else ProviderUnavailable
    return kind(f"HTTP {response.status_code}", asked)


def _bounded(response: requests.Response, deadline: Deadline) -> bytes:
    body = b""
    for piece in response.iter_content(1 << 16):
        body += piece
        deadline.left()
        if len(body) > _ANSWER_LIMIT:
            raise ProviderUnavailable("unreadable answer: too large")
    return body


def _read(element: ET.Element) -> tuple[int, _Answered]:
    number = (element.findtext("ID") or "").strip()
    ours = number.isdecimal() and len(number) <= _LONGEST_ID
    return int(number) if ours else 0, _Answered(
        status=(element.findtext("STATUS") or "").strip().upper(),
        info=without_numbers(element.findtext("INFO") or ""),
        reference=(element.findtext("REF") or "").strip(),
    )


def _verdict(answered: _Answered | None) -> Verdict:
    if answered is None:
        return Transient("the gateway's answer leaves this message out")
    if answered.status == "OK":
        return Sent(answered.reference, "OK")
    if answered.info.lower().startswith("invalid rcv"):
        return Permanent(Reason.INVALID_ADDRESS, answered.info)
    return Transient(f"{answered.status} {answered.info}".strip())


def _told(error: Exception) -> str:
    return "timed out" if isinstance(error, requests.Timeout | TimeoutError) else "no connection"


def _message_xml(number: int, message: Message) -> str:
    elements = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in message.elements())
    return f"<MSG><ID>{number}</ID>{elements}</MSG>"
