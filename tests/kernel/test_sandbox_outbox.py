"""The outbox as a call and as a page (runtime contract 6)."""

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from django.contrib.staticfiles import finders

from notifications_platform.delivery.states import Channel
from notifications_platform.sandbox.models import PendingReport, Received
from notifications_platform.sandbox.sinks import magic

API = "/sandbox/api/v1/outbox"
PAGE = "/sandbox/outbox"
AT = datetime(2027, 1, 15, 9, 30, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def arrive(channel=Channel.SMS, to="+4799999999", content="Hei", minutes=0):
    """As the sinks write it down."""
    return Received.objects.create(
        channel=channel,
        recipient=to,
        sender="Altinn",
        content=content.encode(),
        at=AT + timedelta(minutes=minutes),
    )


def arrive_mail(to="kari@example.com", subject="Hei", body="Brev", kind="plain"):
    headers = f"From: noreply@altinn.no\r\nSubject: {subject}\r\n"
    headers += f"Content-Type: text/{kind}; charset=utf-8\r\n\r\n"
    return arrive(Channel.EMAIL, to, f"{headers}{body}\r\n")


def recipients(client, **query):
    return [item["to"] for item in client.get(API, query).json()]


def test_the_newest_comes_first(client):
    for number in range(3):
        arrive(to=f"+479000000{number}", minutes=-number)

    assert recipients(client) == ["+4790000002", "+4790000001", "+4790000000"]


def test_times_are_utc(client):
    arrive()

    assert client.get(API).json()[0]["at"] == "2027-01-15T09:30:00Z"


def test_an_empty_outbox_is_an_empty_array(client):
    answer = client.get(API)

    assert (answer.status_code, answer.json()) == (200, [])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"channel": "email"}, {"Kari@example.com"}),
        ({"channel": "sms"}, {"+4799999999"}),
        ({"to": "kari@EXAMPLE.com"}, {"Kari@example.com"}),
        ({"to": "+4799999999"}, {"+4799999999"}),
        ({"to": " 4799999999"}, {"+4799999999"}),
        ({"to": "4799999999"}, {"+4799999999"}),
        ({"channel": "email", "to": "+4799999999"}, set()),
        ({"to": "kari"}, set()),
        ({"to": ""}, {"Kari@example.com", "+4799999999"}),
    ],
    ids=str,
)
def test_the_outbox_can_be_asked_by_channel_and_recipient(client, query, found):
    arrive()
    arrive_mail(to="Kari@example.com")

    assert set(recipients(client, **query)) == found


def test_the_number_of_items_is_bounded(client):
    for _ in range(3):
        arrive()

    assert len(recipients(client, limit=2)) == 2


@pytest.mark.parametrize(
    "query",
    [
        {"channel": "fax"},
        *({"limit": 0}, {"limit": 10_001}, {"limit": "all"}, {"limit": ""}),
        {"to": "\0"},
        {"to": "\x1d" * 321},
    ],
)
def test_a_question_that_makes_no_sense_is_refused(client, query):
    answer = client.get(API, query)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == list(query)


def test_emptying_keeps_the_reports_that_are_owed(client):
    received = arrive()
    PendingReport.objects.create(
        reference=received.id, receiver="4799999999", state="DELIVRD", due_at=AT
    )

    answer = client.delete(API)

    assert (answer.status_code, answer.content) == (204, b"")
    assert recipients(client) == []
    assert PendingReport.objects.count() == 1


@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_nothing_can_be_put_into_the_outbox(client, method):
    answer = getattr(client, method)(API)

    assert answer.status_code == 405
    assert "GET" in answer["Allow"]
    assert answer["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no headers at all",
        "From: <<>>@@\r\nSubject: =?utf-8?q?=ff?=\r\nMessage-ID: <<<\r\n\r\nx",
        "Content-Type: text/html; charset=no-such\r\n\r\nx",
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n",
        "Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n!!",
        "Subject: \x00\r\n\r\n\x00",
    ],
)
def test_a_mail_that_is_hardly_one_is_shown_all_the_same(client, content):
    arrive(Channel.EMAIL, "kari@example.com", content)

    assert client.get(API).status_code == 200
    assert client.get(PAGE).status_code == 200


class Page(HTMLParser):
    """The tags of a page, with their attributes, and its text."""

    def __init__(self, response):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(response.content.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def test_the_page_shows_what_came_in_and_the_clock(client):
    arrive(content="Hei på deg")
    arrive_mail(subject="Et brev")

    text = Page(client.get(PAGE)).text

    for shown in ("+4799999999", "Hei på deg", "kari@example.com", "Et brev", "P0D"):
        assert shown in text


def test_what_came_in_is_text_on_the_page_never_markup(client):
    attack = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    arrive(content=attack)
    arrive_mail(to=f'"{attack}"@example.com', subject=attack, body=attack)

    page = Page(client.get(PAGE, {"to": ""}))

    assert attack in page.text
    assert page.all("img") == []
    assert [script["src"] for script in page.all("script")] == ["/static/sandbox/outbox.js"]


def test_html_is_previewed_in_a_frame_that_may_do_nothing(client):
    body = '<p class="x">Hei "du"</p><script>alert(1)</script>'
    arrive_mail(body=body, kind="html")

    response = client.get(PAGE)
    (frame,) = Page(response).all("iframe")

    assert frame["sandbox"] == ""
    assert frame["srcdoc"] == body
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy


def test_the_page_filters_and_says_so(client):
    arrive()
    arrive_mail()

    page = Page(client.get(PAGE, {"channel": "email", "to": "kari@example.com"}))

    assert "+4799999999" not in page.text
    assert {"value": "email", "selected": None} in page.all("option")
    assert any(field.get("value") == "kari@example.com" for field in page.all("input"))


def test_the_page_loads_nothing_from_elsewhere(client):
    page = Page(client.get(PAGE))
    loaded = [*(link["href"] for link in page.all("link")), page.all("script")[0]["src"]]

    for url in loaded:
        assert url == "data:," or finders.find(url.removeprefix("/static/"))


def test_a_page_that_has_not_changed_is_not_sent_again(client):
    first = client.get(PAGE)
    assert client.get(PAGE, headers={"If-None-Match": first["ETag"]}).status_code == 304

    arrive()

    assert client.get(PAGE, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_the_page_names_every_magic_recipient(client):
    text = Page(client.get(PAGE)).text

    for local, behaviour in magic.MAIL.items():
        assert f"{local}@…" in text
        assert behaviour.story in text
    for number, told in magic.SMS.items():
        assert f"+{number}" in text
        assert told.story in text
