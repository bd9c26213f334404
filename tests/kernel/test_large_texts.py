"""Claims are bounded by what their texts weigh, too (delivery contract 1)."""

import pytest

from notifications_platform.core import clock
from notifications_platform.delivery import claiming, draining
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Channel, State
from tests.factories import make_content, make_messages
from tests.transports import FakeTransport, Use

pytestmark = pytest.mark.django_db(transaction=True)

LARGE = 1000


@pytest.fixture(autouse=True)
def _little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claiming, "_BYTES_AT_ONCE", 3 * LARGE)


def test_a_claim_takes_of_large_texts_the_oldest_and_leaves_the_others_in_line() -> None:
    made = [make_messages(2, content=make_content(body="x" * LARGE)) for _ in range(5)]
    places = dict(Message.objects.values_list("id", "fair_at"))

    claim = claiming.claim(Channel.EMAIL, limit=100, now=clock.now())

    taken = {message.parcel.id for message in claim.messages}
    assert taken == {one.id for several in made[:3] for one in several}
    assert claim.took == 10
    left = Message.objects.filter(state=State.QUEUED)
    assert left.count() == 4
    assert all((one.attempts, one.fair_at) == (0, places[one.id]) for one in left)


def test_a_text_larger_than_all_of_that_leaves_alone(use: Use) -> None:
    transport = use(FakeTransport())
    make_messages(content=make_content(body="x" * 10 * LARGE))
    make_messages(2, content=make_content(body="short"))

    claim = claiming.claim(Channel.EMAIL, limit=100, now=clock.now())
    assert [len(one.parcel.content.body) for one in claim.messages] == [10 * LARGE]
    draining.drain(Channel.EMAIL)

    assert [parcel.content.body for parcel in transport.sent] == ["short"] * 2
