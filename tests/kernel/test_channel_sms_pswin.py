"""The PSWin gateway (delivery contract 4) against an HTTP server that plays it."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from defusedxml.ElementTree import fromstring
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from notifications_platform.core import clock
from notifications_platform.delivery.channels.base import (
    Content,
    NotTried,
    Parcel,
    Permanent,
    ProviderUnavailable,
    Sent,
    Transient,
    Verdict,
)
from notifications_platform.delivery.channels.sms import pswin
from notifications_platform.delivery.channels.sms.providers import transports
from notifications_platform.delivery.states import Reason
from tests.kernel.raw_server import raw_server, silent


def parcel(body="Hei", address="+4799999999", sender="Altinn", values=None, **changes) -> Parcel:
    content = Content(
        id=uuid4(), sender=sender, body=body, placeholders=("$recipientName$", "$recipientNumber$")
    )
    return Parcel(id=uuid4(), address=address, content=content, values=values or {}, **changes)


def taken(message: ET.Element) -> str:
    number = message.findtext("ID")
    return f"<MSG><ID>{number}</ID><REF>ref-{number}</REF><STATUS>OK</STATUS></MSG>"


Handle = Callable[[ET.Element], str]


class Gateway:
    """Takes every message, unless `handle` says otherwise of it."""

    def __init__(self, server: HTTPServer) -> None:
        self.handle: Handle = taken
        self.sessions: list[ET.Element] = []
        self.requests: list[Request] = []
        server.expect_request("/gateway", method="POST").respond_with_handler(self._respond)
        (self.transport,) = transports(
            f"pswin+http://us%40er:pass%26word@{server.host}:{server.port}/gateway"
        )

    def _respond(self, request: Request) -> Response:
        session = fromstring(request.get_data())
        self.requests.append(request)
        self.sessions.append(session)
        answers = "".join(self.handle(message) for message in session.iterfind("MSGLST/MSG"))
        return Response(
            f"<?xml version='1.0'?><SESSION><LOGON>OK</LOGON><REASON></REASON>"
            f"<MSGLST>{answers}</MSGLST></SESSION>",
            content_type="text/xml",
        )

    def send(self, *parcels: Parcel) -> list[Verdict]:
        return list(self.transport.send(parcels))

    def message(self) -> dict[str, str | None]:
        """The elements of the only message of the last call."""
        (message,) = self.sessions[-1].iterfind("MSGLST/MSG")
        return {element.tag: element.text for element in message}


@pytest.fixture
def gateway(httpserver: HTTPServer) -> Gateway:
    return Gateway(httpserver)


def test_a_batch_is_one_call(gateway: Gateway):
    verdicts = gateway.send(parcel("En"), parcel("To", address="004788888888"))
    assert verdicts == [Sent("ref-1", "OK"), Sent("ref-2", "OK")]
    (session,) = gateway.sessions
    assert (session.findtext("CLIENT"), session.findtext("PW")) == ("us@er", "pass&word")
    ids = [message.findtext("ID") for message in session.iterfind("MSGLST/MSG")]
    receivers = [message.findtext("RCV") for message in session.iterfind("MSGLST/MSG")]
    assert (ids, receivers) == (["1", "2"], ["4799999999", "4788888888"])
    (request,) = gateway.requests
    assert request.headers["Content-Type"] == "text/xml"
    assert "Authorization" not in request.headers
    assert request.get_data().startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    assert gateway.transport.batch == 100
    assert gateway.transport.reports
    assert gateway.transport.name.startswith("pswin:localhost:")


def test_a_message_as_the_gateway_wants_it(gateway: Gateway):
    gateway.send(parcel("Hei æøå <&> €", expires_in=timedelta(hours=48, seconds=59)))
    assert gateway.message() == {
        "ID": "1",
        "TEXT": "Hei æøå <&> €",
        "RCV": "4799999999",
        "SND": "Altinn",
        "TTL": "2880",
        "RCPREQ": "Y",
    }


def test_a_text_beyond_gsm7_is_sent_as_ucs2(gateway: Gateway):
    gateway.send(parcel("Hê 😀"))
    assert gateway.message()["OP"] == "9"
    assert gateway.message()["TEXT"] == "004800EA0020D83DDE00"


def test_placeholders_are_filled_once(gateway: Gateway):
    values = {"$recipientName$": "<$recipientNumber$>"}
    gateway.send(parcel("$recipientName$ $recipientNumber$", values=values))
    assert gateway.message()["TEXT"] == "<$recipientNumber$> $recipientNumber$"


def test_what_xml_cannot_carry_is_dropped(gateway: Gateway):
    gateway.send(parcel("a\x00b\x0bc\ufffed\ud800e\r\nf\rg"))
    assert gateway.message()["TEXT"] == "abcde\nf\ng"


@pytest.mark.parametrize(
    ("left", "minutes"),
    [(None, None), (timedelta(seconds=1), "1"), (timedelta(seconds=179), "2")],
)
def test_time_to_live(gateway: Gateway, left, minutes):
    gateway.send(parcel(expires_in=left))
    assert gateway.message().get("TTL") == minutes


@pytest.mark.parametrize(
    ("sender", "sent"),
    [
        ("Altinn", "Altinn"),
        ("NAV 2024", "NAV2024"),
        ("Skatteetaten Oslo", "Skatteetate"),
        ("Bø & Ås", "BoAs"),
        ("Sjømat/Ærlig", "SjomatAErli"),
        ("+47 22 33 44 55", "4722334455"),
        ("004722334455", "4722334455"),
        ("12345678901234567", "123456789012345"),
        ("2090", "2090"),
        ("?!", "Altinn"),
    ],
)
def test_senders_are_made_to_fit(gateway: Gateway, sender, sent):
    gateway.send(parcel(sender=sender))
    assert gateway.message().get("SND") == sent


@pytest.mark.parametrize("address", ["", "kari", "+", "+47abc99999", "1234", "+4" + "7" * 20])
def test_what_is_no_number_is_refused_without_a_call(gateway: Gateway, address):
    (verdict,) = gateway.send(parcel(address=address))
    assert verdict == Permanent(Reason.INVALID_ADDRESS, "not a telephone number")
    assert gateway.sessions == []


def test_each_message_has_its_own_verdict(gateway: Gateway):
    says = {
        "En": "<STATUS>OK</STATUS><REF>guid-1</REF>",
        "To": "<STATUS>FAIL</STATUS><INFO>Invalid RCV +4799999999</INFO>",
        "Tre": "<STATUS>FAIL</STATUS><INFO>Gateway busy</INFO>",
    }

    def handle(message: ET.Element) -> str:
        said = says.get(message.findtext("TEXT") or "")
        return f"<MSG><ID>{message.findtext('ID')}</ID>{said}</MSG>" if said else ""

    gateway.handle = handle
    too_late = parcel("Fem", not_after=clock.real() - timedelta(seconds=1))
    verdicts = gateway.send(
        parcel("En"),
        parcel("To"),
        too_late,
        parcel("Tre"),
        parcel("x", address="?"),
        parcel("Fire"),
    )
    assert verdicts == [
        Sent("guid-1", "OK"),
        Permanent(Reason.INVALID_ADDRESS, "Invalid RCV …"),
        NotTried("not handed over: its time was over"),
        Transient("FAIL Gateway busy"),
        Permanent(Reason.INVALID_ADDRESS, "not a telephone number"),
        Transient("the gateway's answer leaves this message out"),
    ]


def test_answers_count_by_id_not_by_place(gateway: Gateway, httpserver: HTTPServer):
    httpserver.clear()
    answer = "".join(
        f"<MSG><ID>{number}</ID><REF>r{number}</REF><STATUS>OK</STATUS></MSG>"
        for number in ("2", "1", "7", "x", "9" * 5_000, "²")
    )
    httpserver.expect_request("/gateway").respond_with_data(
        f"<SESSION><LOGON>OK</LOGON><MSGLST>{answer}</MSGLST></SESSION>"
    )
    assert gateway.send(parcel(), parcel()) == [Sent("r1", "OK"), Sent("r2", "OK")]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            Response("<SESSION><LOGON>FAIL</LOGON><REASON>Wrong password</REASON></SESSION>"),
            "LOGON FAIL: Wrong password",
        ),
        (Response("<SESSION/>"), "LOGON missing: "),
        (Response("<SESSION><LOGON>OK"), "unreadable answer"),
        (Response(""), "unreadable answer"),
        (Response("ok"), "unreadable answer"),
        (
            Response('<!DOCTYPE a [<!ENTITY b "c">]><SESSION><LOGON>&b;</LOGON></SESSION>'),
            "unreadable answer",
        ),
        (Response("<?xml version='1.0' encoding='klingon'?><SESSION/>"), "unreadable answer"),
        (Response("x" * 2_000_000), "unreadable answer: too large"),
        (Response("no", status=500), "HTTP 500"),
        (Response("no", status=403), "HTTP 403"),
        (Response(status=302, headers={"Location": "/other"}), "HTTP 302"),
    ],
)
def test_a_gateway_that_fails_is_unavailable(
    gateway: Gateway, httpserver: HTTPServer, answer: Response, told
):
    httpserver.clear()
    httpserver.expect_request("/gateway").respond_with_response(answer)
    with pytest.raises(ProviderUnavailable) as failed:
        gateway.send(parcel(), parcel())
    assert failed.value.answer == told
    assert failed.value.retry_in is None


def test_the_gateway_may_say_when_to_come_back(gateway: Gateway, httpserver: HTTPServer):
    httpserver.clear()
    httpserver.expect_request("/gateway").respond_with_data(
        status=503, headers={"Retry-After": "120"}
    )
    with pytest.raises(ProviderUnavailable) as failed:
        gateway.send(parcel())
    assert failed.value.retry_in == timedelta(minutes=2)


def test_a_gateway_that_does_not_answer_is_unavailable(monkeypatch):
    monkeypatch.setattr(pswin, "_ANSWER_SECONDS", 0.2)
    with raw_server(silent) as url:
        (transport,) = transports(f"pswin+{url.replace('//', '//u:p@')}")
        with pytest.raises(ProviderUnavailable, match="timed out"):
            list(transport.send([parcel()]))


def test_nobody_listening_is_unavailable():
    (transport,) = transports("pswin+http://u:p@127.0.0.1:1/")
    with pytest.raises(ProviderUnavailable, match="no connection"):
        list(transport.send([parcel()]))


def test_a_proxy_of_the_environment_does_not_stand_before_a_local_gateway(
    gateway: Gateway, monkeypatch
):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert gateway.send(parcel()) == [Sent("ref-1", "OK")]


def test_several_gateways_in_the_order_written():
    first, second = transports(
        " pswin+https://u:p@one.example/x  pswin+http://u:p@two.example:8080/"
    )
    assert (first.name, second.name) == ("pswin:one.example:443", "pswin:two.example:8080")


def test_two_accounts_at_one_gateway_are_two_providers() -> None:
    urls = [f"pswin+https://{user}:p@gw.example/" for user in ("one", "two", "three")]

    assert [transport.name for transport in transports(" ".join(urls))] == [
        "pswin:gw.example:443",
        "pswin:gw.example:443#2",
        "pswin:gw.example:443#3",
    ]


@pytest.mark.parametrize("url", ["https://u:p@h/", "pswin+https://h/", "pswin+ftp://u:p@h/", "x"])
def test_settings_that_are_refused(url):
    with pytest.raises(ValueError, match="pswin"):
        transports(url)
