"""Delivery reports of the PSWin gateway (delivery contract 4)."""

from datetime import UTC, datetime

import pytest

from notifications_platform.delivery.channels.sms.reports import (
    UnreadableReport,
    answer,
    parse_reports,
)
from notifications_platform.delivery.states import Reason, State

MESSAGE = (
    "<MSG><ID>1</ID><REF>guid</REF><RCV>4799999999</RCV><STATE>DELIVRD</STATE>"
    "<DELIVERYTIME>2026.02.23 15:23:23</DELIVERYTIME></MSG>"
)
PREFIXED = MESSAGE.replace("<", "<p:").replace("<p:/", "</p:")


def one(document: str | bytes):
    (received,) = parse_reports(document.encode() if isinstance(document, str) else document)
    return received


def test_a_report_as_the_gateway_sends_it():
    received = one(
        '<?xml version="1.0"?><!DOCTYPE MSGLST SYSTEM "pswincom_report_request.dtd">'
        f"\n<MSGLST>\n {MESSAGE}\n</MSGLST>\n"
    )
    report = received.report
    assert received.id == "1"
    assert (report.provider, report.reference) == ("pswin", "guid")
    assert (report.outcome, report.reason) == (State.DELIVERED, None)
    assert report.at == datetime(2026, 2, 23, 14, 23, 23, tzinfo=UTC)
    assert report.raw == MESSAGE


@pytest.mark.parametrize(
    ("word", "outcome", "reason"),
    [
        ("DELIVRD", State.DELIVERED, None),
        ("EXPIRED", State.FAILED, Reason.OPERATOR_EXPIRED),
        ("DELETED", State.FAILED, Reason.OPERATOR_DELETED),
        ("UNDELIV", State.FAILED, Reason.BOUNCED),
        ("REJECTD", State.FAILED, Reason.REJECTED),
        ("BARRED", State.FAILED, Reason.SUPPRESSED),
        ("FAILED", State.FAILED, Reason.UNKNOWN),
        ("UNKNOWN", State.FAILED, Reason.UNKNOWN),
        ("NULL", State.FAILED, Reason.UNKNOWN),
        ("delivrd", State.DELIVERED, None),
        ("ACCEPTD", None, None),
        ("", None, None),
    ],
)
def test_states(word, outcome, reason):
    report = one(f"<MSGLST><MSG><REF>g</REF><STATE> {word} </STATE></MSG></MSGLST>").report
    assert (report.outcome, report.reason) == (outcome, reason)


@pytest.mark.parametrize(
    "document",
    [
        f"<MSGLST>{MESSAGE}</MSGLST>",
        f"\ufeff<?xml version='1.0' encoding='utf-8'?><MSGLST>{MESSAGE}</MSGLST>",
        f"\r\n <MSGLST xmlns='urn:pswin'>{MESSAGE}</MSGLST>",
        f"<p:MSGLST xmlns:p='urn:x'>{PREFIXED}</p:MSGLST>",
    ],
)
def test_declarations_and_namespaces_do_not_matter(document):
    assert one(document).report.reference == "guid"


def test_many_reports_in_one_call_and_their_answer():
    messages = "".join(
        f"<MSG><ID>{number}</ID><REF>r{number}</REF><STATE>DELIVRD</STATE></MSG>"
        for number in range(500)
    )
    received = parse_reports(f"<MSGLST>{messages}</MSGLST>".encode())
    assert [one.report.reference for one in received] == [f"r{number}" for number in range(500)]
    assert parse_reports(b"<MSGLST/>") == []
    assert answer(one.id for one in received[:2]).endswith(
        b"<MSGLST><MSG><ID>0</ID><STATUS>OK</STATUS></MSG>"
        b"<MSG><ID>1</ID><STATUS>OK</STATUS></MSG></MSGLST>"
    )
    assert b"<ID>&lt;&amp;&gt;</ID>" in answer(["<&>"])


def test_another_alphabet_is_read_as_declared():
    document = "<?xml version='1.0' encoding='ISO-8859-1'?><MSGLST><MSG><REF>æ</REF></MSG></MSGLST>"
    assert one(document.encode("latin-1")).report.reference == "æ"


def test_a_report_nested_without_end_does_no_harm():
    depth = 100_000
    document = f"<MSGLST><MSG><REF>g</REF>{'<a>' * depth}{'</a>' * depth}</MSG></MSGLST>"
    assert one(document).report.reference == "g"


@pytest.mark.parametrize("time", ["", "now", "2026-02-23T15:23:23", "2026.02.31 15:23:23"])
def test_a_time_that_cannot_be_read_is_left_out(time):
    document = f"<MSGLST><MSG><DELIVERYTIME>{time}</DELIVERYTIME></MSG></MSGLST>"
    assert one(document).report.at is None


def test_the_provider_is_any_gateway_of_its_kind():
    report = one(f"<MSGLST>{MESSAGE}</MSGLST>").report
    assert report.is_about("pswin:gateway.example:443")
    assert not report.is_about("pswinner:x")


BOMB = "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"hello",
        b"<MSGLST>",
        b"<MSGLST></MSG>",
        b"<OTHER/>",
        b"\xff\xfe\x00",
        b"<?xml version='1.0' encoding='klingon'?><MSGLST/>",
        b"<MSGLST>\xe6</MSGLST>",
        b"<!DOCTYPE a [<!ENTITY x0 'x'>" + BOMB.encode() + b"]><MSGLST>&x9;</MSGLST>",
        b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><MSGLST>&f;</MSGLST>',
    ],
    ids=range(10),
)
def test_what_cannot_be_read_is_refused(document):
    with pytest.raises(UnreadableReport):
        parse_reports(document)
