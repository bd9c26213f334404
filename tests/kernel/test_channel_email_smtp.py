"""E-mail over SMTP against a scripted server (delivery contract 3)."""

import email
import email.policy
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email.message import Message as EmailMessage
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from notifications_platform.core import clock
from notifications_platform.delivery.channels.base import (
    Content,
    Parcel,
    Permanent,
    ProviderUnavailable,
    Sent,
    Transient,
    Verdict,
)
from notifications_platform.delivery.channels.email import connection
from notifications_platform.delivery.channels.email.smtp import SmtpTransport, server
from notifications_platform.delivery.states import Reason
from tests.kernel.certificates import Certificates
from tests.kernel.smtp_server import CLOSE, STALL, Script, serving

CONTENT = Content(
    id=uuid4(),
    sender="noreply@altinn.no",
    subject="Hei",
    body=".\nHei $name$",
    placeholders=("$name$",),
)
PLAIN = ("8BITMIME",)
PIPELINING = ("PIPELINING", "SMTPUTF8", "8BITMIME")
both = pytest.mark.parametrize("extensions", [PLAIN, PIPELINING], ids=["in turn", "pipelined"])


def parcel(address="kari@example.no", **changes) -> Parcel:
    return Parcel(
        id=uuid4(), address=address, content=CONTENT, values={"$name$": "Kari"}, **changes
    )


def parcels(count: int) -> list[Parcel]:
    return [parcel(f"r{number}@example.no") for number in range(count)]


@contextmanager
def transport_to(script: Script, options="timeout=5", **kwargs) -> Iterator[SmtpTransport]:
    with serving(script):
        url = f"smtp://127.0.0.1:{script.port}?{options}"
        transport = SmtpTransport(server(url, "tests.example"), **kwargs)
        try:
            yield transport
        finally:
            transport.pool.close()


def send(
    transport: SmtpTransport, *batch: Parcel
) -> tuple[list[Verdict], ProviderUnavailable | None]:
    """The verdicts, and the ProviderUnavailable that ended them, if one did."""
    verdicts: list[Verdict] = []
    try:
        for verdict in transport.send(batch):
            verdicts.append(verdict)
    except ProviderUnavailable as failure:
        return verdicts, failure
    return verdicts, None


def verdicts_of(transport: SmtpTransport, *batch: Parcel) -> list[Verdict]:
    verdicts, failure = send(transport, *batch)
    assert failure is None
    return verdicts


def to(address: str, said: str):
    """The server says this to the one address, the usual to others."""
    return lambda argument: said if address in argument else None


@both
def test_a_batch_goes_over_one_connection(extensions):
    script = Script(extensions)
    batch = parcels(5)
    with transport_to(script) as transport:
        assert verdicts_of(transport, *batch) == [Sent(answer="250 2.0.0 Ok: queued")] * 5
    assert script.connections == 1
    assert script.receivers() == [one.address for one in batch]
    message = email.message_from_bytes(script.received[0].data, policy=email.policy.default)
    assert message["Message-ID"] == f"<{batch[0].id}@altinn.no>"
    assert message["To"] == "r0@example.no"
    assert message.get_content().splitlines() == [".", "Hei Kari"]
    assert script.received[0].sender == "noreply@altinn.no"
    assert script.commands[0].upper() == "EHLO TESTS.EXAMPLE"


def test_commands_are_grouped_only_where_the_server_pipelines():
    for extensions, grouped in ((PLAIN, False), (PIPELINING, True)):
        script = Script(extensions)
        with transport_to(script) as transport:
            verdicts_of(transport, *parcels(3))
        assert bool(script.ahead) is grouped


@both
def test_a_kept_connection_serves_the_next_batch(extensions):
    script = Script(extensions)
    with transport_to(script) as transport:
        for _ in range(3):
            verdicts_of(transport, *parcels(2))
    assert script.connections == 1


def test_several_threads_have_a_connection_each():
    script = Script()
    with transport_to(script) as transport:
        threads = [
            threading.Thread(target=verdicts_of, args=(transport, *parcels(50))) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert verdicts_of(transport, parcel())
    assert len(script.received) == 201
    assert 1 <= script.connections <= 4


def test_the_return_path_is_the_envelope_sender():
    script = Script()
    with transport_to(script, return_path="bounces@altinn.no") as transport:
        verdicts_of(transport, parcel())
    assert script.received[0].sender == "bounces@altinn.no"
    assert b"From: noreply@altinn.no\r\n" in script.received[0].data


# --- one message's verdict, the others' untouched ---------------------------------------------
@both
@pytest.mark.parametrize("data_says", [None, "354 send it anyway"])
@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("450 4.2.0 greylisted", Transient("450 4.2.0 greylisted")),
        ("452 too many", Transient("452 too many")),
        ("550 5.1.1 no such user", Permanent(Reason.BOUNCED, "550 5.1.1 no such user")),
        ("552 full", Permanent(Reason.BOUNCED, "552 full")),
        ("554 5.7.1 relay denied", Permanent(Reason.BOUNCED, "554 5.7.1 relay denied")),
        ("501 5.1.3 syntax", Permanent(Reason.INVALID_ADDRESS, "501 5.1.3 syntax")),
        ("553 name not allowed", Permanent(Reason.INVALID_ADDRESS, "553 name not allowed")),
    ],
)
def test_a_refused_receiver_costs_only_itself(extensions, data_says, said, verdict):
    script = Script(extensions, on={"RCPT": to("r1@", said)})
    if data_says:
        script.on["DATA"] = lambda _argument: data_says
    with transport_to(script) as transport:
        verdicts = verdicts_of(transport, *parcels(4))
    assert [type(one) for one in verdicts] == [Sent, type(verdict), Sent, Sent]
    assert verdicts[1] == verdict
    assert script.connections == 1
    assert script.receivers() == ["r0@example.no", "r2@example.no", "r3@example.no"]


@both
@pytest.mark.parametrize("step", ["DATA", "."])
@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("451 4.3.0 later", Transient("451 4.3.0 later")),
        ("552 too big", Permanent(Reason.CONTENT_REFUSED, "552 too big")),
        ("554 5.7.1 spam", Permanent(Reason.CONTENT_REFUSED, "554 5.7.1 spam")),
    ],
)
def test_refused_content_costs_only_itself(extensions, step, said, verdict):
    turns = iter([None, said, None])
    script = Script(extensions, on={step: lambda _argument: next(turns)})
    with transport_to(script) as transport:
        verdicts = verdicts_of(transport, *parcels(3))
    assert verdicts[1] == verdict
    assert (isinstance(verdicts[0], Sent), isinstance(verdicts[2], Sent)) == (True, True)
    assert (script.connections, len(script.received)) == (1, 2)


@both
@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("451 4.1.8 later", Transient("451 4.1.8 later")),
        ("550 5.7.1 not you", Permanent(Reason.CONTENT_REFUSED, "550 5.7.1 not you")),
    ],
)
def test_a_refused_sender_of_a_content(extensions, said, verdict):
    script = Script(extensions, on={"MAIL": to("bad@", said)})
    bad = replace(parcel(), content=replace(CONTENT, id=uuid4(), sender="bad@altinn.no"))
    with transport_to(script) as transport:
        verdicts = verdicts_of(transport, parcel(), bad, parcel())
    assert verdicts[1] == verdict
    assert len(script.received) == 2


@both
def test_a_refused_return_path_is_the_channels_trouble(extensions):
    script = Script(extensions, on={"MAIL": to("bounces@", "550 5.1.8 unknown")})
    with transport_to(script, return_path="bounces@altinn.no") as transport:
        verdicts, failure = send(transport, parcel())
    assert (verdicts, failure and failure.answer) == ([], "550 5.1.8 unknown")


def test_what_needs_no_server_is_answered_in_its_place():
    script = Script()
    late = parcel(not_after=clock.real() - timedelta(seconds=1))
    unsendable = replace(parcel(), content=replace(CONTENT, id=uuid4(), sender="nobody"))
    with transport_to(script) as transport:
        verdicts = verdicts_of(
            transport, parcel("no address"), parcel(), late, unsendable, parcel(), parcel("@")
        )
    assert verdicts[0] == Permanent(Reason.INVALID_ADDRESS, "not a mail address")
    assert verdicts[2] == Transient("not handed over: its time was over", timedelta(0))
    assert verdicts[3] == Permanent(Reason.CONTENT_REFUSED, "the sender is not a mail address")
    assert verdicts[5] == verdicts[0]
    assert len(script.received) == 2


@both
def test_a_time_that_ends_in_mid_batch_is_respected(extensions):
    """The envelope may be on its way by then; the content is not."""
    script = Script(extensions)

    def slow(_argument):
        time.sleep(0.15)

    script.on["."] = slow
    soon = clock.real() + timedelta(seconds=0.25)
    batch = [replace(one, not_after=soon) for one in parcels(6)]
    with transport_to(script) as transport:
        verdicts = verdicts_of(transport, *batch)
    assert isinstance(verdicts[0], Sent)
    assert verdicts[-1] == Transient("not handed over: its time was over", timedelta(0))
    assert len(script.received) == [type(one) for one in verdicts].count(Sent)


def test_an_answer_holds_no_address():
    script = Script(on={"RCPT": lambda a: f"550 5.1.1 {a.partition(':')[2]}: Kari is unknown"})
    with transport_to(script) as transport:
        (verdict,) = verdicts_of(transport, parcel("kari@example.no"))
    assert verdict == Permanent(Reason.BOUNCED, "550 5.1.1 <…>: … is unknown")


# --- other alphabets --------------------------------------------------------------------------
def test_a_local_part_beyond_ascii_goes_where_the_server_takes_it():
    script = Script()
    with transport_to(script) as transport:
        assert isinstance(verdicts_of(transport, parcel("bjørn@blåbær.no"))[0], Sent)
    assert script.receivers() == ["bjørn@xn--blbr-roah.no"]
    assert "SMTPUTF8" in next(one for one in script.commands if one.startswith("MAIL"))
    assert "To: bjørn@".encode() in script.received[0].data


@pytest.mark.parametrize("extensions", [("PIPELINING",), PLAIN])
def test_a_local_part_beyond_ascii_is_refused_where_the_server_does_not(extensions):
    script = Script(extensions)
    with transport_to(script) as transport:
        verdicts = verdicts_of(transport, parcel(), parcel("bjørn@example.no"), parcel("a@blå.no"))
    assert [type(one) for one in verdicts] == [Sent, Permanent, Sent]
    refusal = "the server takes ASCII addresses only"
    assert verdicts[1] == Permanent(Reason.INVALID_ADDRESS, refusal)
    assert script.receivers() == ["kari@example.no", "a@xn--bl-zia.no"]


def test_a_message_larger_than_the_server_takes_is_not_offered():
    script = Script(("PIPELINING", "SIZE 1000"))
    big = replace(parcel(), content=replace(CONTENT, id=uuid4(), body="x" * 2000))
    with transport_to(script) as transport:
        verdicts = verdicts_of(transport, parcel(), big, parcel())
    assert verdicts[1] == Permanent(Reason.CONTENT_REFUSED, "larger than the server takes")
    assert len(script.received) == 2


# --- lost connections -------------------------------------------------------------------------
LOST_AFTER = Transient("connection lost after the data was handed over")


@both
def test_a_connection_lost_at_the_end_of_data_costs_one_message(extensions):
    script = Script(extensions, on={".": to("r2@", CLOSE)})
    with transport_to(script) as transport:
        verdicts = verdicts_of(transport, *parcels(5))
    assert verdicts[2] == LOST_AFTER
    assert script.receivers() == [f"r{number}@example.no" for number in (0, 1, 3, 4)]
    assert script.connections == 2


@both
def test_a_server_that_closes_after_each_message_still_gets_them_all(extensions):
    """It answers, then closes: nothing is uncertain, each message costs a connection."""
    script = Script(extensions)
    script.on["MAIL"] = lambda _argument: CLOSE if script.received and needs_new() else None
    seen = set()

    def needs_new() -> bool:
        new = len(script.received) not in seen
        seen.add(len(script.received))
        return new

    with transport_to(script) as transport:
        verdicts = verdicts_of(transport, *parcels(4))
    assert [type(one) for one in verdicts] == [Sent] * 4
    assert script.connections == 4


@both
def test_one_receiver_that_kills_the_connection_is_put_off(extensions):
    script = Script(extensions, on={"RCPT": to("r1@", CLOSE)})
    with transport_to(script) as transport:
        verdicts = verdicts_of(transport, *parcels(3))
    assert verdicts[1] == Transient("connection lost before the data was handed over")
    assert script.receivers() == ["r0@example.no", "r2@example.no"]


@both
def test_a_server_that_always_closes_is_left_alone(extensions):
    script = Script(extensions, on={"MAIL": lambda _argument: CLOSE})
    with transport_to(script) as transport:
        verdicts, failure = send(transport, *parcels(10))
    assert len(verdicts) == 2
    assert failure
    assert script.connections == 4


def test_a_stale_kept_connection_is_replaced():
    script = Script()
    with transport_to(script) as transport:
        verdicts_of(transport, parcel())
        script.hang_up()
        assert isinstance(verdicts_of(transport, parcel())[0], Sent)
    assert (script.connections, len(script.received)) == (2, 2)


def test_a_kept_connection_that_dies_in_use_is_replaced_once():
    script = Script()
    closing = iter([None, CLOSE, None])
    script.on["MAIL"] = lambda _argument: next(closing)
    with transport_to(script) as transport:
        verdicts_of(transport, parcel())
        assert isinstance(verdicts_of(transport, parcel())[0], Sent)
    assert (script.connections, len(script.received)) == (2, 2)


def test_no_new_connection_in_mid_batch_makes_the_provider_unavailable():
    script = Script(on={".": to("r1@", CLOSE)})
    script.on[""] = lambda _argument: "554 go away" if script.connections > 1 else None
    with transport_to(script) as transport:
        verdicts, failure = send(transport, *parcels(4))
    assert [type(one) for one in verdicts] == [Sent, Transient]
    assert failure
    assert failure.answer == "554 go away"


@both
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize("said", ["hello?", "999 what", "25", "\u20ac"])
def test_garbage_costs_one_message_and_the_connection(extensions, step, said):
    turns = iter([None, said, None, None])
    script = Script(extensions, on={step: lambda _argument: next(turns)})
    with transport_to(script) as transport:
        verdicts = verdicts_of(transport, *parcels(3))
    assert [type(one) for one in verdicts] == [Sent, Transient, Sent]
    assert script.connections == 2


@both
def test_a_receiver_at_whom_the_server_stalls_costs_one_time_out(extensions):
    script = Script(extensions, on={"RCPT": to("r1@", STALL)})
    with transport_to(script, "timeout=0.3") as transport:
        verdicts = verdicts_of(transport, *parcels(3))
    assert verdicts[1] == Transient("timed out before the data was handed over")
    assert [type(one) for one in verdicts] == [Sent, Transient, Sent]


def test_two_time_outs_in_a_row_are_enough():
    script = Script(on={"RCPT": lambda _argument: STALL})
    with transport_to(script, "timeout=0.2") as transport:
        verdicts, failure = send(transport, *parcels(10))
    assert len(verdicts) == 2
    assert failure


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
