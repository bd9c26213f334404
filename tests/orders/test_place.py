"""Placing v1 orders (orders contract 4.5 and 5)."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from notifications_platform.audit.models import Entry
from notifications_platform.core import clock
from orders.models import Order
from tests.orders.conftest import Api

pytestmark = pytest.mark.django_db

EMAIL_ORDER = {
    "subject": "Report is due",
    "body": "Hello",
    "recipients": [{"emailAddress": "kari@demo.example"}],
}
SMS_ORDER = {"body": "Hello", "recipients": [{"mobileNumber": "+4740000001"}]}
ORDER = {
    "notificationChannel": "EmailPreferred",
    "emailTemplate": {"subject": "S", "body": "B"},
    "smsTemplate": {"body": "B"},
    "recipients": [{"emailAddress": "kari@demo.example", "mobileNumber": "+47 40 00 00 01"}],
}


def errors_of(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 400, response.content
    assert response["Content-Type"] == "application/problem+json; charset=utf-8"
    assert Order.objects.count() == 0
    errors: dict[str, list[str]] = response.json()["errors"]
    return errors


def without(body: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in names}


@pytest.mark.parametrize(
    ("path", "body"),
    [("/orders/email", EMAIL_ORDER), ("/orders/sms", SMS_ORDER), ("/orders", ORDER)],
)
@pytest.mark.parametrize("slash", ["", "/"])
def test_an_order_is_accepted_with_its_address(
    api: Api, path: str, body: dict[str, Any], slash: str
) -> None:
    response = api.post(path + slash, body)

    order = Order.objects.get()
    assert response.status_code == 202
    assert response.json() == {"orderId": str(order.id)}
    assert response["Location"].endswith(f"/notifications/api/v1/orders/{order.id}")
    assert order.creator == "ttd"
    assert Entry.objects.get().action == "orders.place"


def test_defaults_are_filled_in_and_texts_kept(api: Api) -> None:
    api.post("/orders", ORDER | {"emailTemplate": {"subject": "a\r\nb\rc\nd", "body": " x\n "}})
    order = Order.objects.get()
    assert order.email_template == {
        "fromAddress": "noreply@altinn.no",
        "subject": "a b c d",
        "body": " x\n ",
        "contentType": "Plain",
    }
    assert order.sms_template == {"senderNumber": "Altinn", "body": "B"}
    assert order.recipients == ORDER["recipients"]
    assert order.requested_send_time == order.created_at


def test_names_and_enums_are_read_in_any_case_and_unknown_members_ignored(api: Api) -> None:
    body = {
        "NOTIFICATIONCHANNEL": "emailpreferred",
        "EmailTemplate": {"SUBJECT": "S", "Body": "B", "contenttype": "HTML", "colour": 1},
        "smstemplate": {"body": "B"},
        "Recipients": [{"EMAILADDRESS": "kari@demo.example", "shoeSize": {}}],
        "unknown": [],
    }
    assert api.post("/orders", body).status_code == 202
    order = Order.objects.get()
    assert order.channel == "EmailPreferred"
    assert order.email_template is not None
    assert order.email_template["contentType"] == "Html"


@pytest.mark.parametrize(
    ("first", "second", "third"),
    [
        ("subject", "subject", "subject"),
        ("subject", "SUBJECT", "subject"),
        ("Subject", "subject", "SUBJECT"),
        ("SUBJECT", "subject", "SUBJECT"),
    ],
)
def test_of_a_member_sent_several_times_the_last_wins(
    api: Api, first: str, second: str, third: str
) -> None:
    body = f'{{"{first}": "first", "body": "B", "{second}": "second", "{third}": "last",'
    body += '"recipients": [{"emailAddress": "a@x.no", "EMAILADDRESS": "c@x.no",'
    body += '"emailAddress": "b@x.no"}]}'
    assert api.post("/orders/email", body.encode()).status_code == 202
    order = Order.objects.get()
    assert order.email_template is not None
    assert order.email_template["subject"] == "last"
    assert order.recipients == [{"emailAddress": "b@x.no"}]


def test_route_3_keeps_the_email_address_and_route_4_the_mobile_number(api: Api) -> None:
    both = {"emailAddress": "kari@demo.example", "mobileNumber": "+4740000001"}
    api.post("/orders/email", EMAIL_ORDER | {"recipients": [both]})
    api.post("/orders/sms", SMS_ORDER | {"recipients": [both]})
    kept = [order.recipients for order in Order.objects.order_by("created_at")]
    assert kept == [
        [{"emailAddress": "kari@demo.example"}],
        [{"mobileNumber": "+4740000001"}],
    ]


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2031-03-04T09:15:00.1234567+01:00", "2031-03-04T08:15:00.123456Z"),
        ("2031-03-04T09:15+01", "2031-03-04T08:15:00Z"),
        ("2031-03-04T08:15:00.5-00:00", "2031-03-04T08:15:00.500000Z"),
        ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_time_is_converted_to_utc(api: Api, sent: str, shown: str) -> None:
    placed = api.post("/orders/email", EMAIL_ORDER | {"requestedSendTime": sent}).json()
    order = api.get(f"/orders/{placed['orderId']}").json()
    assert order["requestedSendTime"] == shown


def test_a_send_time_up_to_five_minutes_ago_is_accepted(api: Api) -> None:
    recent = (clock.now() - timedelta(minutes=4, seconds=50)).isoformat()
    assert api.post("/orders/email", EMAIL_ORDER | {"requestedSendTime": recent}).status_code == 202


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"recipients": None}, "Recipients"),
        ({"recipients": []}, "Recipients"),
        ({"recipients": [{}]}, "Recipients[0]"),
        ({"recipients": [{"emailAddress": ""}]}, "Recipients[0]"),
        ({"recipients": [{"mobileNumber": "+4740000001"}]}, "Recipients[0]"),
        (
            {"recipients": [{"nationalIdentityNumber": "05909803219", "emailAddress": "a@x.no"}]},
            "Recipients[0]",
        ),
        (
            {"recipients": [{"organizationNumber": "310131075", "emailAddress": "a@x.no"}]},
            "Recipients[0]",
        ),
        (
            {
                "recipients": [
                    {"emailAddress": "a@x.no"},
                    {"emailAddress": "user@exa!mple.com"},
                ]
            },
            "Recipients[1].EmailAddress",
        ),
        (
            {"recipients": [{"nationalIdentityNumber": "0590980321"}]},
            "Recipients[0].NationalIdentityNumber",
        ),
        (
            {"recipients": [{"nationalIdentityNumber": "٠٥٩٠٩٨٠٣٢١٩"}]},
            "Recipients[0].NationalIdentityNumber",
        ),
        ({"recipients": [{"organizationNumber": "31013107X"}]}, "Recipients[0].OrganizationNumber"),
        ({"subject": None}, "Subject"),
        ({"subject": "  "}, "Subject"),
        ({"body": ""}, "Body"),
        ({"requestedSendTime": "2031-03-04T08:15:00"}, "RequestedSendTime"),
        ({"requestedSendTime": "2031-03-04"}, "RequestedSendTime"),
        ({"requestedSendTime": "2020-03-04T08:15:00Z"}, "RequestedSendTime"),
        ({"resourceAction": "read"}, "ResourceAction"),
        ({"resourceId": "r", "resourceAction": " "}, "ResourceAction"),
        ({"conditionEndpoint": "not a url"}, "ConditionEndpoint"),
        ({"conditionEndpoint": "ftp://owner.example/x"}, "ConditionEndpoint"),
        ({"conditionEndpoint": "http://localhost/x"}, "ConditionEndpoint"),
        ({"conditionEndpoint": "http://127.0.0.1/x"}, "ConditionEndpoint"),
        ({"conditionEndpoint": "http://[::1]/x"}, "ConditionEndpoint"),
        ({"conditionEndpoint": "/relative"}, "ConditionEndpoint"),
        ({"subject": 7}, "$.subject"),
        ({"recipients": {}}, "$.recipients"),
        ({"recipients": [[]]}, "$.recipients[0]"),
        ({"recipients": [{"emailAddress": 1}]}, "$.recipients[0].emailAddress"),
        ({"requestedSendTime": "yesterday"}, "$.requestedSendTime"),
        ({"requestedSendTime": "2031-02-30T00:00:00Z"}, "$.requestedSendTime"),
        ({"requestedSendTime": "2031-03-04T08:15.5Z"}, "$.requestedSendTime"),
        ({"requestedSendTime": "2031-03-04T23:59:60Z"}, "$.requestedSendTime"),
        ({"requestedSendTime": "9999-12-31T23:59:59-01:00"}, "$.requestedSendTime"),
        ({"requestedSendTime": "0001-01-01T00:00:00+10:00"}, "$.requestedSendTime"),
        ({"ignoreReservation": "yes"}, "$.ignoreReservation"),
        ({"contentType": "Markdown"}, "$.contentType"),
        ({"contentType": 0}, "$.contentType"),
    ],
)
def test_a_broken_rule_is_named_by_its_place(api: Api, change: dict[str, Any], key: str) -> None:
    assert list(errors_of(api.post("/orders/email", EMAIL_ORDER | change))) == [key]


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        (without(ORDER, "notificationChannel"), {"NotificationChannel"}),
        (without(ORDER, "emailTemplate"), {"EmailTemplate"}),
        (without(ORDER, "emailTemplate", "smsTemplate"), {"EmailTemplate", "SmsTemplate"}),
        (
            without(ORDER, "smsTemplate") | {"notificationChannel": "EmailAndSms"},
            {"SmsTemplate"},
        ),
        (
            ORDER | {"emailTemplate": {}, "smsTemplate": {"body": " "}},
            {"EmailTemplate.Subject", "EmailTemplate.Body", "SmsTemplate.Body"},
        ),
        (
            ORDER
            | {"emailTemplate": {"subject": "S", "body": "B", "fromAddress": "a@x.no\nBcc: b"}},
            {"EmailTemplate.FromAddress"},
        ),
        (
            ORDER | {"smsTemplate": {"body": "B", "senderNumber": "A\rB"}},
            {"SmsTemplate.SenderNumber"},
        ),
        (ORDER | {"recipients": [{"mobileNumber": "99999999"}]}, {"Recipients[0].MobileNumber"}),
        (ORDER | {"notificationChannel": "Fax"}, {"$.notificationChannel"}),
        (ORDER | {"notificationChannel": 1}, {"$.notificationChannel"}),
    ],
)
def test_the_channel_decides_what_is_needed(api: Api, body: dict[str, Any], keys: set[str]) -> None:
    assert set(errors_of(api.post("/orders", body))) == keys


def test_all_broken_rules_are_reported_together(api: Api) -> None:
    body = {"recipients": [{}, {"emailAddress": "x"}], "requestedSendTime": "2020-01-01T00:00:00Z"}
    assert set(errors_of(api.post("/orders/email", body))) == {
        "Recipients[0]",
        "Recipients[1].EmailAddress",
        "RequestedSendTime",
        "Subject",
        "Body",
    }


def test_an_empty_body_object_names_every_missing_member(api: Api) -> None:
    assert set(errors_of(api.post("/orders", {}))) == {"NotificationChannel", "Recipients"}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b'{"subject": "S",}',
        b'{/* c */ "subject": "S"}',
        b'{"subject": "\\u0000"}',
        b'{"subject": "\\ud800"}',
        b'{"subject": "\xff"}',
        b'{"subject": 1e999}',
        b'{"subject":' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
)
def test_what_is_not_json_is_refused_at_the_root(api: Api, body: bytes) -> None:
    assert list(errors_of(api.post("/orders/email", body))) == ["$"]


def test_an_empty_body_is_no_json_either(api: Api) -> None:
    response = api.browser.post(
        "/notifications/api/v1/orders/email",
        headers=api.headers,
        CONTENT_TYPE="application/json",
        CONTENT_LENGTH="0",
    )
    assert list(errors_of(response)) == ["$"]


def test_escaped_backslashes_before_u0000_are_no_nul(api: Api) -> None:
    body = orjson.dumps(EMAIL_ORDER | {"body": "\\u0000"})
    assert api.post("/orders/email", body).status_code == 202
    order = Order.objects.get()
    assert order.email_template is not None
    assert order.email_template["body"] == "\\u0000"


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/xml", "application/json; charset=latin-1", ""]
)
def test_another_media_type_is_415(api: Api, media_type: str) -> None:
    response = api.post("/orders/email", orjson.dumps(EMAIL_ORDER), content_type=media_type)
    assert response.status_code == 415
    assert response.json()["title"] == "Unsupported Media Type"
    assert Order.objects.count() == 0


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "utf8"])
def test_any_name_of_utf8_is_taken(api: Api, charset: str) -> None:
    body = orjson.dumps(EMAIL_ORDER)
    media_type = f"application/json; charset={charset}"
    assert api.post("/orders/email", body, content_type=media_type).status_code == 202


def test_a_body_over_thirty_million_bytes_is_413(api: Api) -> None:
    response = api.post("/orders/email", b" " * 30_000_001)
    assert response.status_code == 413
    assert Order.objects.count() == 0


def test_texts_just_below_the_limit_are_kept(api: Api) -> None:
    body = EMAIL_ORDER | {"body": "x" * 20_000_000, "sendersReference": "r" * 100_000}
    assert api.post("/orders/email", orjson.dumps(body)).status_code == 202


def test_ten_thousand_recipients_are_placed_with_a_bounded_number_of_statements(
    api: Api, django_assert_max_num_queries: Any
) -> None:
    recipients = [{"emailAddress": f"nr{n}@demo.example"} for n in range(10_000)]
    with django_assert_max_num_queries(8):
        response = api.post("/orders/email", orjson.dumps(EMAIL_ORDER | {"recipients": recipients}))
    assert response.status_code == 202
    assert Order.objects.get().recipient_count == 10_000
