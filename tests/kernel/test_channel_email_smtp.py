"""E-mail over SMTP against a scripted server (delivery contract 3)."""

import email
import email.policy
import threading
import time
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from notifications_platform.core import clock
from notifications_platform.delivery.channels.base import (
    NotTried,
    Permanent,
    Sent,
    Transient,
)
from notifications_platform.delivery.states import Reason
from tests.kernel.smtp_sending import (
    CONTENT,
    PIPELINING,
    PLAIN,
    both,
    parcel,
    parcels,
    saying_to,
    send,
    transport_to,
    verdicts_of,
)
from tests.kernel.smtp_server import CLOSE, STALL, Script


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
        ("501 5.1.3 syntax", Permanent(Reason.BOUNCED, "501 5.1.3 syntax")),
        ("553 name not allowed", Permanent(Reason.BOUNCED, "553 name not allowed")),
    ],
)
def test_a_refused_receiver_costs_only_itself(extensions, data_says, said, verdict):
    script = Script(extensions, on={"RCPT": saying_to("r1@", said)})
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
    script = Script(extensions, on={"MAIL": saying_to("bad@", said)})
    bad = replace(parcel(), content=replace(CONTENT, id=uuid4(), sender="bad@altinn.no"))
    with transport_to(script) as transport:
        verdicts = verdicts_of(transport, parcel(), bad, parcel())
    assert verdicts[1] == verdict
    assert len(script.received) == 2


@both
def test_a_refused_return_path_is_the_channels_trouble(extensions):
    script = Script(extensions, on={"MAIL": saying_to("bounces@", "550 5.1.8 unknown")})
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
    assert verdicts[2] == NotTried("not handed over: its time was over")
    assert verdicts[3] == Permanent(Reason.CONTENT_REFUSED, "the sender is not a mail address")
    assert verdicts[5] == verdicts[0]
    assert len(script.received) == 2


@both
def test_a_time_that_ends_in_mid_batch_is_respected(extensions):
    """The next envelope may be on its way by then; its content is not sent."""
    soon = clock.real() + timedelta(seconds=0.6)

    def slow_over_one(argument):
        while "r1@" in argument and clock.real() <= soon:
            time.sleep(0.02)

    script = Script(extensions, on={".": slow_over_one})
    batch = [replace(one, not_after=soon) for one in parcels(6)]
    with transport_to(script) as transport:
        verdicts = verdicts_of(transport, *batch)
    assert [type(one) for one in verdicts[:2]] == [Sent, Sent]
    late = NotTried("not handed over: its time was over")
    assert verdicts[2:] == [late] * 4
    assert script.receivers() == ["r0@example.no", "r1@example.no"]


def test_an_answer_holds_no_address_in_another_letter_case_either():
    script = Script(on={"RCPT": lambda _argument: "550 5.1.1 unknown user KARI.NORDMANN"})
    with transport_to(script) as transport:
        (verdict,) = verdicts_of(transport, parcel("kari.nordmann@example.no"))
    assert verdict == Permanent(Reason.BOUNCED, "550 5.1.1 unknown user …")


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
    script = Script(extensions, on={".": saying_to("r2@", CLOSE)})
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
    script = Script(extensions, on={"RCPT": saying_to("r1@", CLOSE)})
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
    script = Script(on={".": saying_to("r1@", CLOSE)})
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
    script = Script(extensions, on={"RCPT": saying_to("r1@", STALL)})
    with transport_to(script, "timeout=0.6") as transport:
        verdicts = verdicts_of(transport, *parcels(3))
    assert verdicts[1] == Transient("timed out before the data was handed over")
    assert [type(one) for one in verdicts] == [Sent, Transient, Sent]


def test_two_time_outs_in_a_row_are_enough():
    script = Script(on={"RCPT": lambda _argument: STALL})
    with transport_to(script, "timeout=0.5") as transport:
        verdicts, failure = send(transport, *parcels(10))
    assert len(verdicts) == 2
    assert failure
