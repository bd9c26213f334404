"""E-mail through a service provider (delivery contract 3): Postmark's API, played locally."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from notifications_platform.core import clock
from notifications_platform.delivery.channels import configured, reports
from notifications_platform.delivery.channels.base import (
    Content,
    NotTried,
    Parcel,
    Permanent,
    ProviderUnavailable,
    Sent,
    Transient,
    Verdict,
)
from notifications_platform.delivery.channels.email.anymail import AnymailTransport
from notifications_platform.delivery.channels.email.provider_url import anymail_settings
from notifications_platform.delivery.channels.reports import Report
from notifications_platform.delivery.states import Reason, State

SECRET = "hook:pass"
Asked = dict[str, Any]


def parcel(address="kari@example.no", content_type="text/plain", **changes) -> Parcel:
    content = Content(
        id=uuid4(),
        sender="Skatt Øst <post@skatt.no>",
        subject="Hei\r\n$recipientName$",
        body="<p>Til $recipientName$</p>" if content_type == "text/html" else "Til $recipientName$",
        content_type=content_type,
        placeholders=("$recipientName$",),
    )
    values = {"$recipientName$": "Ola & Kari"}
    return Parcel(id=uuid4(), address=address, content=content, values=values, **changes)


def taken(asked: Asked) -> Response:
    answer = {"ErrorCode": 0, "Message": "OK", "MessageID": "pm-1", "To": asked["To"]}
    return Response(json.dumps(answer), content_type="application/json")


def refused(code: int, message: str, status: int = 422) -> Callable[[Asked], Response]:
    answer = json.dumps({"ErrorCode": code, "Message": message})
    return lambda _asked: Response(answer, status=status, content_type="application/json")


class Postmark:
    def __init__(self, server: HTTPServer, **options) -> None:
        self.answer: Callable[[Asked], Response] = taken
        self.asked: list[Asked] = []
        self.tokens: list[str] = []
        server.expect_request("/email", method="POST").respond_with_handler(self._respond)
        url = f"anymail+postmark://?server_token=t%26oken&api_url={server.url_for('/')}"
        self.transport = AnymailTransport(url, **options)

    def _respond(self, request: Request) -> Response:
        self.asked.append(request.get_json())
        self.tokens.append(request.headers["X-Postmark-Server-Token"])
        return self.answer(self.asked[-1])

    def send(self, *parcels: Parcel) -> list[Verdict]:
        return list(self.transport.send(parcels))


@pytest.fixture
def postmark(httpserver: HTTPServer) -> Postmark:
    return Postmark(httpserver)


def test_a_message_reaches_the_provider(postmark: Postmark):
    one = parcel()
    assert postmark.send(one) == [Sent("pm-1", "sent")]
    (asked,) = postmark.asked
    assert postmark.tokens == ["t&oken"]
    assert asked["To"] == "kari@example.no"
    assert "<post@skatt.no>" in asked["From"]
    assert asked["Subject"] == "Hei Ola & Kari"
    assert asked["TextBody"] == "Til Ola & Kari"
    headers = {header["Name"]: header["Value"] for header in asked["Headers"]}
    assert headers["Message-ID"] == f"<{one.id}@skatt.no>"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert postmark.transport.name == "anymail:postmark"


def test_html_has_an_alternative_and_escaped_values(postmark: Postmark):
    postmark.send(parcel(content_type="text/html"))
    (asked,) = postmark.asked
    assert asked["HtmlBody"] == "<p>Til Ola &amp; Kari</p>"
    assert asked["TextBody"] == "Til Ola & Kari"


def test_reports_follow_only_where_the_webhooks_are_let_in(httpserver: HTTPServer):
    assert not Postmark(httpserver).transport.reports
    assert Postmark(httpserver, webhooks=True).transport.reports


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (
            refused(300, "Invalid 'To' address: 'kari@example.no'."),
            Permanent(Reason.INVALID_ADDRESS, "invalid"),
        ),
        (
            refused(406, "... Found inactive addresses: kari@example.no. Inactive recipients are"),
            Permanent(Reason.SUPPRESSED, "rejected"),
        ),
    ],
)
def test_a_refused_receiver_costs_only_itself(postmark: Postmark, answer, verdict):
    def answering(asked: Asked) -> Response:
        return answer(asked) if asked["To"] == "kari@example.no" else taken(asked)

    postmark.answer = answering
    verdicts = postmark.send(parcel(), parcel("ola@example.no"))
    assert verdicts == [verdict, Sent("pm-1", "sent")]


def test_refused_content_is_final_and_quotes_no_address(postmark: Postmark):
    postmark.answer = refused(300, "Invalid 'From' address: 'post@skatt.no'.")
    (verdict,) = postmark.send(parcel())
    assert isinstance(verdict, Permanent)
    assert verdict.reason == Reason.CONTENT_REFUSED
    assert "422" in verdict.answer
    assert "@" not in verdict.answer


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_a_provider_that_refuses_us_is_unavailable(postmark: Postmark, status):
    postmark.answer = lambda _asked: Response("no", status=status, headers={"Retry-After": "30"})
    with pytest.raises(ProviderUnavailable) as failed:
        postmark.send(parcel(), parcel())
    assert str(status) in failed.value.answer
    assert failed.value.retry_in == timedelta(seconds=30)
    assert len(postmark.asked) == 1
    postmark.answer = taken
    assert postmark.send(parcel()) == [Sent("pm-1", "sent")]


def test_an_answer_that_cannot_be_read_is_uncertain(postmark: Postmark):
    postmark.answer = lambda _asked: Response("<html>")
    (verdict,) = postmark.send(parcel())
    assert isinstance(verdict, Transient)


def test_nobody_listening_is_unavailable():
    transport = AnymailTransport("anymail+postmark://?server_token=t&api_url=http://127.0.0.1:1/")
    with pytest.raises(ProviderUnavailable) as failed:
        list(transport.send([parcel()]))
    assert "kari" not in failed.value.answer


def test_what_needs_no_provider_is_answered_in_its_place(postmark: Postmark):
    late = parcel(not_after=clock.real() - timedelta(seconds=1))
    names = tuple(f"$n{number}$" for number in range(257))
    html = parcel(content_type="text/html")
    unwritable = replace(
        html, content=replace(html.content, body=" ".join(names), placeholders=names)
    )
    verdicts = postmark.send(parcel("nobody"), unwritable, late, parcel())
    assert verdicts == [
        Permanent(Reason.INVALID_ADDRESS, "not a mail address"),
        Permanent(Reason.CONTENT_REFUSED, "the text cannot be made into a mail"),
        NotTried("not handed over: its time was over"),
        Sent("pm-1", "sent"),
    ]
    assert len(postmark.asked) == 1


@pytest.mark.parametrize("url", ["anymail+nobody://?x=1", "anymail+://", "anymail+../x://?a=b"])
def test_an_unknown_provider_is_refused(url):
    with pytest.raises(ValueError, match=r"anymail\+provider|knows no provider"):
        AnymailTransport(url)


def test_a_missing_setting_is_named():
    with pytest.raises(ImproperlyConfigured, match="POSTMARK_SERVER_TOKEN"):
        AnymailTransport("anymail+postmark://")


def test_the_same_settings_check_the_webhooks():
    url = "anymail+amazon-ses://?auto_confirm_sns=false&Webhook_Key=k"
    assert anymail_settings(url, SECRET) == {
        "WEBHOOK_SECRET": SECRET,
        "AMAZON_SES_AUTO_CONFIRM_SNS": False,
        "AMAZON_SES_WEBHOOK_KEY": "k",
    }
    assert anymail_settings("smtp://h", "") == {}


# --- tracking webhooks ------------------------------------------------------------------------
@pytest.fixture
def told(monkeypatch, settings) -> list[Report]:
    kept: list[Report] = []
    monkeypatch.setattr(reports, "_record", kept.extend)
    settings.EMAIL_WEBHOOK_SECRET = SECRET
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    return kept


def post(body: object, *, provider="postmark", secret=SECRET):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    credentials = base64.b64encode(secret.encode()).decode()
    return Client(raise_request_exception=False).post(
        f"/anymail/{provider}/tracking/",
        content,
        content_type="application/json",
        headers={"Authorization": f"Basic {credentials}"},
    )


DELIVERED = {
    "RecordType": "Delivery",
    "MessageID": "pm-1",
    "Recipient": "kari@example.no",
    "DeliveredAt": "2026-03-01T12:00:00+01:00",
}


def test_a_delivery_is_reported(told: list[Report]):
    assert post(DELIVERED).status_code == 200
    (report,) = told
    assert (report.provider, report.reference) == ("anymail:postmark", "pm-1")
    assert (report.outcome, report.reason) == (State.DELIVERED, None)
    assert report.at == datetime(2026, 3, 1, 11, tzinfo=UTC)
    assert json.loads(report.raw) == DELIVERED
    assert report.is_about("anymail:postmark")


@pytest.mark.parametrize(
    ("event", "outcome", "reason"),
    [
        ({"RecordType": "Bounce", "Type": "HardBounce"}, State.FAILED, Reason.BOUNCED),
        ({"RecordType": "Bounce", "Type": "Blocked"}, State.FAILED, Reason.SUPPRESSED),
        (
            {"RecordType": "Bounce", "Type": "BadEmailAddress"},
            State.FAILED,
            Reason.INVALID_ADDRESS,
        ),
        ({"RecordType": "Bounce", "Type": "Unconfirmed"}, State.FAILED, Reason.REJECTED),
        ({"RecordType": "Bounce", "Type": "SMTPApiError"}, State.FAILED, Reason.UNKNOWN),
        ({"RecordType": "SpamComplaint", "Type": "SpamComplaint"}, None, None),
    ],
)
def test_what_became_of_a_message(told: list[Report], event, outcome, reason):
    assert post({**event, "MessageID": "pm-2", "ID": 1}).status_code == 200
    (report,) = told
    assert (report.outcome, report.reason, report.reference) == (outcome, reason, "pm-2")


@pytest.mark.parametrize("kind", ["Open", "Click", "Something"])
def test_what_says_nothing_about_delivery_is_dropped(told: list[Report], kind):
    assert post({"RecordType": kind, "MessageID": "pm-1"}).status_code == 200
    assert told == []


def test_a_wrong_secret_is_refused(told: list[Report]):
    assert post(DELIVERED, secret="hook:wrong").status_code == 400
    assert told == []


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b"17", b"\xff"])
def test_what_cannot_be_read_is_refused(told: list[Report], body):
    assert post(body).status_code == 400
    assert told == []


def test_without_secret_there_is_no_such_page(told: list[Report], settings):
    settings.EMAIL_WEBHOOK_SECRET = ""
    assert post(DELIVERED).status_code == 404
    assert told == []


@pytest.mark.parametrize("provider", ["nobody", "postmark_inbound", "mailgun"])
def test_providers_unknown_or_not_set_up_have_no_page(told: list[Report], provider):
    assert post(DELIVERED, provider=provider).status_code == 404


def test_a_report_that_could_not_be_kept_is_asked_for_again(told: list[Report], monkeypatch):
    def broken(_reports):
        raise RuntimeError("database gone")

    monkeypatch.setattr(reports, "_record", broken)
    assert post(DELIVERED).status_code == 500


def test_many_events_in_one_call_are_handed_over_at_once(told: list[Report], monkeypatch):
    calls: list[int] = []
    monkeypatch.setattr(reports, "_record", lambda batch: calls.append(len(batch)))
    events = [{"event": "sent", "MessageID": n, "time": 1772362800} for n in range(50)]
    assert post(events, provider="mailjet").status_code == 200
    assert calls == [50]


# --- from the settings ------------------------------------------------------------------------
@pytest.fixture
def anew():
    configured.forget()
    yield
    configured.forget()


def test_transports_come_from_the_settings_once(anew, settings):
    settings.EMAIL_URL = "smtp://mail.example:2525?tls=starttls"
    settings.SMS_GATEWAY_URL = "pswin+https://u:p@a.example/ pswin+https://u:p@b.example/"
    names = {
        channel: [one.name for one in configured.transports(channel)]
        for channel in ("email", "sms", "webhook")
    }
    assert names == {
        "email": ["smtp:mail.example:2525"],
        "sms": ["pswin:a.example:443", "pswin:b.example:443"],
        "webhook": ["webhook"],
    }
    assert configured.transports("email")[0] is configured.transports("email")[0]


def test_a_provider_from_the_settings(anew, settings):
    settings.EMAIL_URL = "anymail+postmark://?server_token=t"
    settings.EMAIL_WEBHOOK_SECRET = SECRET
    (transport,) = configured.transports("email")
    assert (transport.name, transport.reports) == ("anymail:postmark", True)


def test_an_unset_channel_has_no_transport(anew, settings):
    settings.EMAIL_URL = settings.SMS_GATEWAY_URL = ""
    assert configured.transports("email") == configured.transports("sms") == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EMAIL_URL", "imap://user:hush@host"),
        ("EMAIL_URL", "smtp://user:hush@host:port"),
        ("SMS_GATEWAY_URL", "https://user:hush@host/"),
        ("EMAIL_RETURN_PATH", "nobody"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named_without_its_secrets(anew, settings, name, value):
    settings.EMAIL_URL = "smtp://localhost"
    setattr(settings, name, value)
    with pytest.raises(ImproperlyConfigured, match=name) as refused:
        configured.transports("sms" if "SMS" in name else "email")
    assert "hush" not in str(refused.value)
