"""What the address of a list may ask: only what its filters and our own links do."""

import pytest
from django.contrib import admin

from notifications_platform.back_office.base import PlatformAdmin
from notifications_platform.back_office.roles import Role
from notifications_platform.delivery.models import Message
from notifications_platform.registers.models import Person, ServiceOwner
from orders.models import Order
from tests.staff import browser, url

pytestmark = pytest.mark.django_db

_READING = ("startswith", "contains", "icontains", "regex", "gte", "has_key")


def test_no_list_tells_how_a_column_begins_or_what_it_holds() -> None:
    asked = [
        (pages, f"{field.name}__{how}")
        for pages in admin.site._registry.values()
        if isinstance(pages, PlatformAdmin)
        for field in pages.opts.get_fields()
        for how in _READING
    ]
    assert len(asked) > 1000
    assert [
        f"{pages.opts.label}: {lookup}"
        for pages, lookup in asked
        if pages.lookup_allowed(lookup, "x")
    ] == []


@pytest.mark.parametrize(
    ("model", "query"),
    [
        (ServiceOwner, "events_secret__startswith=whsec_"),
        (ServiceOwner, "events_secret=whsec_x"),
        (Person, "national_identity_number=01017012345"),
        (Message, "address=kari@demo.example"),
        (Message, "client=%00"),
        (Order, "creator=a%00"),
    ],
)
def test_it_is_refused_in_the_frame_of_the_back_office(model: type, query: str) -> None:
    answer = browser(Role.ADMINISTRATOR).get(f"{url(model)}?{query}")

    assert answer.status_code == 400
    assert "That could not be read" in answer.content.decode()
