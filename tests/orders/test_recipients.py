"""Whom an order reaches, on which channel (orders contract 7.3 to 7.5)."""

from datetime import timedelta
from typing import Any

import pytest

from notifications_platform.core import clock
from notifications_platform.delivery.models import Message
from orders import processing
from orders.models import Order
from orders.states import NotificationChannel, result
from tests.factories import make_order
from tests.orders.conftest import Api, Load

pytestmark = pytest.mark.django_db(transaction=True)

BOTH, EMAIL_ONLY, MOBILE_ONLY = "05909803219", "09828138984", "26845624924"
RESERVED, NOTHING, STALE = "01877731193", "09926430219", "01918400466"
COMPANY, EMPTY_COMPANY, WITH_USERS = "310131075", "310131113", "310131148"
MAY, MAY_NOT, NO_FILTER = "08886847468", "01878547256", "14925127087"


@pytest.fixture(autouse=True)
def _on_file(registers: Load) -> None:
    long_ago = (clock.now() - timedelta(days=600)).date().isoformat()
    registers(
        {
            "persons": [
                person(BOTH, email="both@demo.example", mobileNumber="40000111"),
                person(EMAIL_ONLY, email="only@demo.example"),
                person(MOBILE_ONLY, mobileNumber="004740000112"),
                person(RESERVED, email="r@demo.example", mobileNumber="+4740000113", reserved=True),
                person(NOTHING, mobileNumber="12345"),
                person(STALE, email="stale@demo.example", contactConfirmed=long_ago),
                person(MAY),
                person(MAY_NOT),
                person(NO_FILTER),
            ],
            "organizations": [
                {
                    "organizationNumber": COMPANY,
                    "name": "Demo & Sons AS",
                    "emailAddresses": ["en@to.example", "EN@to.example", "to@to.example"],
                    "mobileNumbers": ["+4740000120", "40000120"],
                },
                {"organizationNumber": EMPTY_COMPANY, "name": "Uten AS"},
                {
                    "organizationNumber": WITH_USERS,
                    "name": "Brukerkontakt AS",
                    "emailAddresses": ["post@ucp.example"],
                    "userContactPoints": [
                        point(MAY, "yes@ucp.example", "+4740000118"),
                        point(MAY_NOT, "no@ucp.example", None),
                        {"nationalIdentityNumber": NO_FILTER, "mobileNumber": "+4740000119"},
                        point(MAY, "other@ucp.example", None, resource="another"),
                    ],
                },
            ],
            "access": [
                access(MAY, "demo-resource"),
                access(MAY, "another"),
                access(NO_FILTER, "demo-resource"),
            ],
        }
    )


def person(number: str, **fields: Any) -> dict[str, Any]:
    return {"nationalIdentityNumber": number, "name": f"Person {number}", **fields}


def point(
    owner: str, email: str, mobile: str | None, resource: str = "demo-resource"
) -> dict[str, Any]:
    return {
        "nationalIdentityNumber": owner,
        "email": email,
        "mobileNumber": mobile,
        "resources": [f"urn:altinn:resource:{resource}"],
    }


def access(who: str, resource: str) -> dict[str, str]:
    return {
        "nationalIdentityNumber": who,
        "organizationNumber": WITH_USERS,
        "resourceId": resource,
    }


def sent_to(*recipients: dict[str, str], channel: str, **fields: Any) -> list[tuple[str, str]]:
    """Addresses, or the result word where there is none, of an order's notifications."""
    order = make_order(*recipients, channel=NotificationChannel(channel), **fields)
    processing.process_due(now=clock.now())
    return [
        (one.channel, one.address or result(one.channel, one.state, one.reason))
        for one in Message.objects.filter(owner_id=order.id).order_by("id")
    ]


def nin(number: str) -> dict[str, str]:
    return {"nationalIdentityNumber": number}


def org(number: str) -> dict[str, str]:
    return {"organizationNumber": number}


MISSING = "Failed_RecipientNotIdentified"
BARRED = "Failed_RecipientReserved"


@pytest.mark.parametrize(
    ("recipient", "channel", "expected"),
    [
        (nin(BOTH), "Email", [("email", "both@demo.example")]),
        (nin(BOTH), "Sms", [("sms", "+4740000111")]),
        (nin(BOTH), "EmailPreferred", [("email", "both@demo.example")]),
        (nin(BOTH), "SmsPreferred", [("sms", "+4740000111")]),
        (nin(BOTH), "EmailAndSms", [("email", "both@demo.example"), ("sms", "+4740000111")]),
        (nin(MOBILE_ONLY), "EmailPreferred", [("sms", "+4740000112")]),
        (nin(EMAIL_ONLY), "SmsPreferred", [("email", "only@demo.example")]),
        (nin(EMAIL_ONLY), "Sms", [("sms", MISSING)]),
        (nin(EMAIL_ONLY), "EmailAndSms", [("email", "only@demo.example"), ("sms", MISSING)]),
        (nin(NOTHING), "EmailPreferred", [("email", MISSING)]),
        (nin(NOTHING), "SmsPreferred", [("sms", MISSING)]),
        (nin(NOTHING), "EmailAndSms", [("email", MISSING), ("sms", MISSING)]),
        (nin(STALE), "Email", [("email", MISSING)]),
        (nin("00000000000"), "Email", [("email", MISSING)]),
        (nin(RESERVED), "Email", [("email", BARRED)]),
        (nin(RESERVED), "EmailPreferred", [("email", BARRED)]),
        (nin(RESERVED), "EmailAndSms", [("email", BARRED), ("sms", BARRED)]),
        (
            org(COMPANY),
            "EmailAndSms",
            [("email", "en@to.example"), ("email", "to@to.example"), ("sms", "+4740000120")],
        ),
        (org(COMPANY), "EmailPreferred", [("email", "en@to.example"), ("email", "to@to.example")]),
        (org(EMPTY_COMPANY), "Email", [("email", MISSING)]),
        (org(WITH_USERS), "Email", [("email", "post@ucp.example")]),
        (
            {"emailAddress": " a@x.no ", "mobileNumber": "0047 40 00 00 01"},
            "SmsPreferred",
            [("email", "a@x.no"), ("sms", "+4740000001")],
        ),
        ({"mobileNumber": "+4740000001"}, "EmailPreferred", [("sms", "+4740000001")]),
        (
            {"emailAddress": "a@x.no", "mobileNumber": "+4740000001"},
            "EmailAndSms",
            [("email", "a@x.no"), ("sms", "+4740000001")],
        ),
    ],
)
def test_the_channel_decides_which_addresses_are_used(
    recipient: dict[str, str], channel: str, expected: list[tuple[str, str]]
) -> None:
    assert sent_to(recipient, channel=channel) == expected


def test_ignore_reservation_reaches_a_reserved_person() -> None:
    assert sent_to(nin(RESERVED), channel="Email", ignore_reservation=True) == [
        ("email", "r@demo.example")
    ]


@pytest.mark.parametrize("resource", ["demo-resource", " urn:altinn:resource:demo-resource "])
def test_a_resource_opens_the_contact_points_of_those_with_access(resource: str) -> None:
    reached = sent_to(org(WITH_USERS), channel="EmailPreferred", resource_id=resource)
    assert reached[0] == ("email", "post@ucp.example")
    assert sorted(reached[1:]) == [("email", "yes@ucp.example"), ("sms", "+4740000119")]


def test_direct_duplicates_each_get_their_message_but_a_preferred_identity_counts_once() -> None:
    twice = {"emailAddress": "a@x.no"}
    assert sent_to(twice, twice, channel="Email") == [("email", "a@x.no")] * 2
    assert len(sent_to(nin(BOTH), nin(BOTH), channel="Email")) == 2
    assert len(sent_to(nin(BOTH), nin(BOTH), channel="EmailPreferred")) == 1


def test_keywords_are_filled_from_the_register_only() -> None:
    order = make_order(
        org(COMPANY), nin(BOTH), {"emailAddress": "a@x.no"}, channel=NotificationChannel.EMAIL
    )
    processing.process_due(now=clock.now())
    values = (
        Message.objects.filter(owner_id=order.id).order_by("id").values_list("values", flat=True)
    )
    company = {"$recipientName$": "Demo & Sons AS", "$recipientNumber$": COMPANY}
    human = {"$recipientName$": f"Person {BOTH}", "$recipientNumber$": ""}
    assert list(values) == [company, company, human, None]


def test_a_summary_names_whom_the_notification_was_for(api: Api) -> None:
    order = make_order(nin(RESERVED), org(EMPTY_COMPANY), nin(BOTH))
    processing.process_due(now=clock.now())
    body = api.get(f"/orders/{order.id}/notifications/email").json()
    shown = [(one["recipient"], one["sendStatus"]["status"]) for one in body["notifications"]]
    assert shown == [
        ({"nationalIdentityNumber": RESERVED, "emailAddress": ""}, BARRED),
        ({"organizationNumber": EMPTY_COMPANY, "emailAddress": ""}, MISSING),
        ({"nationalIdentityNumber": BOTH, "emailAddress": "both@demo.example"}, "New"),
    ]
    assert (body["generated"], body["succeeded"]) == (3, 0)


@pytest.mark.parametrize(
    ("recipients", "expected"),
    [
        ([{"emailAddress": "a@x.no"}], None),
        ([nin(BOTH)], ("Success", [], [])),
        ([nin(BOTH), nin(RESERVED)], ("PartialSuccess", [RESERVED], [])),
        ([nin(NOTHING), org(EMPTY_COMPANY)], ("Failed", [], [NOTHING, EMPTY_COMPANY])),
        ([nin(RESERVED), nin(NOTHING)], ("Failed", [RESERVED], [NOTHING])),
        ([{"emailAddress": "a@x.no"}, nin(NOTHING)], ("Failed", [], [NOTHING])),
        ([nin(STALE)], ("Failed", [], [STALE])),
    ],
)
def test_the_receipt_tells_what_the_look_up_found(
    api: Api, recipients: list[dict[str, str]], expected: tuple[str, list[str], list[str]] | None
) -> None:
    for ignore in (False, True):
        body = {"subject": "S", "body": "B", "recipients": recipients, "ignoreReservation": ignore}
        answer = api.post("/orders/email", body)
        assert answer.status_code == 202
        lookup = answer.json().get("recipientLookup")
        if expected is None:
            assert lookup is None
        else:
            status, reserved, missing = expected
            assert lookup == {
                "status": status,
                "isReserved": reserved,
                "missingContact": missing,
            }


def test_five_hundred_identities_cost_as_many_queries_as_one(
    django_assert_max_num_queries: Any,
) -> None:
    make_order(nin(BOTH))
    make_order(*(nin(f"{number:011d}") for number in range(400)), org(COMPANY))
    with django_assert_max_num_queries(25):
        processing.process_due(now=clock.now())
    assert set(Order.objects.values_list("open_notifications", flat=True)) == {1, 2}
