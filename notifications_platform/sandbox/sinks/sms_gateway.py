"""The SMS sink: LINK Mobility's PSWin XML gateway, as in delivery contract 4."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from notifications_platform.core import clock
from notifications_platform.delivery.states import Channel
from notifications_platform.sandbox.sinks import magic
from notifications_platform.sandbox.sinks.http_server import Answer
from notifications_platform.sandbox.sinks.recording import (
    Arrival,
    CannotStore,
    OwedReport,
    Recorder,
)

_CREDENTIALS = ("sandbox", "sandbox")
_STALL = timedelta(minutes=2)
_PROLOGUE = '<?xml version="1.0" encoding="utf-8"?>'


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What one MSG came to: `arrival` is None where it was refused, for `info`."""

    number: str
    arrival: Arrival | None
    info: str = ""


class SmsGateway:
    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    async def __call__(self, body: bytes) -> Answer:
        """The answer to one posted SESSION; every message answered OK is stored by then."""
        try:
            session = fromstring(body)
        except (ParseError, DefusedXmlException, ValueError):
            return Answer(400)
        if (session.findtext("CLIENT"), session.findtext("PW")) != _CREDENTIALS:
            return _logon_failed("Invalid user or password")
        messages = session.findall("MSGLST/MSG")
        behaviours = [magic.of_number(_receiver(message)) for message in messages]
        broken = next((found.breaks_call for found in behaviours if found.breaks_call), "")
        if broken:
            return await _broken_call(broken)
        return await self._take(messages, behaviours)

    async def _take(
        self, messages: Sequence[Element], behaviours: Sequence[magic.SmsBehaviour]
    ) -> Answer:
        outcomes = [
            _outcome(message, behaviour)
            for message, behaviour in zip(messages, behaviours, strict=True)
        ]
        arrivals = [outcome.arrival for outcome in outcomes if outcome.arrival]
        try:
            if arrivals:
                await self._recorder.store(arrivals)
        except CannotStore:
            return Answer(503)
        pause = max((found.answers_after for found in behaviours), default=timedelta(0))
        await asyncio.sleep(pause.total_seconds())
        return _session("OK", "", "".join(map(_message_answer, outcomes)))


def _outcome(message: Element, behaviour: magic.SmsBehaviour) -> _Outcome:
    number = message.findtext("ID", "")
    receiver = _receiver(message)
    if not receiver.isascii() or not receiver.isdecimal() or not 8 <= len(receiver) <= 15:
        return _Outcome(number, None, "Invalid RCV: digits with country code are wanted")
    if behaviour.refused:
        return _Outcome(number, None, behaviour.refused)
    try:
        text = _text(message)
    except ValueError:
        return _Outcome(number, None, "Invalid TEXT: not the hexadecimal digits of UCS-2")
    wanted = message.findtext("RCPREQ", "").upper() == "Y"
    real = clock.real()
    arrival = Arrival(
        channel=Channel.SMS,
        recipient=f"+{receiver}",
        sender=message.findtext("SND", ""),
        content=text.encode(),
        reports=[
            OwedReport(receiver=receiver, state=report.state, due_at=real + report.after)
            for report in (behaviour.reports if wanted else ())
        ],
    )
    return _Outcome(number, arrival)


def _receiver(message: Element) -> str:
    return message.findtext("RCV", "").strip()


def _text(message: Element) -> str:
    """Raises ValueError for an OP 9 text that is not hex."""
    text = message.findtext("TEXT", "")
    if message.findtext("OP", "").strip() == "9":
        return bytes.fromhex(text).decode("utf-16-be", errors="replace")
    return text


async def _broken_call(how: str) -> Answer:
    if how == "stall":
        await asyncio.sleep(_STALL.total_seconds())
        return Answer(504)
    if how == "logon":
        return _logon_failed("Account closed")
    return Answer(500 if how == "500" else 0)


def _logon_failed(reason: str) -> Answer:
    return _session("FAIL", reason, "")


def _session(logon: str, reason: str, messages: str) -> Answer:
    xml = (
        f"{_PROLOGUE}<SESSION><LOGON>{logon}</LOGON><REASON>{escape(reason)}</REASON>"
        f"<MSGLST>{messages}</MSGLST></SESSION>"
    )
    return Answer(200, xml.encode())


def _message_answer(outcome: _Outcome) -> str:
    reference: UUID | str = outcome.arrival.id if outcome.arrival else ""
    return (
        f"<MSG><ID>{escape(outcome.number)}</ID><REF>{reference}</REF>"
        f"<STATUS>{'OK' if outcome.arrival else 'FAIL'}</STATUS>"
        f"<INFO>{escape(outcome.info)}</INFO></MSG>"
    )
