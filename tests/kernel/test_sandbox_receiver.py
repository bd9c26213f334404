"""The sandbox's receiver of webhooks."""

import time
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from notifications_platform.delivery.channels.webhook import signed_headers
from notifications_platform.runtime.demo_enrollment import SECRET
from notifications_platform.sandbox.models import ReceivedWebhook

BASE = "/sandbox/api/v1/webhooks"
BODY = b'{"type": "enrollment.joined"}'
OTHER = "whsec_" + "QUFB" * 11

pytestmark = pytest.mark.django_db


def send(client: Client, name: str, *secrets: str, body: bytes = BODY, **headers: str) -> Any:
    """`headers` without their common beginning: `timestamp`."""
    others = {f"webhook-{key}": value for key, value in headers.items()}
    signed = signed_headers("een_1", BODY, secrets) | others
    return client.post(f"{BASE}/{name}", body, content_type="application/json", headers=signed)


@pytest.mark.parametrize("secrets", [(SECRET,), (OTHER, SECRET)])
def test_a_signed_call_is_taken_and_shown(client: Client, secrets: tuple[str, ...]) -> None:
    assert send(client, "mine", *secrets).status_code == 204
    assert send(client, "mine", SECRET, body=BODY).status_code == 204

    newest, _ = client.get(f"{BASE}/mine").json()
    assert newest["webhookId"] == "een_1"
    assert newest["body"] == BODY.decode()
    assert client.get(f"{BASE}/another").json() == []
    assert client.delete(f"{BASE}/mine").status_code == 204
    assert client.get(f"{BASE}/mine").json() == []


def test_what_is_not_signed_now_and_by_the_secret_is_refused(client: Client) -> None:
    old = str(int(time.time()) - 301)
    for answer in (
        send(client, "mine"),
        send(client, "mine", OTHER),
        send(client, "mine", SECRET, body=b"changed"),
        send(client, "mine", SECRET, timestamp=old),
        send(client, "mine", SECRET, timestamp="now"),
        send(client, "mine", SECRET, signature="v1,ø"),
        send(client, "mine", SECRET, id="een_2"),
    ):
        assert answer.status_code == 401
        assert answer["Content-Type"].startswith("application/problem+json")
    assert not ReceivedWebhook.objects.exists()


@pytest.mark.parametrize(("name", "status"), [("refuse", 503), ("gone", 410)])
def test_some_names_refuse_whatever_comes_and_the_log_calls_none_of_it_an_error(
    client: Client, caplog: pytest.LogCaptureFixture, name: str, status: int
) -> None:
    assert send(client, name, SECRET).status_code == status
    assert not ReceivedWebhook.objects.exists()
    assert not [one for one in caplog.records if one.name == "django.request"]


def test_the_documented_secret_is_the_one(client: Client) -> None:
    assert SECRET in (settings.BASE_DIR / "docs" / "sandbox.md").read_text()
