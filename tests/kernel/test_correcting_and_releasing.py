"""Sending to a better address, and trying at once: what staff do when they know more."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from notifications_platform.audit.models import Entry
from notifications_platform.back_office.roles import Role
from notifications_platform.core import clock
from notifications_platform.core.windows import OSLO
from notifications_platform.delivery import draining, stopping
from notifications_platform.delivery.channels.base import Permanent, Transient
from notifications_platform.delivery.models import Content, Message
from notifications_platform.delivery.states import Channel, Lane, Reason, State
from notifications_platform.registers.models import Organization, Person, UserContactPoint
from orders import processing
from orders.models import Order
from orders.states import NotificationChannel, OrderStatus
from tests.factories import make_content, make_messages, make_order
from tests.staff import browser, url
from tests.transports import FakeTransport

pytestmark = pytest.mark.django_db(transaction=True)

REASON = "She rang."
KARI = "17858230187"
OLD, NEW = "kari@old.example", "kari@new.example"


@pytest.fixture
def operator() -> Client:
    return browser(Role.OPERATOR)


@pytest.fixture
def administrator() -> Client:
    return browser(Role.ADMINISTRATOR, "ada")


@pytest.fixture
def transport(monkeypatch: pytest.MonkeyPatch) -> FakeTransport:
    only = FakeTransport(answer=lambda _parcel: Permanent(Reason.BOUNCED, "550 no such user"))
    monkeypatch.setattr(draining, "transports", lambda _channel: [only])
    return only


def bounced_to_kari(transport: FakeTransport) -> Message:
    """An order to a person of the register, whose address does not exist any more."""
    Person.objects.create(national_identity_number=KARI, name="Kari", email=OLD)
    order = make_order({"nationalIdentityNumber": KARI})
    processing.process_due(now=clock.now())
    draining.drain(Channel.EMAIL)
    transport.answer = FakeTransport().answer
    return Message.objects.get(owner_id=order.id)


def correct(staff: Client, message: Message, address: str, **more: str) -> Any:
    """Look at what would change, then do what was shown."""
    page = url(Message, "correct", message.pk)
    form = {"address": address, "reason": REASON, **more}
    shown = staff.post(page, form)
    (looked,) = re.findall(r'name="looked" value="(\w+)"', shown.text) or [""]
    return staff.post(page, {**form, "looked": looked}, follow=True)


def copies_of(message: Message) -> list[str]:
    return list(
        Message.objects.filter(owner_id=message.pk).order_by("id").values_list("address", flat=True)
    )


def test_an_operator_sends_to_a_better_address_after_a_look_at_it(
    operator: Client, transport: FakeTransport
) -> None:
    first = bounced_to_kari(transport)
    page = url(Message, "correct", first.pk)
    assert page in operator.get(url(Message, "change", first.pk)).text
    asked = operator.get(page)
    assert "New e-mail address" in asked.text
    assert "Look at what will change" in asked.text

    shown = operator.post(page, {"address": f" {NEW} ", "reason": REASON})
    assert "k…@old.example" in shown.text
    assert "a copy goes to k…@new.example" in shown.text
    assert copies_of(first) == []
    answer = correct(operator, first, NEW)

    assert "1 message sent to its new address." in answer.text
    draining.drain(Channel.EMAIL)
    copy = Message.objects.get(owner_id=first.pk)
    assert (copy.address, copy.state, copy.owner_kind) == (NEW, State.SENT, "back_office")
    assert [parcel.values for parcel in transport.sent][-1] == first.values
    first.refresh_from_db()
    assert (first.address, first.state) == (OLD, State.FAILED)
    entry = Entry.objects.get(action="delivery.correct_and_resend")
    assert (entry.actor, entry.reason) == ("olga", REASON)
    assert entry.detail == {"new_message": str(copy.pk), "register": False}
    assert not Entry.objects.filter(reason__contains="@").exists()


def test_a_correction_that_is_sent_twice_leaves_once(
    operator: Client, transport: FakeTransport
) -> None:
    first = bounced_to_kari(transport)
    correct(operator, first, NEW)
    again = correct(operator, first, NEW)
    assert "It has been sent again already." in again.text
    assert copies_of(first) == [NEW]
    assert (
        url(Message, "correct", first.pk) not in operator.get(url(Message, "change", first.pk)).text
    )


def test_what_was_not_shown_is_not_done(operator: Client, transport: FakeTransport) -> None:
    first = bounced_to_kari(transport)
    page = url(Message, "correct", first.pk)
    shown = operator.post(page, {"address": NEW, "reason": REASON})
    (looked,) = re.findall(r'name="looked" value="(\w+)"', shown.text)

    changed = operator.post(
        page, {"address": "other@new.example", "reason": REASON, "looked": looked}
    )

    assert "a copy goes to o…@new.example" in changed.text
    assert copies_of(first) == []


@pytest.mark.parametrize(
    ("channel", "address", "why"),
    [
        (Channel.EMAIL, "kari", "This is no valid e-mail address."),
        (Channel.EMAIL, "a@b.no, c@d.no", "This is no valid e-mail address."),
        (Channel.EMAIL, "NR0@demo.example", "It failed at this address"),
        (Channel.SMS, "40000001", "A valid number with its country is needed"),
    ],
)
def test_an_address_has_to_be_one_of_its_channel(
    operator: Client, channel: Channel, address: str, why: str
) -> None:
    (first,) = make_messages(content=make_content(channel), failed=Reason.BOUNCED)
    answer = operator.post(
        url(Message, "correct", first.pk), {"address": address, "reason": REASON}
    )
    assert why in answer.text
    assert copies_of(first) == []


def test_a_mobile_number_is_taken_as_orders_take_it(operator: Client) -> None:
    (first,) = make_messages(content=make_content(Channel.SMS), failed=Reason.SUPPRESSED)
    correct(operator, first, "0047 40 00 00 02".replace(" ", ""))
    assert copies_of(first) == ["+4740000002"]


def test_an_administrator_corrects_the_register_with_it(
    administrator: Client, operator: Client, transport: FakeTransport
) -> None:
    first = bounced_to_kari(transport)
    assert "in_register" in administrator.get(url(Message, "correct", first.pk)).text
    assert "in_register" not in operator.get(url(Message, "correct", first.pk)).text
    # A forced one changes nothing in the register.
    correct(operator, first, NEW, in_register="on")
    assert Person.objects.get().email == OLD
    Message.objects.filter(owner_id=first.pk).update(
        state=State.FAILED, reason=Reason.BOUNCED, final_at=clock.now()
    )

    correct(administrator, Message.objects.get(owner_id=first.pk), NEW, in_register="on")

    # The copy failed at the new address, which the register never held.
    assert Person.objects.get().email == OLD
    correct(administrator, first, "kari@third.example", in_register="on")
    kari = Person.objects.get()
    assert (kari.email, kari.contact_confirmed is not None) == ("kari@third.example", True)
    entry = Entry.objects.get(action="registers.correct_address")
    assert (entry.subject_kind, entry.subject_id) == ("person", str(kari.pk))
    assert entry.detail == {"fields": ["email"]}


@pytest.mark.parametrize("where", ["official", "contact point"])
def test_an_organisations_address_is_corrected_where_it_stands(
    administrator: Client, where: str
) -> None:
    official = ["post@firma.example", OLD] if where == "official" else ["post@firma.example"]
    firm = Organization.objects.create(
        organization_number="310000043", name="Firma", email_addresses=official
    )
    if where == "contact point":
        UserContactPoint.objects.create(
            organization=firm, national_identity_number=KARI, email=OLD.upper()
        )
    (first,) = make_messages(
        owner_kind="orders",
        recipient="organization:310000043",
        address=OLD,
        failed=Reason.BOUNCED,
    )

    correct(administrator, first, NEW, in_register="on")

    firm.refresh_from_db()
    points = list(UserContactPoint.objects.values_list("email", flat=True))
    assert (firm.email_addresses, points) == (
        (["post@firma.example", NEW], [])
        if where == "official"
        else (["post@firma.example"], [NEW])
    )


def test_a_register_elsewhere_is_not_ours_to_correct(
    administrator: Client, settings: LazySettings, transport: FakeTransport
) -> None:
    first = bounced_to_kari(transport)
    settings.PERSONS_URL = "https://krr.example"
    assert "in_register" not in administrator.get(url(Message, "correct", first.pk)).text


def test_one_without_address_is_sent_once_there_is_one(operator: Client) -> None:
    (plain,) = make_messages(address="", failed=Reason.NOT_IDENTIFIED)
    named = make_content(placeholders=["$recipientName$"], body="Hello $recipientName$")
    (unfilled,) = make_messages(content=named, address="", failed=Reason.NOT_IDENTIFIED)
    (reserved,) = make_messages(failed=Reason.RESERVED)

    correct(operator, plain, NEW)
    for refused, why in ((unfilled, "Its text names the recipient"), (reserved, "is reserved")):
        assert why in operator.get(url(Message, "correct", refused.pk)).text
        answer = operator.post(
            url(Message, "correct", refused.pk), {"address": NEW, "reason": REASON}
        )
        assert why in answer.text

    assert copies_of(plain) == [NEW]
    assert copies_of(unfilled) == copies_of(reserved) == []


@pytest.mark.parametrize("verb", ["correct", "release", "resend"])
def test_a_reader_does_none_of_it(verb: str) -> None:
    (first,) = make_messages(failed=Reason.BOUNCED)
    reader = browser(Role.READER, "rita")
    page = url(Message, verb, first.pk)
    assert page not in reader.get(url(Message, "change", first.pk)).text
    assert reader.get(page).status_code == 403
    assert reader.post(page, {"address": NEW, "reason": REASON}).status_code == 403
    assert Message.objects.count() == 1


# --- release ------------------------------------------------------------------------------


def put_off(transport: FakeTransport, **fields: Any) -> Sequence[Message]:
    """Tried once; the next attempt is minutes away."""
    transport.answer = lambda _parcel: Transient("451 greylisted")
    made = make_messages(**fields)
    draining.drain(Channel.EMAIL)
    return list(Message.objects.filter(pk__in=[one.pk for one in made]))


def release(staff: Client, row: Any) -> Any:
    return staff.post(url(type(row), "release", row.pk), {"reason": REASON}, follow=True)


def test_a_message_that_waits_for_its_next_attempt_is_tried_at_once(
    operator: Client, transport: FakeTransport
) -> None:
    (waiting,) = put_off(transport)
    assert waiting.not_before > clock.now()
    asked = operator.get(url(Message, "release", waiting.pk))
    assert "tried at once" in asked.text
    transport.answer = FakeTransport().answer

    assert "1 message released." in release(operator, waiting).text
    again = release(operator, waiting).text

    assert "It stands in line" in again
    waiting.refresh_from_db()
    assert waiting.not_before <= clock.now()
    entry = Entry.objects.get(action="delivery.release")
    assert (entry.actor, entry.reason, entry.subject_id) == ("olga", REASON, str(waiting.pk))


def test_hours_send_times_and_stops_stay_binding(
    operator: Client, transport: FakeTransport
) -> None:
    now = clock.now()
    (later,) = make_messages(not_before=now + timedelta(days=1))
    (stopped,) = put_off(transport)
    Message.objects.filter(pk=stopped.pk).update(lane=Lane.STOPPED)
    (closed,) = put_off(transport)
    (in_line,) = make_messages()
    hours = "20-22" if now.astimezone(OSLO).hour < 12 else "1-3"
    Content.objects.filter(pk=closed.content_id).update(window=hours)
    before = list(Message.objects.order_by("pk").values())

    for row, why in (
        (in_line, "It stands in line"),
        (later, "It waits for the time at which it is to be sent."),
        (stopped, "All messages of its client have been stopped"),
        (closed, "It waits for its hours, which begin no earlier."),
    ):
        assert why in release(operator, row).text

    assert list(Message.objects.order_by("pk").values()) == before


def test_nothing_of_a_stopped_client_is_tried_at_once(
    operator: Client, transport: FakeTransport
) -> None:
    # Those that were put off before the stop wait where they were, in the lane of everybody.
    (stopped,), (free,) = put_off(transport), put_off(transport, client="digdir")
    stopping.stop("ttd", because="Flood.", user="olga", now=clock.now())

    why = "All messages of its client have been stopped: lift that stop."
    assert why in operator.get(url(Message, "release", stopped.pk)).text
    assert why in release(operator, stopped).text
    chosen = {"action": "release", "_selected_action": [str(stopped.pk), str(free.pk)]}
    operator.post(url(Message), {**chosen, "reason": REASON}, follow=True)

    after = {one.pk: one.not_before for one in Message.objects.all()}
    assert after[stopped.pk] == stopped.not_before
    assert after[free.pk] <= clock.now()
    stopping.lift("ttd", because="Over.", user="olga", now=clock.now())
    assert "1 message released." in release(operator, stopped).text


def test_an_order_that_was_put_off_is_processed_at_once(operator: Client) -> None:
    now = clock.now()
    order = make_order()
    Order.objects.filter(pk=order.pk).update(
        status=OrderStatus.PROCESSING, due_at=now + timedelta(minutes=1), tries=1
    )
    on_hold, ahead = make_order(), make_order(due_in=timedelta(days=1))
    Order.objects.filter(pk=on_hold.pk).update(due_at=None)

    assert "1 order released." in release(operator, order).text
    assert "It is on hold" in release(operator, on_hold).text
    assert "It waits for the send time" in release(operator, ahead).text

    processing.process_due(now=clock.now())
    statuses = dict(Order.objects.values_list("pk", "status"))
    assert statuses[order.pk] == OrderStatus.PROCESSED
    assert (statuses[on_hold.pk], statuses[ahead.pk]) == ("Registered", "Registered")
    assert Entry.objects.filter(action="orders.release").count() == 1


def test_a_failed_sms_is_corrected_from_the_page_of_its_order(operator: Client) -> None:
    order = make_order(channel=NotificationChannel.SMS)
    processing.process_due(now=clock.now())
    (first,) = Message.objects.filter(owner_id=order.id)
    Message.objects.filter(pk=first.pk).update(
        state=State.FAILED, reason=Reason.SUPPRESSED, final_at=clock.now(), fair_at=None
    )
    page = operator.get(url(Order, "change", order.pk)).text
    assert url(Message, "correct", first.pk) in page
    assert "Correct the number and send" in page
    reader = browser(Role.READER, "rita").get(url(Order, "change", order.pk)).text
    assert "Correct the number and send" not in reader

    correct(operator, first, "+4740000009")

    assert (
        url(Message, "correct", first.pk) not in operator.get(url(Order, "change", order.pk)).text
    )
    copy = Message.objects.get(owner_id=first.pk)
    assert (copy.address, copy.parts) == ("+4740000009", first.parts)


def test_of_several_that_failed_the_order_leads_to_their_list(operator: Client) -> None:
    order = make_order({"emailAddress": OLD}, {"emailAddress": NEW})
    processing.process_due(now=clock.now())
    of_order = Message.objects.filter(owner_id=order.id)
    of_order.update(state=State.FAILED, reason=Reason.BOUNCED, final_at=clock.now(), fair_at=None)
    page = operator.get(url(Order, "change", order.pk))
    (link,) = re.findall(r'href="([^"]*owner_id__in=[^"]*)"', page.text)
    listed = operator.get(link.replace("&amp;", "&"))
    assert listed.context["cl"].result_count == 2
