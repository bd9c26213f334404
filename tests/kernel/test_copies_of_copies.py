"""What staff sent again, and again: nobody gets it twice, and the first one's page knows."""

import pytest

from notifications_platform.back_office.roles import Role
from notifications_platform.core import clock
from notifications_platform.delivery import draining, message_page, resending
from notifications_platform.delivery.channels.base import Permanent
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Channel, Reason, State
from tests.factories import make_messages
from tests.staff import browser, url
from tests.transports import FakeTransport

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def transport(monkeypatch: pytest.MonkeyPatch) -> FakeTransport:
    only = FakeTransport(answer=lambda _parcel: Permanent(Reason.BOUNCED, "550"))
    monkeypatch.setattr(draining, "transports", lambda _channel: [only])
    return only


def sent_again(message: Message) -> Message:
    copy = resending.resend(message.id, user="olga", reason="asked", now=clock.now())
    draining.drain(Channel.EMAIL)
    copy.refresh_from_db()
    return copy


def test_a_message_and_its_failed_copy_sent_again_together_leave_once(
    transport: FakeTransport,
) -> None:
    (first,) = make_messages()
    draining.drain(Channel.EMAIL)
    sent_again(first)
    both = [str(one.pk) for one in Message.objects.filter(state=State.FAILED)]
    assert len(both) == 2
    transport.answer = FakeTransport().answer
    transport.sent.clear()

    form = {"action": "resend", "_selected_action": both}
    operator = browser(Role.OPERATOR)
    shown = operator.post(url(Message), form)
    assert "This can be done to 1 of 2 rows that you chose; 1 cannot." in shown.text
    assert "Another one that was chosen is a copy of the same message." in shown.text
    operator.post(url(Message), {**form, "reason": "after the outage"}, follow=True)
    draining.drain(Channel.EMAIL)

    assert len(transport.sent) == 1


def test_the_first_one_knows_that_a_copy_of_its_copy_arrived(transport: FakeTransport) -> None:
    (first,) = make_messages()
    draining.drain(Channel.EMAIL)
    failed = sent_again(first)
    transport.answer = FakeTransport().answer
    last = sent_again(failed)
    assert last.state == State.SENT
    first.refresh_from_db()

    with pytest.raises(resending.NotResendable):
        resending.resend(first.id, user="olga", reason="once more", now=clock.now())
    said = message_page.headlines([first], now=clock.now(), real=clock.real())
    assert "not arrive" not in str(said[first.id].text)
