"""What is put into the outbox is what stands there, whatever characters it holds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from notifications_platform.core.ids import uuid7
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Reason, State
from tests.factories import make_messages

# PostgreSQL knows neither NUL nor lone surrogates; both are refused long before.
_TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=40)
_AWKWARD = st.sampled_from(["\\N", "\\.", "a\tb", "a\nb\r\n", "\\\\t", "\\x41", '"{}', "æøå 😀"])


class EveryText(TestCase):
    @settings(max_examples=80, deadline=None)
    @given(
        address=(_TEXTS | _AWKWARD).filter(bool),
        recipient=_TEXTS | _AWKWARD,
        values=st.dictionaries(_TEXTS | _AWKWARD, _TEXTS | _AWKWARD, max_size=3),
        parts=st.none() | st.integers(0, 16),
    )
    def test_comes_back_as_it_was(self, address, recipient, values, parts) -> None:
        (message,) = make_messages(
            address=address,
            recipient=recipient,
            values=values,
            parts=parts,
            client="\\N\t",
            correlation_id="a\\b",
        )
        assert (message.address, message.recipient, message.parts) == (address, recipient, parts)
        assert message.values == (values or None)
        assert (message.client, message.correlation_id) == ("\\N\t", "a\\b")


@pytest.mark.django_db
def test_those_born_failed_stand_beside_those_that_wait():
    owner = uuid7()
    make_messages(3, owner_id=owner)
    make_messages(2, owner_id=owner, address="", failed=Reason.NOT_IDENTIFIED)
    rows = Message.objects.filter(owner_id=owner).order_by("id")
    assert [one.state for one in rows] == [State.QUEUED] * 3 + [State.FAILED] * 2
    dead = rows[3]
    assert (dead.reason, dead.fair_at, dead.lapses_at) == (Reason.NOT_IDENTIFIED, None, None)
    assert dead.final_at == dead.created_at
