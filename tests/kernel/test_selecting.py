"""Messages written by the statement that selects their owners (delivery contract 6)."""

from uuid import UUID

import pytest
from django.db import transaction

from notifications_platform.core import clock
from notifications_platform.core.ids import uuid7
from notifications_platform.delivery import claiming, outbox
from notifications_platform.delivery.line import STEP
from notifications_platform.delivery.models import Message, Turn
from notifications_platform.delivery.selecting import Selection, schedule_selected
from notifications_platform.delivery.states import Channel, Lane
from tests.factories import make_content, make_messages

pytestmark = pytest.mark.django_db(transaction=True)


def schedule(*clients: str, content_id: UUID) -> list[UUID]:
    """A message for each, in this order; the owners."""
    owners = [uuid7() for _ in clients]
    selection = Selection(
        """
        SELECT owner_id, %(content)s AS content_id, client, 'a@b.example' AS address,
               jsonb_build_object('k', client) AS "values", 'c-1' AS correlation_id, position
        FROM unnest(%(owners)s::uuid[], %(clients)s::text[]) WITH ORDINALITY
            AS given (owner_id, client, position)
        """,
        {"owners": owners, "clients": list(clients), "content": content_id},
    )
    with transaction.atomic():
        written = schedule_selected(
            selection, owner_kind="test", channel=Channel.EMAIL, now=clock.now(), lane=Lane.NORMAL
        )
    assert written == len(clients)
    return owners


@pytest.fixture
def content_id() -> UUID:
    content = make_content()
    outbox.write_contents([content], now=clock.now())
    return content.id


def test_they_stand_behind_their_client_and_beside_the_others(content_id: UUID) -> None:
    (earlier,) = make_messages(client="many")
    flood = schedule(*["many"] * 5000, content_id=content_id)
    single, alone = schedule("single", "alone", content_id=content_id)
    behind = schedule("many", content_id=content_id)

    rows = Message.objects.in_bulk(field_name="id").values()
    by_owner = {one.owner_id: one for one in rows}
    places = [by_owner[owner].fair_at for owner in flood]
    assert earlier.fair_at
    assert places == [earlier.fair_at + STEP * number for number in range(1, 5001)]
    assert by_owner[behind[0]].fair_at == earlier.fair_at + STEP * 5001
    assert Turn.objects.get(client="many").fair_at == by_owner[behind[0]].fair_at
    ids = [by_owner[owner].id for owner in flood]
    assert ids == sorted(set(ids))
    assert {(one.version, one.variant) for one in ids} == {(7, uuid7().variant)}

    claimed = claiming.claim(Channel.EMAIL, limit=50, now=clock.now()).messages
    going = {one.parcel.id for one in claimed}
    assert {by_owner[single].id, by_owner[alone].id} <= going
    assert claimed[0].parcel.address in {"a@b.example", earlier.address}
    assert {"k": "single"} in [one.parcel.values for one in claimed]


def test_a_selection_of_nobody_writes_nothing(content_id: UUID) -> None:
    assert schedule(content_id=content_id) == []
    assert not Message.objects.exists()
    assert not Turn.objects.exists()
