"""What support staff do all day, from logging in to the message that arrives after all."""

import secrets
from datetime import UTC, timedelta

import pytest
from playwright.sync_api import expect

from notifications_platform.core import clock
from tests.browser.conftest import PHONE, NewDesk
from tests.browser.desk import Desk
from tests.staff import code_of

# In the sandbox nobody has the first one; anybody has the others.
NO_SUBSCRIBER = "+4740000901"


def by_sms(to: str, text: str) -> dict[str, object]:
    return {
        "notificationChannel": "Sms",
        "sendersReference": text,
        "recipients": [{"mobileNumber": to}],
        "smsTemplate": {"body": text},
    }


def by_email(to: str, subject: str, **more: object) -> dict[str, object]:
    return {
        "notificationChannel": "Email",
        "sendersReference": subject,
        "recipients": [{"emailAddress": to}],
        "emailTemplate": {"subject": subject, "body": "Hello"},
        **more,
    }


def a_word() -> str:
    return f"walk-{secrets.token_hex(4)}"


@pytest.fixture
def operator(new_desk: NewDesk) -> Desk:
    return new_desk("operator")


def test_a_code_is_asked_for_and_a_wrong_one_opens_nothing(new_desk: NewDesk) -> None:
    new_desk("reader")  # by now a second factor is set up
    desk = new_desk()
    desk.page.goto("/admin/")
    desk.give_password("reader")
    expect(desk.page.get_by_role("button", name="Log in")).to_be_visible()
    right = code_of(Desk.secrets["reader"])

    desk.give_code("000000" if right != "000000" else "111111")

    desk.see("That code is wrong")
    desk.page.goto("/admin/delivery/message/")
    expect(desk.page.locator("#id_username")).to_be_visible()


def test_a_message_that_failed_is_found_corrected_and_delivered(operator: Desk) -> None:
    word = a_word()
    right = f"+4747{secrets.randbelow(10**6):06}"
    operator.place(by_sms(NO_SUBSCRIBER, word))
    operator.wait_until_found(NO_SUBSCRIBER, "SMS from ttd, failed")

    operator.page.get_by_role("link", name="SMS from ttd, failed").first.click()
    expect(operator.headline()).to_contain_text("Not sent: ")
    expect(operator.headline()).to_contain_text("and send it again")
    operator.see("Attempt 1")

    operator.press("Correct the number and send")
    operator.page.locator("#id_address").fill(right)
    operator.page.locator("#id_reason").fill("She gave her new number on the phone")
    operator.press("Look at what will change")
    operator.see("a copy goes to")
    operator.press("Correct the number and send")
    operator.see("What happened")

    # Nothing else is of this number, so its page opens at once.
    operator.find(right)
    operator.wait_for(operator.headline().filter(has_text="Delivered"))
    (sms,) = operator.arrived("sms", right)
    assert sms["body"] == word


def test_a_batch_is_cancelled_after_a_look_at_what_would_happen(operator: Desk) -> None:
    word = a_word()
    tomorrow = (clock.real() + timedelta(days=1)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for number in range(3):
        operator.place(by_email(f"{word}-{number}@demo.example", word, requestedSendTime=tomorrow))
    operator.place(by_email(f"{word}@demo.example", word))
    operator.wait_until_found(f"{word}@demo.example", "E-mail from ttd, sent")

    operator.page.goto("/admin/orders/order/")
    operator.search_list(word)
    operator.choose_all("Cancel order")
    operator.see("3 of 4")
    operator.see("Refused:")
    operator.page.locator("#id_reason").fill("The wrong text")
    operator.press("Cancel order")

    operator.see("3 orders cancelled")
    operator.find(f"{word}-1@demo.example")
    operator.see("cancelled")


def test_a_channel_is_stopped_and_resumed_and_nothing_is_lost(operator: Desk) -> None:
    word, to = a_word(), f"+4748{secrets.randbelow(10**6):06}"
    operator.page.goto("/admin/delivery/channelswitch/sms/change/")
    operator.press("Stop the channel")
    operator.page.locator("#id_reason").fill("The gateway bills twice")
    operator.press("Stop the channel")

    banner = operator.page.get_by_role("status", name="Stopped by staff")
    operator.page.goto("/admin/")
    expect(banner).to_contain_text("SMS")
    expect(banner).to_contain_text("The gateway bills twice")
    operator.place(by_sms(to, word))
    operator.wait_until_found(to, "SMS from ttd")
    operator.page.get_by_role("link", name="SMS from ttd").first.click()
    expect(operator.headline()).to_contain_text("The gateway bills twice")
    assert operator.arrived("sms", to) == []

    banner.get_by_role("link", name="Resume the channel").click()
    operator.page.locator("#id_reason").fill("Mended")
    operator.press("Resume the channel")

    operator.wait_until_found(to, "SMS from ttd, delivered")
    expect(banner.get_by_text("SMS")).to_have_count(0)
    assert [sms["body"] for sms in operator.arrived("sms", to)] == [word]


def test_a_reader_sees_why_and_may_not_act(new_desk: NewDesk, operator: Desk) -> None:
    word = a_word()
    operator.place(by_email("refuse@demo.example", word))
    operator.wait_until_found("refuse@demo.example", "E-mail from ttd, failed")
    reader = new_desk("reader")

    reader.find("refuse@demo.example")
    reader.page.get_by_role("link", name="E-mail from ttd, failed").first.click()

    expect(reader.headline()).to_contain_text("Not delivered: ")
    expect(reader.page.get_by_role("link", name="Send again")).to_have_count(0)
    forced = reader.page.goto(reader.page.url.replace("/change/", "/resend/"))
    assert forced
    assert forced.status == 403
    reader.see("may not")


def test_the_search_box_answers_from_a_phone_by_the_keyboard_alone(new_desk: NewDesk) -> None:
    desk = new_desk("reader", viewport=PHONE)
    desk.page.goto("/admin/")

    desk.page.keyboard.press("Control+k")
    desk.page.keyboard.type("welcome@demo.example")
    with desk.page.expect_navigation():
        desk.page.keyboard.press("Enter")

    expect(desk.page.get_by_role("link", name="E-mail from ttd").first).to_be_visible()
    assert "welcome" not in desk.page.url
    assert not desk.is_scrolled_sideways()
