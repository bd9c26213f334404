"""Many SMTP connections from one thread (delivery contract 3)."""

import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from unittest.mock import ANY
from uuid import uuid4

import pytest

from notifications_platform.delivery.channels.base import (
    Answered,
    Permanent,
    ProviderUnavailable,
    Sent,
    Transient,
)
from notifications_platform.delivery.channels.email import connection, pool, replies
from notifications_platform.delivery.channels.email.smtp import SmtpTransport, server
from notifications_platform.delivery.states import Reason
from tests.kernel.certificates import Certificates
from tests.kernel.smtp_sending import CONTENT, both, parcel, parcels, saying_to, transport_to
from tests.kernel.smtp_server import STALL, Script, serving


def send(
    transport: SmtpTransport, batch, connections: int
) -> tuple[list[Answered], ProviderUnavailable | None]:
    answers: list[Answered] = []
    try:
        for answer in transport.send_side_by_side(iter(batch), connections):
            answers.append(answer)
    except ProviderUnavailable as failure:
        return answers, failure
    return answers, None


def sent_positions(answers: list[Answered]) -> list[int]:
    return sorted(one.position for one in answers if isinstance(one.verdict, Sent))


@both
def test_each_parcel_leaves_once_whichever_connection_takes_it(extensions):
    script = Script(extensions)
    batch = parcels(200)
    with transport_to(script) as transport:
        answers, failure = send(transport, batch, connections=8)
    assert (sent_positions(answers), failure) == (list(range(200)), None)
    assert sorted(script.receivers()) == sorted(one.address for one in batch)
    assert 2 <= script.connections <= 8


def test_no_more_connections_than_there_are_parcels():
    script = Script()
    with transport_to(script) as transport:
        send(transport, parcels(2), connections=50)
        send(transport, [], connections=50)
    assert 1 <= script.connections <= 2


def test_one_receiver_at_whom_the_server_stalls_holds_up_nobody_else():
    script = Script(on={"RCPT": saying_to("r3@", STALL)})
    with transport_to(script, "timeout=1.5") as transport:
        began = time.monotonic()
        seen = []
        for answer in transport.send_side_by_side(iter(parcels(60)), 4):
            seen.append((answer, time.monotonic() - began))
    late = [answer.verdict for answer, after in seen if after > 1]
    assert late == [Transient("timed out before the data was handed over")]
    assert len(seen) == 60


def test_a_server_that_fails_as_a_whole_leaves_unanswered_what_was_not_begun():
    script = Script(on={"RCPT": saying_to("r40@", "421 4.3.2 shutting down")})
    with transport_to(script) as transport:
        answers, failure = send(transport, parcels(500), connections=4)
    assert failure
    assert failure.answer == "421 4.3.2 shutting down"
    # The one at which it failed must not come first again.
    assert Answered(40, Transient("421 4.3.2 shutting down"), 0.0) in answers
    assert len(script.received) == len(sent_positions(answers)) < 499


def test_a_server_that_is_down_is_asked_once():
    script = Script()
    with serving(script):
        pass
    transport = SmtpTransport(server(f"smtp://127.0.0.1:{script.port}", "x"))
    answers, failure = send(transport, parcels(50), connections=16)
    assert failure
    assert answers == [Answered(0, Transient("no connection: Connection refused"), 0.0)]


def test_a_server_with_room_for_two_serves_all_by_two_and_is_not_asked_for_more():
    script = Script()
    script.on[""] = lambda _argument: "421 too many of you" if script.connections > 2 else None
    with transport_to(script) as transport:
        answers, failure = send(transport, parcels(100), connections=6)
        asked = script.connections
        again, failure_again = send(transport, parcels(100), connections=6)
    assert (failure, failure_again) == (None, None)
    assert sent_positions(answers) == sent_positions(again) == list(range(100))
    assert script.connections == asked <= 6


def test_what_waited_for_a_connection_that_is_refused_late_leaves_all_the_same():
    script = Script()

    def late(_argument):
        if script.connections == 1:
            return None
        time.sleep(0.2)
        return "421 too many of you"

    script.on[""] = late
    with transport_to(script) as transport:
        answers, failure = send(transport, parcels(8), connections=4)
    assert (sent_positions(answers), failure) == (list(range(8)), None)


def test_connections_in_use_elsewhere_are_not_opened_twice():
    script = Script(on={".": lambda _argument: time.sleep(0.002)})
    with transport_to(script, connections=3) as transport:
        other = threading.Thread(target=send, args=(transport, parcels(100), 3))
        other.start()
        answers, _ = send(transport, parcels(100), connections=3)
        other.join()
    assert sent_positions(answers) == list(range(100))
    # The one that every call may have, and two more.
    assert script.connections <= 4


def test_a_text_that_cannot_become_a_letter_is_refused_alone():
    names = tuple(f"$n{number}$" for number in range(257))
    unwritable = replace(
        CONTENT, id=uuid4(), body=" ".join(names), placeholders=names, content_type="text/html"
    )
    batch = parcels(50)
    batch[20] = replace(batch[20], content=unwritable)
    with transport_to(Script()) as transport:
        answers, failure = send(transport, batch, connections=8)
    assert failure is None
    assert sent_positions(answers) == [*range(20), *range(21, 50)]
    (refused,) = [one.verdict for one in answers if one.position == 20]
    assert isinstance(refused, Permanent)
    assert refused.reason == Reason.CONTENT_REFUSED


def test_a_defect_of_ours_at_one_letter_puts_off_that_one_alone(monkeypatch):
    judge = replies.verdict_on_receiver

    def defective(reply, address):
        if address == "r20@example.no":
            raise RuntimeError
        return judge(reply, address)

    monkeypatch.setattr(replies, "verdict_on_receiver", defective)
    script = Script()
    with transport_to(script) as transport:
        answers, failure = send(transport, parcels(50), connections=8)
    assert failure is None
    assert [one for one in answers if not isinstance(one.verdict, Sent)] == [
        Answered(20, Transient("internal error: RuntimeError"), ANY)
    ]
    assert len(script.received) == len(answers) - 1 == 49


def within(seconds: float, work: Callable[[], object]) -> bool:
    """Whether `work` ends in time; should it not, it is left behind."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()


def test_it_ends_though_every_new_connection_is_lost_before_anything_is_written(monkeypatch):
    def lost(_self, _content):
        raise ConnectionResetError

    monkeypatch.setattr(connection.Connection, "write", lost)
    ended = []
    with transport_to(Script()) as transport:
        assert within(5, lambda: ended.append(send(transport, parcels(5), connections=4)))
    ((_, failure),) = ended
    assert failure
    assert failure.answer == "the connection breaks again and again"


def test_it_ends_though_a_connection_is_never_opened(monkeypatch):
    given_up, failures = threading.Event(), []

    def never(_server):
        given_up.wait(10)
        raise ProviderUnavailable("no connection")

    monkeypatch.setattr(pool, "Connection", never)
    with transport_to(Script(), "timeout=0.2") as transport:
        assert within(5, lambda: failures.append(send(transport, parcels(5), connections=4)[1]))
        given_up.set()
    assert [failure and failure.answer for failure in failures] == ["no connection: timed out"]


def test_an_answer_that_came_while_we_stood_still_is_no_time_out():
    script = Script(on={".": lambda _argument: time.sleep(0.1)})

    def batch():
        for number, one in enumerate(parcels(20)):
            if number == 12:
                time.sleep(0.8)
            yield one

    with transport_to(script, "timeout=0.5") as transport:
        answers, failure = send(transport, batch(), connections=8)
    assert (sent_positions(answers), failure) == (list(range(20)), None)
    assert len(script.received) == 20


def test_who_stops_listening_leaves_nothing_half_said():
    script = Script()
    with transport_to(script) as transport:
        answers = transport.send_side_by_side(iter(parcels(1000)), 4)
        for _ in range(10):
            next(answers)
        answers.close()  # type: ignore[attr-defined]
        assert send(transport, parcels(5), 1)[1] is None
    assert len(script.received) < 1000


@pytest.mark.parametrize("secured", [False, True])
def test_a_message_larger_than_the_network_takes_at_once(
    secured, certificates: Certificates, monkeypatch
):
    monkeypatch.setattr(connection, "_tls", certificates.client_context)
    tls: ssl.SSLContext | None = certificates.server_context("localhost") if secured else None
    script = Script(tls=tls, tls_at_once=secured)
    text = "Hei, dette er en lang tekst. " * 100_000
    large = replace(parcel(), content=replace(CONTENT, id=uuid4(), body=text))
    with serving(script):
        url = f"smtp://localhost:{script.port}?timeout=20{'&tls=ssl' if secured else ''}"
        transport = SmtpTransport(server(url, "tests.example"))
        answers, failure = send(transport, [large, parcel(), large, parcel()], connections=2)
        transport.pool.close()
    assert (sent_positions(answers), failure) == ([0, 1, 2, 3], None)
    assert sorted(len(one.data) > 2_900_000 for one in script.received) == [
        False,
        False,
        True,
        True,
    ]
