"""Texts, names and addresses that try to be more than that, judged by what arrives: at a real
SMTP server and a real SMS gateway, from orders placed over the API.
"""

import email.policy
import json
from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import pytest
from django.test import Client as Browser
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from notifications_platform.core import clock
from notifications_platform.delivery import draining
from notifications_platform.delivery.channels import configured
from notifications_platform.delivery.channels.email.smtp import SmtpTransport
from notifications_platform.delivery.states import Channel
from notifications_platform.registers.models import Person
from orders import processing
from orders.models import Order
from tests.kernel.sinks import eventually
from tests.kernel.smtp_server import Received, Script, serving
from tests.orders.conftest import Api
from tests.tokens import bearer

pytestmark = pytest.mark.django_db(transaction=True)

PERSON = "05909803219"
ADDRESS = "kari@demo.example"
HEADERS = {
    *("from", "to", "subject", "date", "message-id", "auto-submitted"),
    *("mime-version", "content-type", "content-transfer-encoding"),
}
BREAKS = ["\r\n", "\n", "\r", "\u2028", "\u0085", "\x0b", "\x0c", "\x1c"]
INJECTED = "{0}Bcc: victim@evil.example{0}{0}.{0}QUIT{0}"
ATTACKS = [f"Hello{INJECTED.format(line_break)}" for line_break in BREAKS] + [
    "=?utf-8?q?Hello=0D=0ABcc:_victim@evil.example?=",
    "Hello\r\n.\r\nMAIL FROM:<victim@evil.example>\r\n",
    "Hello \udcff".encode("utf-8", "replace").decode(),
    "x" * 5_000,
    "å" * 5_000,
]


@pytest.fixture
def mail(settings: Settings) -> Iterator[Script]:
    with serving(Script()) as script:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{script.port}?timeout=5"
        configured.forget()
        [transport] = configured.transports(Channel.EMAIL)
        assert isinstance(transport, SmtpTransport)
        yield script
        transport.pool.close()
    configured.forget()


def arrived(mail: Script, count: int = 1) -> list[Received]:
    """Everything that was due is processed and sent."""
    processing.process_due(now=clock.now())
    draining.drain(Channel.EMAIL)
    eventually(lambda: len(mail.received) >= count)
    assert len(mail.received) == count
    return mail.received


def parsed(received: Received) -> EmailMessage:
    message = BytesParser(policy=email.policy.default).parsebytes(received.data)
    assert isinstance(message, EmailMessage)
    return message


def only_what_was_meant(received: Received, to: str = ADDRESS) -> EmailMessage:
    """One receiver, and no header but the platform's own, each once."""
    message = parsed(received)
    assert received.receivers == [to]
    assert sorted(name.lower() for name in message) == sorted({*map(str.lower, message)} & HEADERS)
    assert not message.defects
    return message


def order(**changes: Any) -> dict[str, Any]:
    usual = {"subject": "Subject", "body": "Body", "recipients": [{"emailAddress": ADDRESS}]}
    return usual | changes


def to_person(**changes: Any) -> dict[str, Any]:
    return order(recipients=[{"nationalIdentityNumber": PERSON}], **changes)


def make_person(name: str, address: str = ADDRESS) -> None:
    Person.objects.create(
        national_identity_number=PERSON, name=name, email=address, mobile_number="+4740000111"
    )


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda text: ascii(text)[:30])
def test_no_subject_adds_a_header_or_a_command(api: Api, mail: Script, attack: str) -> None:
    assert api.post("/orders/email", order(subject=attack)).status_code == 202

    message = only_what_was_meant(arrived(mail)[0])

    assert "Hello" in message["Subject"] or len(message["Subject"]) >= 5_000


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda text: ascii(text)[:30])
def test_no_body_ends_its_mail_early(api: Api, mail: Script, attack: str) -> None:
    assert api.post("/orders/email", order(body=attack)).status_code == 202

    message = only_what_was_meant(arrived(mail)[0])

    wanted = attack.replace("\r\n", "\n").replace("\r", "\n").strip()
    assert message.get_content().replace("\r\n", "\n").replace("\r", "\n").strip() == wanted
    assert not any(command.startswith("MAIL") and "victim" in command for command in mail.commands)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda text: ascii(text)[:30])
def test_no_name_of_a_register_adds_a_header(api: Api, mail: Script, attack: str) -> None:
    make_person(attack[:200])
    body = to_person(subject="For $recipientName$", body="$recipientName$")
    assert api.post("/orders/email", body).status_code == 202

    only_what_was_meant(arrived(mail)[0])


@pytest.mark.parametrize("line_break", BREAKS, ids=ascii)
def test_no_sender_adds_a_header(api: Api, mail: Script, line_break: str) -> None:
    """With a line break it is refused at once; what else it holds never gets further."""
    sender = f"a@demo.example{line_break}Bcc: victim@evil.example"
    template = {"subject": "S", "body": "B", "fromAddress": sender}
    placed = order(notificationChannel="Email", emailTemplate=template)

    answer = api.post("/orders", placed)

    assert answer.status_code in {202, 400}
    if line_break in "\r\n":
        assert answer.status_code == 400
        assert not Order.objects.exists()
    processing.process_due(now=clock.now())
    draining.drain(Channel.EMAIL)
    for received in mail.received:
        only_what_was_meant(received)


@pytest.mark.parametrize(
    "address",
    [
        *(f"kari@demo.example{line_break}victim@evil.example" for line_break in BREAKS),
        "kari@demo.example, victim@evil.example",
        "kari@demo.example;victim@evil.example",
        "kari@demo.example> RCPT TO:<victim@evil.example",
        '"kari\r\nRCPT TO:<victim@evil.example>"@demo.example',
        "kari@[127.0.0.1]",
        "kari%victim@evil.example@demo.example",
    ],
    ids=ascii,
)
def test_one_address_is_one_receiver(api: Api, mail: Script, address: str) -> None:
    answer = api.post("/orders/email", order(recipients=[{"emailAddress": address}]))

    assert answer.status_code == 400
    assert not Order.objects.exists()
    assert mail.connections == 0


@pytest.mark.parametrize("line_break", BREAKS, ids=ascii)
def test_one_address_of_a_register_is_one_receiver(api: Api, mail: Script, line_break: str) -> None:
    make_person("Kari", f"kari@demo.example{line_break}victim@evil.example")
    api.post("/orders/email", to_person())
    processing.process_due(now=clock.now())
    draining.drain(Channel.EMAIL)

    assert not any("victim" in command for command in mail.commands)
    assert mail.received == []


def test_references_and_correlation_ids_do_not_travel(api: Api, mail: Script) -> None:
    """What a client says about its order is for answers and logs, not for receivers."""
    answer = Browser().post(
        "/notifications/api/v1/orders/email",
        json.dumps(order(sendersReference=f"ref{INJECTED.format(chr(10))}")),
        "application/json",
        headers=bearer() | {"X-Correlation-ID": "corr\u0085Bcc: victim@evil.example"},
    )
    assert answer.status_code == 202

    received = arrived(mail)[0]

    only_what_was_meant(received)
    assert b"corr" not in received.data
    assert b"victim" not in received.data


NAME = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp; $recipientNumber$"


def test_a_name_is_text_in_an_html_mail_and_holds_no_keyword(api: Api, mail: Script) -> None:
    make_person(NAME)
    body = to_person(
        body='<p title="$recipientName$">$recipientName$ $recipientNumber$</p>',
        subject="$recipientName$",
    )
    template = {"subject": body["subject"], "body": body["body"], "contentType": "Html"}
    placed = {"recipients": body["recipients"], "notificationChannel": "Email"}
    assert api.post("/orders", placed | {"emailTemplate": template}).status_code == 202

    message = only_what_was_meant(arrived(mail)[0])
    html = message.get_body(("html",))
    plain = message.get_body(("plain",))
    assert html is not None
    assert plain is not None

    text = html.get_content()
    assert "<script" not in text
    assert "<img" not in text
    assert "\"'" not in text
    assert text.count("$recipientNumber$") == 2
    assert message["Subject"] == NAME
    assert "<script>alert(1)</script>" in plain.get_content()


def test_a_keyword_in_a_name_is_not_filled_in_a_plain_mail(api: Api, mail: Script) -> None:
    make_person("$recipientName$ $recipientNumber$")
    assert api.post("/orders/email", to_person(body="Hello $recipientName$!")).status_code == 202

    content = only_what_was_meant(arrived(mail)[0]).get_content()

    assert content.strip() == "Hello $recipientName$ $recipientNumber$!"


def test_no_text_or_sender_of_an_sms_adds_an_element(
    api: Api, httpserver: HTTPServer, settings: Settings
) -> None:
    asked: list[bytes] = []

    def gateway(request: Request) -> Response:
        asked.append(request.get_data())
        return Response("<SESSION><LOGON>OK</LOGON><MSGLST></MSGLST></SESSION>")

    httpserver.expect_request("/sms").respond_with_handler(gateway)
    settings.SMS_GATEWAY_URL = f"pswin+http://u:p@127.0.0.1:{httpserver.port}/sms"
    settings.ORDERS_SMS_HOURS = None
    configured.forget()
    attack = "]]></TEXT><RCV>4799999999</RCV><TEXT>&x;<!-- "
    body: dict[str, Any] = {"body": attack, "senderNumber": "A</SND><RCV>47", "recipients": []}
    body["recipients"] = [{"mobileNumber": "+4740000001"}]

    assert api.post("/orders/sms", body).status_code == 202
    processing.process_due(now=clock.now())
    draining.drain(Channel.SMS)
    configured.forget()

    sent = b"".join(asked)
    assert sent.count(b"<RCV>") == sent.count(b"<MSG>") >= 1
    assert b"<RCV>4799999999" not in sent
    assert b"<!--" not in sent
