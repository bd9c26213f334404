"""The SMS sink, spoken to in the gateway's XML (runtime contract 6, delivery contract 4)."""

import base64
import socket
from uuid import UUID

import phonenumbers
import pytest
import requests
from defusedxml.ElementTree import fromstring
from django.db import connection
from werkzeug import Response

from notifications_platform.sandbox.models import PendingReport
from notifications_platform.sandbox.sinks import magic
from tests.kernel.sinks import eventually, forget_everything, running_sinks

OUTBOX = "/sandbox/api/v1/outbox"
REPORTS = "/notifications/sms/api/v1/reports"
TAKEN = Response("<MSGLST/>", content_type="text/xml")


@pytest.fixture
def sinks(httpserver, db):
    with running_sinks(httpserver.url_for(REPORTS)) as ports:
        yield ports
    forget_everything()


@pytest.fixture
def gateway(sinks):
    with requests.Session() as session:
        session.trust_env = False

        def post(*messages, user="sandbox", pw="sandbox", encoding="utf-8"):
            xml = (
                f'<?xml version="1.0" encoding="{encoding}"?><SESSION><CLIENT>{user}</CLIENT>'
                f"<PW>{pw}</PW><MSGLST>{''.join(messages)}</MSGLST></SESSION>"
            )
            return session.post(f"http://127.0.0.1:{sinks.sms}/", xml.encode(encoding), timeout=10)

        yield post


def msg(receiver="4799999999", text="Hei", number=1, report="Y", **more):
    others = "".join(f"<{name}>{value}</{name}>" for name, value in more.items())
    return (
        f"<MSG><ID>{number}</ID><TEXT>{text}</TEXT><RCV>{receiver}</RCV><SND>Altinn</SND>"
        f"<RCPREQ>{report}</RCPREQ>{others}</MSG>"
    )


def answers(response):
    assert response.status_code == 200
    session = fromstring(response.content)
    assert session.findtext("LOGON") == "OK"
    return [
        {name: found.findtext(name) for name in ("ID", "REF", "STATUS", "INFO")}
        for found in session.findall("MSGLST/MSG")
    ]


def reported(httpserver):
    """State, reference and receiver of every report the platform was sent, in order."""
    return [
        (found.findtext("STATE"), found.findtext("REF"), found.findtext("RCV"))
        for request, _ in httpserver.log
        for found in fromstring(request.get_data()).findall("MSG")
    ]


def owed():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sandbox_pending_report")
        return cursor.fetchone()[0]


def test_a_message_answered_ok_is_in_the_outbox(gateway, client, httpserver):
    (answer,) = answers(gateway(msg(text="Blåbær &amp; €")))

    assert (answer["ID"], answer["STATUS"]) == ("1", "OK")
    (item,) = client.get(OUTBOX).json()
    assert item.pop("at").endswith("Z")
    assert item == {
        "channel": "sms",
        "to": "+4799999999",
        "sender": "Altinn",
        "subject": "",
        "body": "Blåbær & €",
        "contentType": "text/plain",
        "messageId": str(UUID(answer["REF"])),
    }


def test_the_declared_encoding_counts(gateway, client):
    gateway(msg(text="Blåbær"), encoding="iso-8859-1")

    assert client.get(OUTBOX).json()[0]["body"] == "Blåbær"


def test_ucs2_is_shown_as_text(gateway, client):
    text = "Привет 🙂"

    gateway(msg(text=text.encode("utf-16-be").hex(), OP="9"))

    assert client.get(OUTBOX).json()[0]["body"] == text


def test_one_call_carries_many_and_refuses_some(gateway, client):
    found = answers(
        gateway(
            msg(number=1),
            msg("4740000901", number=2),
            msg("+4799999999", number=3),
            msg("47", number=4),
            msg(text="no hex", number=5, OP="9"),
            msg("4740000902", number=6),
            msg("4741000000", number=7),
        )
    )

    assert [answer["STATUS"] for answer in found] == ["OK", *["FAIL"] * 5, "OK"]
    assert [answer["INFO"].startswith("Invalid RCV") for answer in found[1:4]] == [True] * 3
    assert found[4]["INFO"].startswith("Invalid TEXT")
    assert found[5]["INFO"] == "Internal error"
    assert {item["to"] for item in client.get(OUTBOX).json()} == {"+4799999999", "+4741000000"}


def test_the_messages_of_one_call_keep_their_order(gateway, client):
    gateway(*(msg(text=f"{number}", number=number) for number in range(20)))

    assert [item["body"] for item in client.get(OUTBOX).json()] == [
        f"{number}" for number in reversed(range(20))
    ]


def test_a_wrong_password_fails_the_logon(gateway, client):
    session = fromstring(gateway(msg(), pw="guess").content)

    assert session.findtext("LOGON") == "FAIL"
    assert session.findtext("REASON")
    assert client.get(OUTBOX).json() == []


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"405"),
        (b"POST / HTTP/1.1\r\nHost: x\r\n\r\n", b"411"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nContent-Length: 5\r\nConnection: close\r\n\r\n<oops", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\n"
         b"Connection: close\r\n\r\n<a/>", b"100"),
    ],
)  # fmt: skip
def test_other_http_is_answered_as_http(sinks, request_, status):
    with socket.create_connection(("127.0.0.1", sinks.sms), timeout=5) as raw:
        raw.sendall(request_)
        said = b"".join(iter(lambda: raw.recv(65536), b""))

    assert said.startswith(b"HTTP/1.1 " + status)


def test_entities_are_not_expanded(sinks, client):
    bomb = (
        '<!DOCTYPE x [<!ENTITY e "Hei">]><SESSION><CLIENT>sandbox</CLIENT><PW>sandbox</PW>'
        f"<MSGLST>{msg(text='&e;')}</MSGLST></SESSION>"
    )

    assert requests.post(f"http://127.0.0.1:{sinks.sms}/", bomb, timeout=5).status_code == 400
    assert client.get(OUTBOX).json() == []


@pytest.mark.parametrize(("number", "how"), [("4740000903", 500), ("4740000905", 0)])
def test_a_whole_call_can_fail(gateway, client, number, how):
    if how:
        assert gateway(msg(number=1), msg(number, number=2)).status_code == how
    else:
        with pytest.raises(requests.ConnectionError):
            gateway(msg(number=1), msg(number, number=2))
    assert client.get(OUTBOX).json() == []


def test_a_delivery_report_follows_within_about_a_second(gateway, httpserver):
    httpserver.expect_request(REPORTS, method="POST").respond_with_response(TAKEN)

    (answer,) = answers(gateway(msg()))

    eventually(lambda: reported(httpserver), seconds=2)
    assert reported(httpserver) == [("DELIVRD", answer["REF"], "4799999999")]
    request = httpserver.log[0][0]
    basic = base64.b64encode(b"gateway:secret").decode()
    assert request.headers["Authorization"] == f"Basic {basic}"
    assert request.headers["Content-Type"] == "application/xml"
    eventually(lambda: owed() == 0)


def test_many_reports_go_in_one_call(gateway, httpserver):
    httpserver.expect_request(REPORTS).respond_with_response(TAKEN)

    gateway(*(msg(f"4790000{number:03}", number=number) for number in range(100)))

    eventually(lambda: len(reported(httpserver)) == 100)
    assert len(httpserver.log) <= 2


def test_every_magic_number_is_reported_as_its_story_says(gateway, httpserver):
    httpserver.expect_request(REPORTS).respond_with_response(TAKEN)
    states = {"910": "DELIVRD", "911": "EXPIRED", "912": "DELETED", "913": "UNDELIV"}
    states |= {"914": "UNKNOWN", "915": "REJECTD", "916": "FAILED", "917": "NULL"}
    states |= {"918": "BARRED"}

    gateway(*(msg(f"4740000{number}", number=number) for number in [*states, "920"]))

    eventually(lambda: len(reported(httpserver)) == len(states))
    assert {receiver[-3:]: state for state, _, receiver in reported(httpserver)} == states
    eventually(lambda: owed() == 0)


def test_a_report_can_come_twice_or_contradict_itself(gateway, httpserver):
    httpserver.expect_request(REPORTS).respond_with_response(TAKEN)

    gateway(msg("4740000922", number=1), msg("4740000923", number=2))

    eventually(lambda: len(reported(httpserver)) == 4)
    by_number = {
        number: [state for state, _, receiver in reported(httpserver) if receiver == number]
        for number in ("4740000922", "4740000923")
    }
    assert by_number["4740000922"] == ["DELIVRD", "DELIVRD"]
    assert by_number["4740000923"] == ["DELIVRD", "UNDELIV"]


def test_a_report_can_come_before_the_call_is_answered(gateway, httpserver):
    httpserver.expect_request(REPORTS).respond_with_response(TAKEN)

    (answer,) = answers(gateway(msg("4740000924")))

    assert reported(httpserver) == [("DELIVRD", answer["REF"], "4740000924")]


def test_no_report_is_made_unless_asked_for(gateway):
    gateway(msg(report="N"))

    eventually(lambda: owed() == 0)


def test_reports_are_made_again_until_the_platform_takes_them(gateway, httpserver):
    httpserver.expect_ordered_request(REPORTS).respond_with_data(status=503)
    httpserver.expect_ordered_request(REPORTS).respond_with_response(TAKEN)

    gateway(msg())

    eventually(lambda: len(httpserver.log) == 2)
    first, second = reported(httpserver)
    assert first == second
    eventually(lambda: owed() == 0)


def test_reports_still_owed_outlive_the_sink(db, httpserver):
    try:
        with running_sinks() as ports:
            logon = "<CLIENT>sandbox</CLIENT><PW>sandbox</PW>"
            xml = f"<SESSION>{logon}<MSGLST>{msg()}</MSGLST></SESSION>"
            requests.post(f"http://127.0.0.1:{ports.sms}/", xml, timeout=5)
        assert PendingReport.objects.count() == 1
        httpserver.expect_request(REPORTS).respond_with_response(TAKEN)
        with running_sinks(httpserver.url_for(REPORTS)):
            eventually(lambda: reported(httpserver))
    finally:
        forget_everything()


@pytest.mark.parametrize("number", magic.SMS)
def test_magic_numbers_are_valid_norwegian_mobile_numbers(number):
    parsed = phonenumbers.parse(f"+{number}")

    assert phonenumbers.is_valid_number(parsed)
    assert phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE
