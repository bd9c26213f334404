"""When the SMTP server as a whole fails, and how it is reached (delivery contract 3)."""

import socket
import ssl
from email.message import Message as EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from notifications_platform.delivery.channels.base import (
    Sent,
)
from notifications_platform.delivery.channels.email import connection
from notifications_platform.delivery.channels.email.smtp import SmtpTransport, server
from tests.kernel.certificates import Certificates
from tests.kernel.smtp_sending import (
    PIPELINING,
    both,
    parcel,
    parcels,
    send,
    transport_to,
    verdicts_of,
)
from tests.kernel.smtp_server import CLOSE, STALL, Script, serving


# --- the provider as a whole ------------------------------------------------------------------
@both
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "."])
def test_421_anywhere_stops_the_batch_at_its_message(extensions, step):
    turns = iter([None, "421 4.3.2 shutting down"])
    script = Script(extensions, on={step: lambda _argument: next(turns)})
    with transport_to(script) as transport:
        verdicts, failure = send(transport, *parcels(3))
    assert [type(one) for one in verdicts] == [Sent]
    assert failure
    assert (failure.answer, failure.retry_in) == ("421 4.3.2 shutting down", None)


@pytest.mark.parametrize("greeting", ["421 busy", "554 no", "hello", STALL, CLOSE])
def test_a_server_that_does_not_greet_is_unavailable(greeting):
    script = Script(on={"": lambda _argument: greeting})
    with transport_to(script, "timeout=0.3") as transport:
        verdicts, failure = send(transport, parcel())
    assert (verdicts, bool(failure)) == ([], True)


def test_a_greeting_that_drips_is_cut_off():
    script = Script(on={"": lambda _argument: "220-" + "x" * 70_000})
    with transport_to(script) as transport:
        _, failure = send(transport, parcel())
    assert failure


def test_nobody_listening_is_unavailable():
    script = Script()
    with serving(script):
        pass
    transport = SmtpTransport(server(f"smtp://127.0.0.1:{script.port}", "x"))
    verdicts, failure = send(transport, parcel())
    assert (verdicts, failure and failure.answer) == ([], "no connection: Connection refused")


def test_a_connection_that_carried_enough_is_replaced(monkeypatch):
    monkeypatch.setattr(connection, "_MOST_MESSAGES", 3)
    script = Script()
    with transport_to(script) as transport:
        verdicts_of(transport, *parcels(10))
    assert len(script.received) == 10
    assert 2 < script.connections < 5
    assert "QUIT" in script.commands


# --- passwords and TLS ------------------------------------------------------------------------
@pytest.fixture
def trusted(certificates: Certificates, monkeypatch) -> ssl.SSLContext:
    monkeypatch.setattr(connection, "_tls", certificates.client_context)
    return certificates.server_context("localhost")


def secured(script: Script, options: str, credentials="", host="localhost"):
    url = f"smtp://{credentials}{host}:{script.port}?timeout=5&{options}"
    transport = SmtpTransport(server(url, "tests.example"))
    result = send(transport, parcel())
    transport.pool.close()
    return result


@pytest.mark.parametrize(("options", "at_once"), [("tls=starttls", False), ("tls=ssl", True)])
def test_tls_and_a_password(trusted, options, at_once):
    script = Script((*PIPELINING, "AUTH PLAIN"), tls=trusted, tls_at_once=at_once)
    with serving(script):
        verdicts, failure = secured(script, options, "user:p%40ss@")
    assert failure is None
    assert isinstance(verdicts[0], Sent)


@pytest.mark.parametrize(("options", "at_once"), [("tls=starttls", False), ("tls=ssl", True)])
def test_a_certificate_for_another_name_is_refused(trusted, options, at_once):
    script = Script(tls=trusted, tls_at_once=at_once)
    with serving(script):
        _, failure = secured(script, options, host="127.0.0.1")
    assert failure
    assert "TLS" in failure.answer
    assert script.received == []


def test_starttls_is_never_left_out():
    script = Script()
    with serving(script):
        _, failure = secured(script, "tls=starttls")
    assert failure
    assert script.received == []


def test_what_was_said_before_the_handshake_is_not_believed(trusted):
    script = Script(tls=trusted, on={"STARTTLS": lambda _argument: "220 go\r\n250 injected"})
    with serving(script):
        _, failure = secured(script, "tls=starttls")
    assert failure
    assert script.received == []


def test_a_wrong_password_is_the_channels_trouble():
    script = Script((*PIPELINING, "AUTH PLAIN"))
    with serving(script):
        _, failure = secured(script, "", "user:wrong@", host="127.0.0.1")
    assert failure
    assert failure.answer == "535 wrong"


@pytest.mark.parametrize(
    ("mechanism", "says", "user"),
    [
        ("PLAIN", "235 welcome", "user:p%C3%B8@"),
        ("CRAM-MD5", "334 a", "user:p%40ss@"),
    ],
    ids=["a password beyond ASCII", "a challenge that is no base64"],
)
def test_a_login_that_cannot_be_put_together_is_the_channels_trouble(mechanism, says, user):
    script = Script((*PIPELINING, f"AUTH {mechanism}"), on={"AUTH": lambda _argument: says})
    with serving(script):
        verdicts, failure = secured(script, "", user, host="127.0.0.1")
    assert verdicts == []
    assert failure
    assert failure.answer == "no connection: the login failed"


@pytest.mark.parametrize(
    ("url", "port", "tls"),
    [
        ("smtp://h", 25, ""),
        ("smtp://h:2525", 2525, ""),
        ("smtp://h?tls=starttls", 587, "starttls"),
        ("smtp://u:p@h?tls=ssl", 465, "ssl"),
    ],
)
def test_settings_that_are_understood(url, port, tls):
    told = server(url, "x")
    assert (told.port, told.tls) == (port, tls)
    assert SmtpTransport(told).name == f"smtp:h:{port}"


@pytest.mark.parametrize("url", ["smtps://h", "smtp://", "smtp://h?tls=maybe", "smtp://h?x=1"])
def test_settings_that_are_refused(url):
    with pytest.raises(ValueError, match="smtp://user:password@host"):
        server(url, "x")


# --- a server of somebody else's making -------------------------------------------------------
class Kept(Message):
    def __init__(self) -> None:
        super().__init__()
        self.kept: list[EmailMessage] = []

    def handle_message(self, message) -> None:
        self.kept.append(message)


def test_aiosmtpd_takes_what_we_send():
    handler = Kept()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port, enable_SMTPUTF8=True)
    controller.start()
    try:
        transport = SmtpTransport(server(f"smtp://127.0.0.1:{port}", "tests.example"))
        batch = [*parcels(3), parcel("bjørn@blåbær.no")]
        assert [type(one) for one in verdicts_of(transport, *batch)] == [Sent] * 4
        transport.pool.close()
    finally:
        controller.stop()
    assert [one["X-RcptTo"] for one in handler.kept][:3] == [one.address for one in batch[:3]]
    body = handler.kept[0].get_payload(decode=True)
    assert isinstance(body, bytes)
    assert body.splitlines() == [b".", b"Hei Kari"]
