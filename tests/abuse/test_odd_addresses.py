"""What no page of ours ever asks for: keys that no row can have, filters with values that no
column takes. Whoever makes them up is told so in words, and nothing changes.

Pages come from the register of the admin site: a new one is walked without being named here.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import User
from django.core.exceptions import SuspiciousOperation
from django.db import models, transaction
from django.http import HttpRequest
from django.test import RequestFactory

from notifications_platform.audit.models import Entry
from notifications_platform.back_office.batch_models import Batch
from notifications_platform.back_office.roles import Role
from orders.models import Order
from tests.staff import browser, make_staff, url

pytestmark = pytest.mark.django_db

PAGES: dict[Any, Any] = dict(admin.site._registry)
HUGE = "9" * 40
ODD = ("not-a-uuid", HUGE, "99999-01-01")


def asking(user: User, **asked: str) -> HttpRequest:
    request = RequestFactory().get("/", asked)
    request.user = user
    request.session = {}  # type: ignore[assignment]
    return request


def parameters(pages: Any, user: User) -> set[str]:
    """Everything that the address of a list may name."""
    shown = pages.get_changelist_instance(asking(user))
    names = {name for one in shown.filter_specs for name in one.expected_parameters() if name}
    narrowed = {name for one in pages.narrowed_by for name in (one, f"{one}__in")}
    return names | narrowed | {"p", "o", "all"}


def test_a_list_takes_whatever_its_address_says() -> None:
    ada = User.objects.get(pk=make_staff(Role.ADMINISTRATOR, "ada").pk)
    asked, broken = 0, []
    for pages in PAGES.values():
        for name in sorted(parameters(pages, ada)):
            for value in ODD:
                asked += 1
                try:
                    with transaction.atomic():
                        list(
                            pages.get_changelist_instance(asking(ada, **{name: value})).result_list
                        )
                except (IncorrectLookupParameters, SuspiciousOperation):
                    continue
                except Exception as trouble:
                    broken.append((pages.opts.label, name, value, trouble))
    assert asked > 300
    assert broken == []


def odd_pages() -> Iterator[str]:
    """One of each model: its first verb's, which share a view, or the row's own."""
    for model, pages in PAGES.items():
        key = "not-a-uuid" if isinstance(pages.opts.pk, models.UUIDField) else HUGE
        verbs = [verb.name for verb in getattr(pages, "verbs", ())]
        yield url(model, verbs[0] if verbs else "change", key)


def test_a_page_of_no_row_is_refused() -> None:
    ada = browser(Role.ADMINISTRATOR, "ada")
    before = Entry.objects.count()
    for page in odd_pages():
        assert ada.post(page, {"reason": "x", "post": "yes"}).status_code in {302, 403, 404}, page
    assert Entry.objects.count() == before


def test_rows_that_cannot_be_are_not_chosen() -> None:
    ada = browser(Role.ADMINISTRATOR, "ada")
    before, walked = Entry.objects.count(), 0
    for model, pages in PAGES.items():
        for action in pages.get_actions(asking(User.objects.get())):
            for key in ("not-a-uuid", HUGE, "a\0b"):
                form = {"action": action, "_selected_action": [key], "reason": "x", "post": "yes"}
                walked += 1
                assert ada.post(url(model), form).status_code < 500, (model, action, key)
    assert walked > 45
    assert (Entry.objects.count(), Batch.objects.count()) == (before, 0)


def test_whoever_chose_what_cannot_be_is_told_to_choose_once_more() -> None:
    operator = browser(Role.OPERATOR)
    form = {"action": "cancel", "_selected_action": ["not-a-uuid"], "reason": "x"}
    answer = operator.post(f"{url(Order)}?creator=ttd", form)
    assert answer["Location"] == f"{url(Order)}?creator=ttd"
    assert "Choose the rows once more." in operator.get(answer["Location"]).text
