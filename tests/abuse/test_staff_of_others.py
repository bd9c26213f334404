"""Staff who are bound to clients, on every page of the back office there is.

Pages come from the register of the admin site: a new one is walked without being named here.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from cases.models import Sak
from notifications_platform.back_office.roles import Role
from tests.bound_staff import bound
from tests.staff import browser, url
from tests.two_sides import OURS, SECRET, THEIRS, set_up

pytestmark = pytest.mark.django_db

SITE: dict[Any, Any] = dict(admin.site._registry)
PAGES = {model: pages for model, pages in SITE.items() if pages.client_path}
# Made by staff, not by a side.
BY_STAFF = {"back_office.Batch", "back_office.BatchRow"}


@pytest.fixture
def ttd() -> Client:
    return bound(Role.ADMINISTRATOR, *OURS.clients)


def rows_of(model: type[Model], clients: frozenset[str]) -> list[Any]:
    return list(PAGES[model].of_clients(model._default_manager.all(), clients).order_by("pk"))


def pages_of(row: Any) -> Iterator[str]:
    """Every address that names a row of this kind."""
    for pattern in PAGES[type(row)].get_urls():
        if pattern.name and "object_id" in pattern.pattern.converters:
            yield reverse(f"admin:{pattern.name}", args=[row.pk])


def names_of_theirs() -> set[str]:
    """What would give the other side away: its names, its marks, and the ids of its rows."""
    ids = {
        str(row.pk)
        for model in PAGES
        if model._meta.label not in BY_STAFF
        for row in rows_of(model, THEIRS.clients)
    }
    # Numbers are on any page.
    return {SECRET, *THEIRS.clients, *(id for id in ids if len(id) > 20)}


def leaks(answer: Any, secrets: set[str]) -> set[str]:
    return {secret for secret in secrets if secret in answer.text}


def test_nothing_of_another_side_is_found_anywhere(ttd: Client) -> None:
    set_up()
    secrets = names_of_theirs()
    walked = 0
    everywhere = ("/admin/", reverse("back_office_figures"))
    found: list[Any] = [(page, leaks(ttd.get(page), secrets)) for page in everywhere]
    for term in (SECRET, f"POL-{SECRET}", "99887766", "kari@example.no", "nr0@demo.example"):
        answer = ttd.post(reverse("back_office_search"), {"term": term}, follow=True)
        assert answer.status_code == 200
        found.append(
            (f"search for {term}", leaks(answer, {one for one in secrets if one not in term}))
        )
    for model in PAGES:
        if model._meta.label in BY_STAFF:
            continue
        ours, theirs = (rows_of(model, side.clients) for side in (OURS, THEIRS))
        assert ours, f"two_sides makes no {model._meta.label} of ours"
        assert theirs, f"two_sides makes no {model._meta.label} of theirs"
        listed = ttd.get(url(model))
        found.append((url(model), leaks(listed, secrets)))
        assert {row.pk for row in listed.context["cl"].result_list} == {row.pk for row in ours}
        for row in theirs[:2]:
            statuses = {page: ttd.get(page).status_code for page in pages_of(row)}
            assert set(statuses.values()) <= {403, 404}, statuses
        for page in pages_of(ours[0]):
            answer = ttd.get(page)
            assert answer.status_code < 500, page
            walked += answer.status_code == 200
            found.append((page, leaks(answer, secrets)))
    assert [one for one in found if one[1]] == []
    assert walked > 50
    shared = url(Sak, "change", Sak.objects.get(produsent=OURS.producer).pk)
    assert leaks(browser(Role.READER).get(shared), secrets), "whoever is not bound sees both"
