"""What becomes of a letter's texts, parties and orders when it is taken in (contract 4, 8, 10)."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from structlog.testing import capture_logs

from correspondence import publishing
from correspondence.models import LetterNotification
from notifications_platform.core import clock
from notifications_platform.delivery.models import Message
from notifications_platform.registers import configured
from notifications_platform.registers.lookup import RegisterUnavailable
from orders import processing
from orders.models import Order
from orders.states import OWNER
from tests.correspondence.conftest import ALT, KARI, PERSON, RITA, UTEN, Api, Load, problem_of
from tests.correspondence.test_api_initialize import stored

pytestmark = pytest.mark.django_db

MAIL = {"notificationChannel": "Email", "emailSubject": "New letter", "emailBody": "Open it"}
FAILED = "00000000-0000-0000-0000-000000000000"


class Down:
    def lookup(self, _numbers: object) -> Any:
        raise RegisterUnavailable


@pytest.fixture
def persons_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configured, "persons", Down)


def results(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [
        notification["status"]
        for one in answer.json()["correspondences"]
        for notification in one["notifications"]
    ]


def told() -> list[str]:
    """The addresses to which the orders have become messages."""
    publishing.publish_due(now=clock.now())
    processing.process_due(now=clock.now())
    messages = Message.objects.filter(owner_kind=OWNER).exclude(state="failed")
    return sorted(messages.values_list("address", flat=True))


# ---------------------------------------------------------------- texts
@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"messageTitle": "{{recipientName}}" * 8}, 1037),
        ({"messageSummary": "{{recipientName}}" * 8}, 1042),
        ({"messageBody": "{{recipientName}}" * 1000}, 1022),
    ],
)
def test_limits_hold_for_the_longest_name_filled_in(
    sender: Api, registers: Load, changes: dict[str, str], number: int
) -> None:
    names = {"910000001": "A", "910000002": "Et alminnelig foretaksnavn i nord AS"}
    registers({"organizations": [{"organizationNumber": one, "name": names[one]} for one in names]})
    first, second = (f"0192:{one}" for one in names)
    problem = problem_of(sender.initialize(recipients=[first, second], **changes), 400, number)
    assert "{{recipientName}}" in problem["detail"]
    assert stored() == 0
    assert sender.initialize(recipients=[first], **changes).status_code == 200


def test_notifications_too_long_once_filled_in_are_refused_by_their_places(sender: Api) -> None:
    answer = sender.initialize(
        messageTitle="x" * 250,
        notification={
            "notificationChannel": "EmailAndSms",
            "emailSubject": "$messageTitle$ " * 30,
            "emailBody": "$messageTitle$",
            "smsBody": "$messageTitle$ " * 140,
        },
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "STD-00000")
    assert set(answer.json()["errors"]) == {
        "correspondence.notification.emailSubject",
        "correspondence.notification.smsBody",
    }
    assert (stored(), Order.objects.count()) == (0, 0)


def test_a_name_brings_neither_html_nor_links_into_a_letter(
    sender: Api, recipient: Api, registers: Load
) -> None:
    name = "<script>alert(1)</script> [A](https://x.example) < B AS"
    registers({"organizations": [{"organizationNumber": ALT, "name": name}]})
    id = sender.sent(messageBody="Hello {{recipientName}}", messageTitle="{{recipientName}}")
    content = recipient.get(f"/correspondence/{id}").json()["content"]
    harmless = "< script>alert(1)< /script> [A] (https://x.example) < B AS"
    assert (content["messageTitle"], content["messageBody"]) == (harmless, f"Hello {harmless}")


@pytest.mark.parametrize(
    "text", ["<img src=x onerror=alert(1)>", '<a title="', "[x](https://x.example)", "x" * 256]
)
def test_a_reply_option_is_named_in_plain_text(sender: Api, text: str) -> None:
    options = [
        {"linkURL": "https://x.example/1", "linkText": "Ja, 1 < 2 & mer"},
        {"linkURL": "https://x.example/2", "linkText": text},
    ]
    problem = problem_of(sender.initialize(replyOptions=options), 400, 1035)
    assert "replyOptions[1].linkText" in problem["detail"]
    assert stored() == 0
    assert sender.initialize(replyOptions=options[:1]).status_code == 200


def test_a_summary_with_markup_is_taken_and_noted_without_its_text(sender: Api) -> None:
    with capture_logs() as logged:
        sender.sent(messageSummary="Secret <b>x</b>")
        sender.sent(messageSummary="Plain")
    noted = [one for one in logged if one["event"] == "correspondence.summary_marked_up"]
    assert len(noted) == 1
    assert "Secret" not in str(noted)


# ---------------------------------------------------------------- parties
@pytest.mark.parametrize("channel", ["Email", "Sms", "EmailPreferred", "SmsPreferred"])
def test_custom_addresses_are_a_success_and_told_whatever_the_channel(
    sender: Api, channel: str
) -> None:
    answer = sender.initialize(
        recipients=[f"0192:{UTEN}"],
        notification={
            "notificationChannel": channel,
            "emailSubject": "a",
            "emailBody": "b",
            "smsBody": "c",
            "customRecipients": [
                {"emailAddress": "Boss@demo.example"},
                {"mobileNumber": "+4799999999"},
                {"emailAddress": "boss@demo.example"},
            ],
        },
    )
    assert results(answer) == ["MissingContact", "Success", "Success"]
    assert told() == ["+4799999999", "Boss@demo.example"]


def test_a_reserved_person_who_is_told_all_the_same_is_a_success(sender: Api) -> None:
    answer = sender.initialize(
        recipients=[PERSON + RITA], ignoreReservation=True, notification=MAIL
    )
    assert results(answer) == ["Success"]
    assert told() == ["reserved@demo.example"]


def test_all_but_the_recipients_own_notifications_are_custom(sender: Api) -> None:
    custom = [{"organizationNumber": ALT}, {"organizationNumber": UTEN}]
    sender.sent(notification={**MAIL, "customRecipients": custom})
    rows = LetterNotification.objects.order_by("position")
    assert list(rows.values_list("is_custom", "result")) == [
        (False, "Success"),
        (True, "MissingContact"),
    ]


# ---------------------------------------------------------------- registers that are down
def test_a_register_that_is_down_fails_the_orders_that_need_it_alone(
    sender: Api, persons_down: None
) -> None:
    custom = [{"nationalIdentityNumber": KARI}, {"emailAddress": "a@demo.example"}]
    answer = sender.initialize(notification={**MAIL, "customRecipients": custom})
    assert results(answer) == ["Success", "Failure", "Success"]
    made = answer.json()["correspondences"][0]["notifications"]
    assert [one["orderId"] == FAILED for one in made] == [False, True, False]
    assert Order.objects.count() == 2


def test_a_letter_whatever_the_reservation_goes_on_without_the_register_of_persons(
    sender: Api, persons_down: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_kari = {"recipients": [PERSON + KARI]}
    problem_of(sender.initialize(**to_kari), 500, 1032)
    assert stored() == 0
    answer = sender.initialize(**to_kari, ignoreReservation=True, notification=MAIL)
    assert results(answer) == ["Failure"]
    named = sender.initialize(**to_kari, ignoreReservation=True, messageBody="{{recipientName}}")
    problem_of(named, 404, 1029)
    monkeypatch.setattr(configured, "organizations", Down)
    problem_of(sender.initialize(ignoreReservation=True), 500, 1032)


def test_roles_that_cannot_be_looked_up_are_told_by_number(
    sender: Api, registers: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    confidential = {"resourceId": "conf", "serviceOwner": "ttd", "title": "x", "confidential": True}
    registers({"resources": [{**confidential, "type": "CorrespondenceService"}]})
    monkeypatch.setattr(configured, "roles", Down)
    problem_of(sender.initialize(resourceId="conf", isConfidential=True), 500, 1032)
    assert stored() == 0


# ---------------------------------------------------------------- orders that cannot be made
def test_an_order_that_cannot_be_made_stays_alone_and_costs_a_few_tries(
    sender: Api, registers: Load
) -> None:
    numbers = [f"9{number:08}" for number in range(64)]
    registers({"organizations": [{"organizationNumber": one, "name": one} for one in numbers]})
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE orders_order ADD CONSTRAINT none_for_the_last CHECK "
            f"(NOT recipients::text LIKE '%%{numbers[-1]}%%') NOT VALID"
        )
    with CaptureQueriesContext(connection) as captured:
        answer = sender.initialize(recipients=[f"0192:{one}" for one in numbers], notification=MAIL)
    assert results(answer) == ["MissingContact"] * 63 + ["Failure"]
    assert Order.objects.count() == 63
    assert len(captured) < 100
