"""Whatever staff look at or do in the back office stands in the trail.

Pages come from the register of the admin site: a new one is walked without being named here.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from notifications_platform.audit.models import Entry
from notifications_platform.back_office.base import EditableAdmin
from notifications_platform.back_office.roles import Role
from notifications_platform.back_office.verbs import ReasonForm
from notifications_platform.registers.models import Organization, Person
from tests.staff import browser, url
from tests.two_sides import set_up

pytestmark = pytest.mark.django_db

PAGES: dict[Any, Any] = dict(admin.site._registry)
REASON = "Somebody called"
EDITED = [model for model, pages in PAGES.items() if isinstance(pages, EditableAdmin)]
_TITLE = re.compile(r"<title>(.*?)</title>", re.S)


@pytest.fixture
def ada() -> Client:
    set_up()
    return browser(Role.ADMINISTRATOR, "ada")


def entries(**having: Any) -> Any:
    return Entry.objects.filter(actor_kind="staff", actor="ada", **having)


def personal_data() -> set[str]:
    """In full, as the registers and the callers of `two_sides` have it."""
    known = {"99887766", "kari@example.no", "kari@demo.example", "nr0@demo.example"}
    for person in Person.objects.all():
        known |= {person.national_identity_number, person.email, person.mobile_number}
    return known - {""}


def plain_verbs(pages: Any) -> list[Any]:
    """Those that ask for nothing but a reason, and show nothing but the row's name."""
    return [verb for verb in getattr(pages, "verbs", ()) if verb.form is ReasonForm]


def pages_of(row: Any) -> Iterator[str]:
    """Those that may show more of a row than its name."""
    pages = PAGES[type(row)]
    plain = ("history", "delete", *(verb.name for verb in plain_verbs(pages)))
    for pattern in pages.get_urls():
        named = pattern.name and not pattern.name.endswith(tuple(f"_{name}" for name in plain))
        if named and "object_id" in pattern.pattern.converters:
            yield reverse(f"admin:{pattern.name}", args=[row.pk])


def test_each_page_with_personal_data_each_search_and_each_file_is_noted(ada: Client) -> None:
    secrets = personal_data()
    silent: list[tuple[str, object]] = []
    opened = 0
    for model, pages in PAGES.items():
        row = model._default_manager.order_by("pk").first()
        for page in pages_of(row) if row else ():
            before = entries().count()
            answer = ada.get(page)
            opened += 1
            assert answer.status_code < 500, page
            shown = answer.status_code == 200
            shows = [secret for secret in secrets if shown and secret in answer.text]
            is_its_page = shown and pages.personal and page == url(model, "change", row.pk)
            if (shows or is_its_page) and entries().count() == before:
                silent.append((page, shows))
        ada.post(url(model, "find"), {"term": "99887766"})
        # What its list shows, too.
        file = ada.post(url(model, "export"), {"format": "csv"}).getvalue().decode()
        silent += [(url(model), secret) for secret in secrets if secret in file]
        for action in ("find", "export"):
            assert entries(action=f"back_office.{action}", subject_kind=pages.kind).exists(), model
    assert silent == []
    assert opened > 40


def test_a_form_that_is_refused_is_a_look_like_any_other(ada: Client) -> None:
    for model in (Person, Organization):
        row = model._default_manager.order_by("pk")[0]
        looks = entries(action="back_office.view", subject_kind=PAGES[model].kind)
        for seen in (1, 2):
            assert ada.post(url(model, "change", row.pk), {"name": ""}).status_code == 200
            assert list(looks.values_list("subject_id", flat=True)) == [str(row.pk)] * seen


def test_no_title_names_anybody(ada: Client) -> None:
    """It stands in the browser's history, and on the screen that somebody shares."""
    named = personal_data()
    for model in (Person, Organization):
        named |= set(model._default_manager.values_list("name", flat=True))
    titles: dict[str, str] = {}
    for model, pages in PAGES.items():
        row = model._default_manager.order_by("pk").first()
        if row and pages.personal:
            verbs = [verb.name for verb in getattr(pages, "verbs", ())[:1]]
            for name in ("change", *verbs, *(["delete"] if model in EDITED else [])):
                page = url(model, name, row.pk)
                titles[page] = _TITLE.findall(ada.get(page).text)[0]
    assert len(titles) > 20
    assert [one for one in titles.items() if any(name in one[1] for name in named)] == []


def test_each_verb_and_each_edit_of_a_register_is_noted(ada: Client) -> None:
    done, silent = set(), []
    for model, pages in PAGES.items():
        for verb in plain_verbs(pages):
            reason = f"{REASON}: {verb.name} {model._meta.label}"
            for row in model._default_manager.order_by("pk")[:3]:
                answer = ada.post(url(model, verb.name, row.pk), {"reason": reason})
                told = [one.level_tag for one in get_messages(answer.wsgi_request)]
                if told[-1:] == ["success"]:
                    done.add(f"{model._meta.label}.{verb.name}")
                    silent += [] if entries(reason=reason).exists() else [reason]
        row = model._default_manager.order_by("-pk").first()
        if isinstance(pages, EditableAdmin) and row:
            assert ada.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 302
            assert entries(action="back_office.delete", subject_kind=pages.kind).exists(), model
    assert silent == []
    assert done >= {"orders.Order.cancel", "cases.Sak.soft-delete", "delivery.Stop.lift"}
