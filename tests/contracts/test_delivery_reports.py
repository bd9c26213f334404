"""`POST /notifications/sms/api/v1/reports` at the door (delivery contract 4)."""

import base64

import pytest
from django.conf import settings
from django.test import Client

from notifications_platform.delivery.models import Receipt

REPORTS = "/notifications/sms/api/v1/reports"
REPORT = "<MSGLST><MSG><ID>7</ID><REF>no-such-message</REF><STATE>DELIVRD</STATE></MSG></MSGLST>"


def gateway() -> dict[str, str]:
    name, password = settings.SMS_REPORT_USER, settings.SMS_REPORT_PASSWORD
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def post(client: Client, body: str, content_type: str) -> tuple[int, bytes]:
    answer = client.generic("POST", REPORTS, body, content_type, headers=gateway())
    return answer.status_code, answer.content


@pytest.mark.parametrize("content_type", ["application/xml", "text/xml", "text/plain"])
@pytest.mark.django_db
def test_a_report_is_kept_and_answered(client: Client, content_type: str) -> None:
    status, body = post(client, REPORT, content_type)

    assert status == 200
    assert b"<ID>7</ID><STATUS>OK</STATUS>" in body
    assert Receipt.objects.count() == 1


@pytest.mark.parametrize("body", ["", "  ", "null", "<MSGLST>", "<OTHER/>", '{"MSG": []}'])
@pytest.mark.parametrize("content_type", ["application/xml", "text/plain"])
@pytest.mark.django_db
def test_what_is_no_report_is_400_and_not_kept(
    client: Client, body: str, content_type: str
) -> None:
    assert post(client, body, content_type)[0] == 400
    assert not Receipt.objects.exists()


@pytest.mark.django_db
def test_no_body_at_all_is_400(client: Client) -> None:
    """Also without a media type: there is nothing to be of it."""
    assert post(client, "", "")[0] == 400


@pytest.mark.django_db
def test_another_media_type_is_415_and_not_kept(client: Client) -> None:
    assert post(client, REPORT, "application/json")[0] == 415
    assert not Receipt.objects.exists()


def test_without_the_gateways_password_it_is_401(client: Client) -> None:
    answer = client.post(REPORTS, REPORT, "text/xml")

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="delivery reports"'
