"""Delivery reports of the PSWin gateway: its XML in, ours out (delivery contract 4).

Entities are never expanded and nothing outside is fetched; a DOCTYPE, which the gateway
sends, does no harm.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from notifications_platform.core.windows import OSLO
from notifications_platform.delivery.channels.reports import Outcome, Report
from notifications_platform.delivery.states import Reason, State

PROVIDER = "pswin"
_RAW_LIMIT = 2_000
_STATES: dict[str, tuple[Outcome, Reason | None]] = {
    "DELIVRD": (State.DELIVERED, None),
    "EXPIRED": (State.FAILED, Reason.OPERATOR_EXPIRED),
    "DELETED": (State.FAILED, Reason.OPERATOR_DELETED),
    "UNDELIV": (State.FAILED, Reason.BOUNCED),
    "REJECTD": (State.FAILED, Reason.REJECTED),
    "BARRED": (State.FAILED, Reason.SUPPRESSED),
    "FAILED": (State.FAILED, Reason.UNKNOWN),
    "UNKNOWN": (State.FAILED, Reason.UNKNOWN),
    "NULL": (State.FAILED, Reason.UNKNOWN),
}


class UnreadableReport(ValueError):
    """Not XML, not a MSGLST, or full of entities."""


@dataclass(frozen=True, slots=True)
class Received:
    """`id` is what the gateway wants to see again in our answer."""

    id: str
    report: Report


def parse_reports(body: bytes) -> list[Received]:
    """Every MSG of a MSGLST, with or without XML declaration and namespace. A state that we
    do not know gives a report without outcome. Raises UnreadableReport.
    """
    try:
        root = fromstring(body.strip())
    except (ET.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise UnreadableReport("not XML that we read") from error
    for element in root.iter():
        element.tag = str(element.tag).rpartition("}")[2]
    if root.tag != "MSGLST":
        raise UnreadableReport("not a MSGLST")
    return [_received(element) for element in root.iterfind("MSG")]


def answer(ids: Iterable[str]) -> bytes:
    """What the gateway wants to hear: each of these was taken."""
    root = ET.Element("MSGLST")
    for id_ in ids:
        message = ET.SubElement(root, "MSG")
        ET.SubElement(message, "ID").text = id_
        ET.SubElement(message, "STATUS").text = "OK"
    document: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return document


def _received(element: ET.Element) -> Received:
    texts = {child.tag: (child.text or "").strip() for child in element}
    outcome, reason = _STATES.get(texts.get("STATE", "").upper(), (None, None))
    report = Report(
        provider=PROVIDER,
        reference=texts.get("REF", ""),
        outcome=outcome,
        reason=reason,
        raw=_raw(texts)[:_RAW_LIMIT],
        at=_instant(texts.get("DELIVERYTIME", "")),
    )
    return Received(texts.get("ID", ""), report)


def _raw(texts: Mapping[str, str]) -> str:
    """The report again, one level deep, however deep somebody nested it."""
    inside = "".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in texts.items())
    return f"<MSG>{inside}</MSG>"


def _instant(text: str) -> datetime | None:
    """The gateway's clock shows Norwegian time; it says no zone."""
    try:
        local = datetime.strptime(text, "%Y.%m.%d %H:%M:%S").replace(tzinfo=OSLO)
    except ValueError:
        return None
    return local.astimezone(UTC)
