"""Reading and cancelling orders (orders contract 1, 2, 4 and 6)."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from notifications_platform.audit.models import Entry
from notifications_platform.core import clock
from orders.models import Order
from orders.states import OrderStatus
from tests.factories import DIGDIR, make_order
from tests.orders.conftest import Api
from tests.tokens import bearer

pytestmark = pytest.mark.django_db
LATER = timedelta(hours=1)


def spellings(order: Order) -> list[str]:
    hyphens = str(order.id)
    return [
        hyphens.upper(),
        order.id.hex,
        f"{{{hyphens}}}",
        f"({hyphens})",
        f"{hyphens}/",
    ]


def test_an_order_is_shown_as_placed(api: Api) -> None:
    order = make_order(
        {"organizationNumber": "310000043"}, due_in=LATER, senders_reference="case-77"
    )
    response = api.get(f"/orders/{order.id}")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json; charset=utf-8"
    base = f"http://127.0.0.1:8000/notifications/api/v1/orders/{order.id}"
    body = response.json()
    assert body.pop("requestedSendTime").endswith("Z")
    assert body.pop("created").endswith("Z")
    assert body == {
        "id": str(order.id),
        "creator": "ttd",
        "sendersReference": "case-77",
        "notificationChannel": "Email",
        "recipients": [{"organizationNumber": "310000043"}],
        "emailTemplate": {
            "fromAddress": "noreply@altinn.no",
            "subject": "Report is due",
            "body": "Hello $recipientName$ ($recipientNumber$)",
            "contentType": "Plain",
        },
        "links": {"self": base, "status": f"{base}/status"},
    }


def test_false_is_shown_when_false_was_sent(api: Api) -> None:
    order = make_order(due_in=LATER, ignore_reservation=False)
    assert api.get(f"/orders/{order.id}").json()["ignoreReservation"] is False


@pytest.mark.parametrize("path", ["", "/status", "/notifications/email", "/notifications/sms"])
@pytest.mark.parametrize("noun", ["order", "orders"])
def test_ids_are_read_as_dotnet_reads_them(api: Api, path: str, noun: str) -> None:
    order = make_order(due_in=LATER)
    for spelling in spellings(order):
        if spelling.endswith("/") and path:
            continue
        assert api.get(f"/{noun}/{spelling}{path}").status_code == 200, spelling


@pytest.mark.parametrize("path", ["", "/status", "/notifications/email", "/notifications/sms"])
@pytest.mark.parametrize(
    "bad",
    [
        *("7", "not-a-guid", "{" + str(uuid.uuid4()), "%00", "%ff", "\u0660" * 32),
        "01a1ff90-9e78700071d8a8828ebc02d81",
        "01a1ff90-9e78-7000a71da8828ebc02d8",
    ],
)
def test_another_id_is_400(api: Api, path: str, bad: str) -> None:
    response = api.get(f"/orders/{bad}{path}")
    assert response.status_code == 400
    assert list(response.json()["errors"]) == ["id"]


@pytest.mark.parametrize("path", ["", "/notifications/email", "/notifications/sms"])
def test_reading_an_unknown_order_is_404_with_an_empty_body(api: Api, path: str) -> None:
    response = api.get(f"/orders/{uuid.uuid4()}{path}")
    assert (response.status_code, response.content) == (404, b"")


def test_status_and_cancel_of_an_unknown_order_are_404_with_a_problem(api: Api) -> None:
    for response in (
        api.get(f"/orders/{uuid.uuid4()}/status"),
        api.put(f"/orders/{uuid.uuid4()}/cancel"),
    ):
        assert response.status_code == 404
        body = response.json()
        assert body["type"] == "https://tools.ietf.org/html/rfc9110#section-15.5.5"
        assert (body["title"], body["status"]) == ("Not Found", 404)
        assert body["traceId"].startswith("00-")


@pytest.mark.parametrize("path", ["", "/status", "/notifications/email", "/notifications/sms"])
def test_another_clients_order_does_not_exist(other_api: Api, path: str) -> None:
    order = make_order(due_in=LATER, senders_reference="mine")
    assert other_api.get(f"/orders/{order.id}{path}").status_code == 404
    assert other_api.put(f"/orders/{order.id}/cancel").status_code == 404
    assert other_api.get("/orders", sendersReference="mine").json() == {"count": 0, "orders": []}
    assert Order.objects.get().status == OrderStatus.REGISTERED


def test_orders_are_found_by_exact_reference_oldest_first(api: Api) -> None:
    first = make_order(due_in=LATER, senders_reference="case-77")
    second = make_order(due_in=LATER, senders_reference="case-77")
    make_order(due_in=LATER, senders_reference="CASE-77")
    make_order(due_in=LATER, senders_reference="case-77", client=DIGDIR)
    body = api.get("/orders", SENDERSREFERENCE="case-77").json()
    assert body["count"] == 2
    assert [one["id"] for one in body["orders"]] == [str(first.id), str(second.id)]


@pytest.mark.parametrize(
    "query",
    [{}, {"sendersReference": ""}, {"sendersReference": "\0"}, {"sendersreference": "a\0b"}],
)
def test_a_missing_or_impossible_reference_is_400(api: Api, query: dict[str, str]) -> None:
    response = api.get("/orders", **query)
    assert response.status_code == 400
    assert list(response.json()["errors"]) == ["sendersReference"]


def test_a_blank_reference_is_never_found(api: Api) -> None:
    make_order(due_in=LATER, senders_reference=" ")
    assert api.get("/orders", sendersReference=" ").json() == {"count": 0, "orders": []}


def test_the_status_of_a_new_order(api: Api) -> None:
    order = make_order(due_in=LATER, ignore_reservation=True)
    body = api.get(f"/orders/{order.id}/status").json()
    assert body["processingStatus"]["status"] == "Registered"
    assert body["processingStatus"]["lastUpdate"] == body["created"]
    assert set(body) == {
        "id",
        "creator",
        "requestedSendTime",
        "created",
        "notificationChannel",
        "ignoreReservation",
        "processingStatus",
    }


def test_a_summary_before_processing_is_empty(api: Api) -> None:
    order = make_order(due_in=LATER, senders_reference="r")
    assert api.get(f"/orders/{order.id}/notifications/sms").json() == {
        "orderId": str(order.id),
        "sendersReference": "r",
        "generated": 0,
        "succeeded": 0,
        "notifications": [],
    }


@pytest.mark.parametrize("noun", ["order", "orders"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_cancelling_in_time_stops_the_order(api: Api, noun: str, slash: str) -> None:
    order = make_order(due_in=timedelta(minutes=6))
    response = api.put(f"/{noun}/{order.id}/cancel{slash}", content_type="application/json")
    assert response.status_code == 200
    assert response.json()["processingStatus"]["status"] == "Cancelled"
    order.refresh_from_db()
    assert (order.status, order.due_at) == (OrderStatus.CANCELLED, None)
    entry = Entry.objects.get(action="orders.cancel")
    assert (entry.actor, entry.from_state, entry.to_state) == ("ttd", "Registered", "Cancelled")


def test_cancelling_again_answers_the_same(api: Api) -> None:
    order = make_order(due_in=LATER)
    first = api.put(f"/orders/{order.id}/cancel")
    Order.objects.update(requested_send_time=order.created_at - timedelta(days=30))
    second = api.put(f"/orders/{order.id}/cancel")
    assert second.status_code == 200
    assert second.json()["processingStatus"] == first.json()["processingStatus"]
    assert Entry.objects.filter(action="orders.cancel").count() == 1


@pytest.mark.parametrize("due_in", [timedelta(minutes=5), timedelta(seconds=-1), timedelta(0)])
def test_cancelling_within_five_minutes_of_send_time_is_a_conflict(
    api: Api, due_in: timedelta
) -> None:
    order = make_order(due_in=due_in)
    response = api.put(f"/orders/{order.id}/cancel")
    assert response.status_code == 409
    assert response.json()["title"] == "Conflict"
    order.refresh_from_db()
    assert (order.status, order.due_at) == (OrderStatus.REGISTERED, order.requested_send_time)
    assert not Entry.objects.filter(action="orders.cancel").exists()


@pytest.mark.parametrize(
    "status",
    [
        OrderStatus.PROCESSING,
        OrderStatus.PROCESSED,
        OrderStatus.COMPLETED,
        OrderStatus.SEND_CONDITION_NOT_MET,
    ],
)
def test_an_order_that_has_started_cannot_be_cancelled(api: Api, status: OrderStatus) -> None:
    order = make_order(due_in=LATER)
    Order.objects.update(status=status, due_at=None)
    assert api.put(f"/orders/{order.id}/cancel").status_code == 409
    order.refresh_from_db()
    assert order.status == status


@pytest.mark.parametrize(
    ("body", "media_type"),
    [(b"", "application/json"), (b"not json", "application/json"), (b"<a/>", "text/xml")],
)
def test_a_body_sent_with_a_cancellation_is_ignored(api: Api, body: bytes, media_type: str) -> None:
    order = make_order(due_in=LATER)
    response = api.put(f"/orders/{order.id}/cancel", data=body, content_type=media_type)
    assert response.status_code == 200


def test_reads_cost_the_same_for_one_and_for_a_thousand_recipients(
    api: Api, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    make_order(due_in=LATER)
    order = make_order(
        *({"emailAddress": f"nr{n}@demo.example"} for n in range(1000)), due_in=LATER
    )
    for path in ("", "/status", "/notifications/email"):
        with django_assert_max_num_queries(2):
            assert api.get(f"/orders/{order.id}{path}").status_code == 200


ROUTES = [
    ("get", "/orders?sendersReference=x"),
    ("post", "/orders"),
    ("post", "/orders/email"),
    ("post", "/orders/sms"),
    ("get", f"/orders/{uuid.uuid4()}"),
    ("get", f"/order/{uuid.uuid4()}"),
    ("get", f"/orders/{uuid.uuid4()}/status"),
    ("put", f"/orders/{uuid.uuid4()}/cancel"),
    ("get", f"/orders/{uuid.uuid4()}/notifications/email"),
    ("get", f"/orders/{uuid.uuid4()}/notifications/sms"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_asks_for_a_token_then_for_its_scope(api: Api, method: str, path: str) -> None:
    call = getattr(api.browser, method)
    url = f"/notifications/api/v1{path}"
    nobody = call(url)
    assert (nobody.status_code, nobody["WWW-Authenticate"]) == (401, "Bearer")
    assert call(url, headers=bearer(scope="altinn:other")).status_code == 403
    end_user = bearer("05909803219", kind="idporten")
    assert call(url, headers=end_user).status_code == 403
    assert call(url, headers=bearer("fager", kind="entra")).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("delete", "/orders", "GET, POST, HEAD"), ("post", f"/orders/{uuid.uuid4()}/cancel", "PUT")],
)
def test_another_method_is_405_with_what_is_allowed(
    api: Api, method: str, path: str, allowed: str
) -> None:
    response = getattr(api.browser, method)(f"/notifications/api/v1{path}", headers=api.headers)
    assert response.status_code == 405
    assert set(response["Allow"].split(", ")) == set(allowed.split(", "))
    assert response.json()["title"] == "Method Not Allowed"
    assert clock.now()
