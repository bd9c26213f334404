"""In which language staff read, and that nobody else is spoken to in it."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone, translation

from notifications_platform.back_office.middleware import BackOfficeMiddleware
from notifications_platform.back_office.roles import Role
from notifications_platform.delivery.models import Message
from orders.models import Order
from tests.factories import make_messages, make_order
from tests.staff import browser, url

pytestmark = pytest.mark.django_db

LOGIN = "/admin/login/"
NORWEGIAN = {"accept-language": "nb-NO,nb;q=0.9,en;q=0.5"}


@pytest.mark.parametrize(
    ("asked", "language"),
    [("nb-NO,nb;q=0.9", "nb"), ("nn,no;q=0.8", "nb"), ("en-GB", "en"), ("fr", "en"), ("", "en")],
)
def test_the_first_page_is_in_the_language_that_the_browser_asks_for(
    asked: str, language: str
) -> None:
    answer = Client().get(LOGIN, headers={"accept-language": asked})
    assert f'<html lang="{language}"' in answer.text
    assert answer["Content-Language"] == language
    assert "Accept-Language" in answer["Vary"]


def test_a_chosen_language_is_kept_for_the_back_office_only() -> None:
    client = Client()
    answer = client.post(
        reverse("set_language"),
        {"language": "nb", "next": LOGIN},
        headers={"accept-language": "en"},
    )
    assert answer["Location"] == LOGIN
    cookie = answer.cookies["language"]
    assert (cookie.value, cookie["path"], cookie["httponly"]) == ("nb", "/admin/", True)
    assert '<html lang="nb"' in client.get(LOGIN, headers={"accept-language": "en"}).text


def test_the_switch_leads_to_no_foreign_page() -> None:
    answer = Client().post(
        reverse("set_language"), {"language": "nb", "next": "https://elsewhere.example/"}
    )
    assert answer["Location"] == "/"


def test_no_language_is_left_behind_for_the_next_request_of_the_thread() -> None:
    Client().get(LOGIN, headers=NORWEGIAN)
    assert translation.get_language() == "en"
    problem = Client().get("/notifications/api/v1/orders/x", headers=NORWEGIAN)
    assert problem.json()["title"] == "Unauthorized"
    assert "Content-Language" not in problem


def test_what_is_streamed_is_in_the_language_of_its_request() -> None:
    def parts(_request: HttpRequest) -> HttpResponse:
        def rows() -> Iterator[str]:
            for _row in range(2):
                yield f"{translation.get_language()} {timezone.get_current_timezone_name()}\n"

        return StreamingHttpResponse(rows())  # type: ignore[return-value]

    request = RequestFactory().get("/admin/x/", headers=NORWEGIAN)
    request.session = request.user = None  # type: ignore[assignment]
    answer: Any = BackOfficeMiddleware(parts)(request)
    told = []
    for part in answer:
        told.append(part.decode())
        assert translation.get_language() == "en"
    assert told == ["nb Europe/Oslo\n"] * 2


class Texts(HTMLParser):
    """What somebody reads or is read to, but for what people and programs wrote."""

    silent = ("script", "style", "pre", "code", "textarea")
    spoken = ("aria-label", "title", "placeholder", "alt", "data-label")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.silent:
            self.inside.append(tag)
        self.found += [value for name, value in attrs if name in self.spoken and value]

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside and data.strip():
            self.found.append(" ".join(data.split()))


# Words that no sentence in English does without and none in Norwegian has.
ENGLISH = re.compile(r"\b(the|is|was|were|has|have|it|of|not|with|this|yet|from|which)\b", re.I)


def test_staff_who_read_norwegian_are_told_nothing_in_english() -> None:
    client = browser(Role.ADMINISTRATOR)
    order = make_order()
    make_messages(3)
    message = Message.objects.order_by("pk")[0]
    pages = [reverse("admin:index"), reverse("back_office_search"), "/admin/nowhere/"]
    pages += [url(model) for model in admin.site._registry]
    pages += [url(Order, "change", order.pk), url(Order, "cancel", order.pk)]
    pages += [url(Message, "change", message.pk), f"{url(Message)}?state=cancelled"]
    pages += re.findall(r'href="([^"]+/add/)"', "".join(client.get(p).text for p in pages))
    contract = {"Send Condition Not Met"}
    foreign = {}
    for page in pages:
        answer = client.get(page, headers=NORWEGIAN)
        assert answer.status_code in {200, 404}, page
        if english := [
            text
            for text in Texts(answer.text).found
            if ENGLISH.search(text) and text not in contract
        ]:
            foreign[page] = english
    assert not foreign, "\n".join(f"{page}: {texts}" for page, texts in foreign.items())


def test_errors_are_told_in_words_and_in_the_frame() -> None:
    reader = browser(Role.READER)
    answer = reader.get("/admin/nowhere/", headers=NORWEGIAN)
    assert answer.status_code == 404
    assert "Det finnes ingen slik side" in answer.text
    assert 'id="nav-sidebar"' in answer.text
    answer = reader.get("/admin/auth/user/")
    assert answer.status_code == 403
    assert "Your role does not allow it" in answer.text
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(LOGIN, {"username": "x"}, headers=NORWEGIAN)
    assert answer.status_code == 403
    assert "Siden har vært åpen for lenge" in answer.text


def test_programs_get_problem_details() -> None:
    answer = Client().get("/nowhere")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("application/problem+json")


def test_a_page_that_broke_says_so_without_database_or_theme(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = browser(Role.READER)
    monkeypatch.setattr("notifications_platform.back_office.home.context", None)
    monkeypatch.setattr(type(admin.site), "each_context", None)
    answer = reader.get("/admin/", headers=NORWEGIAN)
    assert answer.status_code == 500
    assert "Noe gikk galt hos oss" in answer.text
    assert re.search(r"<code>00-[0-9a-f]{32}-", answer.text)
