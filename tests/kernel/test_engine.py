"""The delivery engine through its own door: schedule, drain, sweep (delivery contract 1, 2)."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import psycopg
import pytest
from django.db import connection
from django.db.models import F
from pytest_django import Settings

from notifications_platform.core import clock
from notifications_platform.core.connections import parameters
from notifications_platform.core.windows import Window
from notifications_platform.delivery import claiming, draining, owners, sweeping
from notifications_platform.delivery.channels.base import (
    Parcel,
    Permanent,
    ProviderUnavailable,
    Sent,
    Transient,
    Verdict,
)
from notifications_platform.delivery.models import Attempt, Message, Provider, Turn
from notifications_platform.delivery.pace import Pace
from notifications_platform.delivery.recording import Tried, record
from notifications_platform.delivery.states import Channel, Lane, Reason, Result, State
from tests.factories import make_content, make_messages
from tests.kernel.sinks import eventually
from tests.transports import FakeTransport, Use

pytestmark = pytest.mark.django_db(transaction=True)


def sweep(*, now: datetime | None = None) -> None:
    now = now or clock.now()
    sweeping.expire(now=now)
    sweeping.line_up(now=now, real=clock.real())
    sweeping.reclaim(real=clock.real(), now=clock.now())


def state_of(message: Message) -> str:
    return Message.objects.get(pk=message.pk).state


def test_a_due_message_is_sent_once_and_its_attempt_recorded(
    use: Use, told: list[owners.Outcome]
) -> None:
    transport = use(FakeTransport())
    (message,) = make_messages()

    assert draining.drain(Channel.EMAIL) == 1
    assert draining.drain(Channel.EMAIL) == 0

    message.refresh_from_db()
    assert [parcel.id for parcel in transport.sent] == [message.id]
    assert (message.state, message.provider, message.attempts) == (State.SENT, "fake", 1)
    assert message.final_at is not None
    attempt = Attempt.objects.get(message_id=message.id)
    assert (attempt.number, attempt.result) == (1, "sent")
    assert attempt.duration_ms is not None
    assert [(one.was, one.state, one.final) for one in told] == [("claimed", "sent", True)]


def test_sent_is_not_final_where_the_provider_reports_delivery(use: Use) -> None:
    use(FakeTransport(reports=True))
    (message,) = make_messages()

    draining.drain(Channel.EMAIL)

    message.refresh_from_db()
    assert (message.state, message.final_at) == (State.SENT, None)
    assert message.provider_reference == f"ref-{message.id}"


def test_a_thousand_messages_take_a_bounded_number_of_statements(
    use: Use, django_assert_max_num_queries: Callable[..., object]
) -> None:
    transport = use(FakeTransport())
    make_messages(1000)
    with django_assert_max_num_queries(80):  # type: ignore[attr-defined]
        draining.drain(Channel.EMAIL)
    assert len({parcel.id for parcel in transport.sent}) == 1000


def test_nothing_leaves_before_its_time(use: Use) -> None:
    transport = use(FakeTransport())
    now = clock.now()
    (message,) = make_messages(not_before=now + timedelta(hours=1))

    draining.drain(Channel.EMAIL)
    sweep(now=now + timedelta(minutes=59))
    draining.drain(Channel.EMAIL)

    assert transport.sent == []
    assert state_of(message) == State.QUEUED


def test_a_message_whose_time_came_is_lined_up_by_the_sweep(use: Use) -> None:
    transport = use(FakeTransport())
    now = clock.now()
    (message,) = make_messages(not_before=now + timedelta(milliseconds=50))

    while clock.now() <= now + timedelta(milliseconds=60):
        pass
    sweep()
    draining.drain(Channel.EMAIL)

    assert [parcel.id for parcel in transport.sent] == [message.id]


def test_a_clock_moved_back_makes_what_stood_in_line_wait_again(use: Use) -> None:
    transport = use(FakeTransport())
    tomorrow = clock.now() + timedelta(days=1)
    (message,) = make_messages(now=tomorrow)

    draining.drain(Channel.EMAIL)

    message.refresh_from_db()
    assert transport.sent == []
    assert (message.state, message.fair_at, message.not_before) == (State.QUEUED, None, tomorrow)
    assert message.attempts == 0


def test_outside_its_window_a_message_waits_for_the_opening() -> None:
    closed = datetime(2031, 3, 4, 20, tzinfo=UTC)
    (message,) = make_messages(
        content=make_content(Channel.SMS, window=Window.parse("9-17")),
        now=closed,
        address="+4740000001",
    )
    assert message.fair_at is None
    assert message.not_before == datetime(2031, 3, 5, 8, 0, 0, 1, tzinfo=UTC)


def test_a_window_that_closes_while_the_message_waits_puts_it_off() -> None:
    open_at = datetime(2031, 3, 4, 15, 59, tzinfo=UTC)
    (message,) = make_messages(
        content=make_content(Channel.SMS, window=Window.parse("9-17")),
        now=open_at,
        address="+4740000001",
    )
    assert message.fair_at is not None

    claim = claiming.claim(Channel.SMS, limit=10, now=open_at + timedelta(minutes=1))

    message.refresh_from_db()
    assert (claim.messages, claim.took) == ([], 1)
    assert (message.state, message.attempts) == (State.QUEUED, 0)
    assert message.not_before == datetime(2031, 3, 5, 8, 0, 0, 1, tzinfo=UTC)


def test_no_attempt_starts_after_the_expiry_and_the_message_fails_when_its_grace_is_over(
    use: Use, told: list[owners.Outcome]
) -> None:
    transport = use(FakeTransport())
    now = clock.now()
    (message,) = make_messages(
        now=now - timedelta(hours=2),
        expires_at=now - timedelta(minutes=1),
        grace=timedelta(minutes=5),
    )

    draining.drain(Channel.EMAIL)
    sweep(now=now)
    assert (transport.sent, state_of(message), told) == ([], State.QUEUED, [])

    sweep(now=now + timedelta(minutes=4, seconds=1))
    message.refresh_from_db()
    assert (message.state, message.reason) == (State.FAILED, Reason.EXPIRED)
    assert [(one.was, one.final) for one in told] == [("queued", True)]


def test_a_sent_message_without_a_report_expires_too(use: Use) -> None:
    use(FakeTransport(reports=True))
    now = clock.now()
    (message,) = make_messages(expires_at=now + timedelta(hours=1))
    draining.drain(Channel.EMAIL)

    sweep(now=now + timedelta(hours=1))

    message.refresh_from_db()
    assert (message.state, message.reason) == (State.FAILED, Reason.EXPIRED)


def test_a_put_off_message_is_tried_again_by_its_own_schedule(
    use: Use, told: list[owners.Outcome]
) -> None:
    use(FakeTransport(answer=lambda _parcel: Transient("451 greylisted")))
    (message,) = make_messages()
    pauses = []
    for _ in range(3):
        before = clock.now()
        draining.drain(Channel.EMAIL)
        message.refresh_from_db()
        pauses.append(round((message.not_before - before).total_seconds() / 60))
        Message.objects.update(not_before=before - timedelta(days=1))
        sweep()

    assert pauses == [1, 5, 5]
    assert [(one.state, one.final) for one in told] == [("queued", False)] * 3
    answers = Attempt.objects.filter(message_id=message.id).values_list("answer", flat=True)
    assert list(answers) == ["451 greylisted"] * 3


def test_a_schedule_that_runs_out_fails_the_message(use: Use) -> None:
    use(FakeTransport(answer=lambda _parcel: Transient("HTTP 503")))
    (message,) = make_messages(
        content=make_content(retry_after=[timedelta(0)], retry_last_repeats=False)
    )
    for _ in range(2):
        draining.drain(Channel.EMAIL)
        sweep()

    message.refresh_from_db()
    assert (message.state, message.reason, message.attempts) == ("failed", Reason.GAVE_UP, 2)


def test_one_bad_recipient_fails_alone(use: Use) -> None:
    def answer(parcel: Parcel) -> Verdict:
        if parcel.address.startswith("nr3@"):
            return Permanent(Reason.BOUNCED, "550 no such user")
        return Sent()

    use(FakeTransport(answer=answer))
    make_messages(10)
    draining.drain(Channel.EMAIL)

    failed = Message.objects.get(state=State.FAILED)
    assert (failed.address, failed.reason) == ("nr3@demo.example", Reason.BOUNCED)
    assert Message.objects.filter(state=State.SENT).count() == 9


def test_a_provider_that_fails_as_a_whole_is_left_alone_for_longer_each_time(use: Use) -> None:
    transport = use(FakeTransport(unavailable=ProviderUnavailable("421 busy")))
    make_messages(5)
    pauses = []
    for _ in range(3):
        before = clock.real()
        draining.drain(Channel.EMAIL)
        provider = Provider.objects.get(name="fake")
        assert provider.paused_until is not None
        pauses.append(round((provider.paused_until - before).total_seconds()))
        calls = transport.calls
        Message.objects.update(not_before=before - timedelta(days=1))
        sweep()
        draining.drain(Channel.EMAIL)
        assert transport.calls == calls
        Provider.objects.update(paused_until=before - timedelta(seconds=1))

    assert pauses == [60, 120, 240]
    transport.unavailable = None
    draining.drain(Channel.EMAIL)
    assert Message.objects.filter(state=State.SENT).count() == 5
    assert Provider.objects.get(name="fake").failures == 0


def test_a_second_provider_takes_what_the_first_cannot(use: Use) -> None:
    first = FakeTransport("first", unavailable=ProviderUnavailable("LOGON FAIL"))
    second = FakeTransport("second")
    use(first, second)
    make_messages(5)

    draining.drain(Channel.EMAIL)

    assert len(second.sent) == 5
    assert set(Message.objects.values_list("provider", flat=True)) == {"second"}


def test_a_switched_off_provider_is_not_called(use: Use) -> None:
    transport = use(FakeTransport())
    Provider.objects.create(channel=Channel.EMAIL, name="fake", switched_off=True)
    (message,) = make_messages()

    draining.drain(Channel.EMAIL)

    assert (transport.calls, state_of(message)) == (0, State.QUEUED)


def test_whatever_a_provider_answers_can_be_recorded(use: Use) -> None:
    use(FakeTransport(answer=lambda parcel: Sent(f"{parcel.id}\x00\udcff", "\x00ok \udcff")))
    (message,) = make_messages()
    draining.drain(Channel.EMAIL)

    message.refresh_from_db()
    assert (message.state, message.provider_reference) == (State.SENT, f"{message.id}?")
    assert Attempt.objects.get().answer == "ok ?"


def test_a_defect_in_a_transport_loses_nothing(use: Use) -> None:
    def answer(_parcel: Parcel) -> Verdict:
        raise ZeroDivisionError

    transport = use(FakeTransport(answer=answer))
    (message,) = make_messages()
    draining.drain(Channel.EMAIL)

    message.refresh_from_db()
    assert message.state == State.QUEUED
    assert Attempt.objects.get().answer == "internal error: ZeroDivisionError"
    assert transport.calls == 1


def test_a_lease_that_ran_out_gives_the_message_back_and_the_late_worker_records_nothing() -> None:
    (message,) = make_messages()
    late = claiming.claim(Channel.EMAIL, limit=1, now=clock.now())
    Message.objects.update(lease_until=clock.real() - timedelta(seconds=1))
    sweep()
    again = claiming.claim(Channel.EMAIL, limit=1, now=clock.now())
    assert [one.parcel.id for one in again.messages] == [message.id]
    assert list(Attempt.objects.values_list("number", "result")) == [(1, "unknown")]

    record(
        late,
        [Tried(message=late.messages[0], verdict=Sent("x"))],
        channel=Channel.EMAIL,
        provider="fake",
        reports=False,
        now=clock.now(),
    )

    message.refresh_from_db()
    assert (message.state, message.lease_token) == (State.CLAIMED, again.token)
    assert list(Attempt.objects.values_list("number", "result")) == [(1, "sent")]


def test_a_clients_flood_does_not_make_another_clients_message_wait() -> None:
    make_messages(3000, client="flood")
    # However long ago the flood came, and however little of it has left since.
    earlier = F("fair_at") - timedelta(hours=1)
    Message.objects.update(fair_at=earlier)
    Turn.objects.update(fair_at=earlier)
    (single,) = make_messages(client="other")

    claim = claiming.claim(Channel.EMAIL, limit=1000, now=clock.now())

    assert single.id in {message.parcel.id for message in claim.messages}


def test_two_floods_take_turns() -> None:
    make_messages(300, client="early")
    make_messages(300, client="late")
    claim = claiming.claim(Channel.EMAIL, limit=200, now=clock.now())
    early = Message.objects.filter(
        pk__in=[one.parcel.id for one in claim.messages], client="early"
    ).count()
    assert 95 <= early <= 105


def test_messages_lined_up_by_the_sweep_take_turns_too() -> None:
    now = clock.now()
    for client in ("early", "late"):
        make_messages(300, client=client, not_before=now + timedelta(hours=1))
    sweep(now=now + timedelta(hours=1))
    claim = claiming.claim(Channel.EMAIL, limit=200, now=now + timedelta(hours=1))
    early = Message.objects.filter(
        pk__in=[one.parcel.id for one in claim.messages], client="early"
    ).count()
    assert early == 100


def test_instant_goes_before_normal_and_bulk_keeps_a_share() -> None:
    make_messages(200, lane=Lane.BULK)
    make_messages(200, lane=Lane.NORMAL)
    make_messages(50, lane=Lane.INSTANT)

    claim = claiming.claim(Channel.EMAIL, limit=150, now=clock.now())

    ids = [message.parcel.id for message in claim.messages]
    lanes = dict(Message.objects.values_list("id", "lane"))
    counts = [sum(lanes[one] == lane for one in ids) for lane in (0, 1, 2)]
    assert counts == [50, 80, 20]


def test_a_flood_of_instant_messages_leaves_room_for_others() -> None:
    make_messages(200, lane=Lane.INSTANT, client="flood")
    (one,) = make_messages(client="other")

    first = claiming.claim(Channel.EMAIL, limit=100, now=clock.now())
    second = claiming.claim(Channel.EMAIL, limit=100, now=clock.now())

    assert one.id in {message.parcel.id for message in first.messages}
    assert (first.took, second.took) == (100, 100)


def test_bulk_takes_the_whole_claim_when_nothing_else_waits() -> None:
    make_messages(200, lane=Lane.BULK)
    assert len(claiming.claim(Channel.EMAIL, limit=150, now=clock.now()).messages) == 150


def test_two_claims_never_take_the_same_message() -> None:
    make_messages(100)
    first = claiming.claim(Channel.EMAIL, limit=60, now=clock.now())
    second = claiming.claim(Channel.EMAIL, limit=60, now=clock.now())
    ids = [message.parcel.id for claim in (first, second) for message in claim.messages]
    assert len(ids) == len(set(ids)) == 100


def test_a_database_that_goes_away_while_messages_leave_makes_none_of_them_leave_twice(
    use: Use,
) -> None:
    def cut_the_workers_connection() -> None:
        transport.before = None
        with psycopg.connect(**parameters("test")) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [worker])

    transport = use(FakeTransport(before=cut_the_workers_connection))
    make_messages(500)
    worker = connection.connection.info.backend_pid

    draining.drain(Channel.EMAIL)
    draining.drain(Channel.EMAIL)

    assert len({parcel.id for parcel in transport.sent}) == len(transport.sent) == 500
    assert Message.objects.filter(state=State.SENT).count() == 500
    assert Attempt.objects.filter(result=Result.UNKNOWN).count() == 0


def test_a_channel_whose_calls_all_hang_holds_up_no_other(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    goes_on, hung, in_time = threading.Event(), [], []

    def hang() -> None:
        hung.append(threading.get_ident())
        in_time.append(goes_on.wait(5))

    hanging, quick = FakeTransport("hanging", before=hang), FakeTransport("quick")
    hanging.batch = 1
    by_channel = {Channel.EMAIL: [hanging], Channel.SMS: [quick]}
    monkeypatch.setattr(draining, "transports", lambda channel: by_channel[channel])
    monkeypatch.setattr(draining._drains[Channel.EMAIL], "pace", Pace(seconds=1.0))
    make_messages(settings.DELIVERY_CONNECTIONS)
    make_messages(content=make_content(Channel.SMS), address="+4740000001")

    emails = threading.Thread(target=_drain_elsewhere, args=[Channel.EMAIL])
    emails.start()
    eventually(lambda: len(hung) == settings.DELIVERY_CONNECTIONS)
    draining.drain(Channel.SMS)
    goes_on.set()
    emails.join()

    assert len(quick.sent) == 1
    assert all(in_time)
    assert Message.objects.filter(state=State.SENT).count() == settings.DELIVERY_CONNECTIONS + 1


def _drain_elsewhere(channel: Channel) -> None:
    try:
        draining.drain(channel)
    finally:
        connection.close()


def test_a_provider_slower_than_the_lease_keeps_its_messages(use: Use, settings: Settings) -> None:
    settings.DELIVERY_LEASE = timedelta(seconds=0.6)
    transport = use(FakeTransport(before=partial(time.sleep, 1.5)))
    (message,) = make_messages()

    sweeper = threading.Timer(1.0, _sweep_elsewhere)
    sweeper.start()
    draining.drain(Channel.EMAIL)
    sweeper.join()

    message.refresh_from_db()
    assert (message.state, message.attempts, transport.calls) == (State.SENT, 1, 1)


def _sweep_elsewhere() -> None:
    try:
        sweeping.reclaim(real=clock.real(), now=clock.now())
    finally:
        connection.close()
