"""Messages whose cause is withdrawn make no further attempt (delivery contract 2)."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from notifications_platform.core import clock
from notifications_platform.core.connections import parameters
from notifications_platform.delivery import claiming, draining, owners, sweeping, withdrawal
from notifications_platform.delivery.channels.base import NotTried, Sent, Transient, Verdict
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.recording import Tried, record
from notifications_platform.delivery.states import MESSAGE, Channel, Reason, State
from tests.factories import make_messages
from tests.transports import FakeTransport, Use

pytestmark = pytest.mark.django_db(transaction=True)

TakeBack = Callable[..., list[UUID]]
BOTH = pytest.mark.parametrize(
    ("take_back", "becomes"),
    [
        (withdrawal.cancel_queued, (State.CANCELLED, "")),
        (withdrawal.fail_queued, (State.FAILED, Reason.WITHDRAWN)),
    ],
    ids=["cancelled", "failed"],
)


def claimed_and_taken_back(take_back: TakeBack) -> tuple[Message, claiming.Claim]:
    (message,) = make_messages()
    claim = claiming.claim(Channel.EMAIL, limit=1, now=clock.now())
    assert take_back("test", [message.owner_id], now=clock.now()) == []
    return message, claim


def record_of(claim: claiming.Claim, verdict: Verdict) -> None:
    record(
        claim,
        [Tried(one, verdict) for one in claim.messages],
        channel=Channel.EMAIL,
        provider="fake",
        reports=False,
        now=clock.now(),
    )


@BOTH
@pytest.mark.parametrize("verdict", [NotTried("paused"), Transient("451")])
def test_one_that_a_worker_could_not_hand_over_never_leaves(
    use: Use,
    told: list[owners.Outcome],
    verdict: Verdict,
    take_back: TakeBack,
    becomes: tuple[State, str],
) -> None:
    transport = use(FakeTransport())
    message, claim = claimed_and_taken_back(take_back)

    record_of(claim, verdict)
    sweeping.line_up(now=clock.now() + timedelta(hours=5), real=clock.real())
    draining.drain(Channel.EMAIL)

    message.refresh_from_db()
    assert transport.sent == []
    assert (message.state, message.reason) == becomes
    assert [(one.was, one.state, one.reason, one.final) for one in told] == [
        ("claimed", *becomes, True)
    ]
    assert becomes[0] in MESSAGE.table[State.CLAIMED]


@BOTH
def test_one_whose_worker_died_never_leaves(
    told: list[owners.Outcome], take_back: TakeBack, becomes: tuple[State, str]
) -> None:
    message, _ = claimed_and_taken_back(take_back)

    sweeping.reclaim(real=clock.real() + timedelta(minutes=5), now=clock.now())

    message.refresh_from_db()
    assert (message.state, message.reason) == becomes
    assert [(one.state, one.reason, one.final) for one in told] == [(*becomes, True)]


@BOTH
def test_one_that_a_worker_handed_over_has_been_sent(
    take_back: TakeBack, becomes: tuple[State, str]
) -> None:
    message, claim = claimed_and_taken_back(take_back)

    record_of(claim, Sent("ref"))

    message.refresh_from_db()
    assert (message.state, message.reason) == (State.SENT, "")


def test_one_claimed_meanwhile_is_failed_without_waiting_for_its_record() -> None:
    held, _ = make_messages(2)
    owner = [held.owner_id]
    claim = claiming.claim(Channel.EMAIL, limit=2, now=clock.now())
    assert withdrawal.any_to_come("test", owner)

    # Whoever records an outcome holds the message, and may wait for what the caller has locked.
    with psycopg.connect(**parameters("tests") | {"autocommit": False}) as other:
        other.execute("SELECT FROM delivery_message WHERE id = %s FOR UPDATE", [held.id])
        withdrawal.fail_made_meanwhile("test", owner, now=clock.now())
        assert withdrawal.any_to_come("test", owner)
    withdrawal.fail_made_meanwhile("test", owner, now=clock.now())

    assert not withdrawal.any_to_come("test", owner)
    record_of(claim, Transient("451"))
    assert set(Message.objects.values_list("state", "reason")) == {("failed", "withdrawn")}
