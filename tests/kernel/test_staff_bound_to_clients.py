"""Staff who see only what belongs to their service owners."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications_platform.audit.models import Entry
from notifications_platform.back_office import owned
from notifications_platform.back_office.base import EditableAdmin, PlatformAdmin
from notifications_platform.back_office.models import Binding
from notifications_platform.back_office.roles import Role
from notifications_platform.core import clock
from notifications_platform.delivery.models import Message, Provider, Receipt, Stop
from notifications_platform.registers.models import Person, Resource, ServiceOwner
from orders.models import Order
from tests.bound_staff import bound
from tests.factories import DIGDIR, make_messages, make_order
from tests.staff import browser, make_staff, url

pytestmark = pytest.mark.django_db

# Filters and forms that are sent with the staff page.
FORM = {"username": "nils", "is_active": "on", "is_staff": "on"}


def rows(answer: Any) -> list[Any]:
    return list(answer.context["cl"].result_list)


def test_every_page_says_whose_its_rows_are() -> None:
    for model, model_admin in admin.site._registry.items():
        assert isinstance(model_admin, PlatformAdmin), model
        path = model_admin.client_path
        assert path is not None, f"{model} does not say how its rows name their client"
        if path:
            rows = model_admin.of_clients(model._default_manager.all(), {"ttd"})
            assert list(rows[:1]) == []


def test_a_list_has_the_own_rows_only_and_its_filters_no_other_names() -> None:
    ours, theirs = make_order(), make_order(client=DIGDIR)
    (mine,), _ = make_messages(), make_messages(client="digdir")
    ttd = bound(Role.READER, "ttd")

    orders, messages = ttd.get(url(Order)), ttd.get(url(Message))

    assert (rows(orders), rows(messages)) == ([ours], [mine])
    assert "digdir" not in orders.text + messages.text
    assert rows(ttd.get(url(Order), {"creator": "digdir"})) == []
    assert rows(bound(Role.READER, "ttd", "digdir", name="bea").get(url(Order))) == [theirs, ours]
    assert rows(bound(Role.READER, "nobody", name="noa").get(url(Order))) == []


def test_another_clients_row_is_as_if_it_did_not_exist() -> None:
    order = make_order(client=DIGDIR)
    (message,) = make_messages(client="digdir")
    ttd = bound(Role.ADMINISTRATOR, "ttd")
    pages = [
        url(Order, "change", order.pk),
        url(Order, "history", order.pk),
        url(Order, "cancel", order.pk),
        url(Message, "change", message.pk),
        url(Message, "resend", message.pk),
    ]
    nothing = url(Order, "change", message.pk)

    assert {ttd.get(page).status_code for page in [*pages, nothing]} <= {403, 404}
    assert ttd.get(nothing).status_code == ttd.get(pages[0]).status_code == 404
    ttd.post(url(Order, "cancel", order.pk), {"reason": "Mine"})
    chosen = {"action": "cancel", "_selected_action": [str(order.pk)], "reason": "Mine"}
    ttd.post(url(Order), chosen)
    found = ttd.post(url(Message, "find"), {"term": "nr0@demo.example"}, follow=True)

    assert rows(found) == []
    order.refresh_from_db()
    assert order.status == "Registered"
    assert not Entry.objects.filter(subject_id__in=[order.pk, message.pk], actor="bo").exists()


def test_what_is_nobodys_in_particular_is_shut_and_not_in_the_menu() -> None:
    ttd = bound(Role.ADMINISTRATOR, "ttd")
    shut = [
        model
        for model, model_admin in admin.site._registry.items()
        if isinstance(model_admin, PlatformAdmin) and not model_admin.client_path
    ]
    assert {User, Entry, Person, Provider} <= set(shut)
    assert {ttd.get(url(model)).status_code for model in shut} == {403}
    menu = ttd.get("/admin/").text
    assert url(Order) in menu
    assert [model for model in shut if f'"{url(model)}"' in menu] == []


def test_whoever_is_bound_keeps_no_register() -> None:
    resource = Resource.objects.create(resource_id="r", service_owner="ttd", type="T")
    ServiceOwner.objects.create(org="ttd", organization_number="991825827", name="Test")
    ServiceOwner.objects.create(org="digdir", organization_number="310131172", name="Other")
    ttd = bound(Role.ADMINISTRATOR, "ttd")

    assert ttd.get(url(Resource, "change", resource.pk)).status_code == 200
    given = {"resource_id": "r", "service_owner": "digdir", "type": "T"}
    assert ttd.post(url(Resource, "change", resource.pk), given).status_code == 403
    assert [str(one) for one in rows(ttd.get(url(ServiceOwner)))] == ["ttd"]
    editable = [m for m, a in admin.site._registry.items() if isinstance(a, EditableAdmin)]
    assert {ttd.get(url(model, "add")).status_code for model in editable} == {403}

    resource.refresh_from_db()
    assert resource.service_owner == "ttd"


def test_a_report_belongs_to_the_client_of_its_message() -> None:
    (mine,), (theirs,) = make_messages(), make_messages(client="digdir")
    for number, message in enumerate([mine, theirs, None]):
        Receipt.objects.create(
            provider="p",
            provider_reference=str(number),
            raw="x",
            received_at=clock.now(),
            message_id=message.pk if message else None,
        )
    shown = rows(bound(Role.OPERATOR, "ttd").get(url(Receipt)))
    assert [receipt.message_id for receipt in shown] == [mine.pk]


def test_the_history_of_a_row_is_shown_without_the_whole_trail() -> None:
    order = make_order(client=DIGDIR)
    answer = bound(Role.READER, "digdir").get(url(Order, "history", order.pk))
    assert answer.status_code == 200
    assert "orders.place" in answer.text


def test_an_operator_who_is_bound_stops_the_own_client_only() -> None:
    ttd = bound(Role.OPERATOR, "ttd")
    refused = ttd.post(url(Stop, "add"), {"client": "digdir", "because": "Floods"})
    assert (refused.status_code, Stop.objects.count()) == (200, 0)
    assert ttd.post(url(Stop, "add"), {"client": "ttd", "because": "Floods"}).status_code == 302
    assert Stop.objects.get().client == "ttd"


def test_an_administrator_binds_a_member_of_the_staff() -> None:
    ada, nils = browser(Role.ADMINISTRATOR, "ada"), make_staff(Role.READER, "nils")
    page = url(User, "change", nils.pk)
    group = Group.objects.get(name=Role.READER).pk

    given = FORM | {"groups": [group], "clients": " ttd \r\n\r\ndigdir\nttd"}
    assert ada.post(page, given).status_code == 302

    assert owned.clients_of(User.objects.get(pk=nils.pk)) == frozenset({"ttd", "digdir"})
    assert "digdir\nttd" in ada.get(page).text
    assert "digdir, ttd" in ada.get(url(User)).text
    entry = Entry.objects.get(action="back_office.bind")
    assert (entry.actor, entry.subject_kind, entry.subject_id) == ("ada", "staff", str(nils.pk))
    assert entry.detail == {"clients": ["digdir", "ttd"]}

    ada.post(page, given)
    assert Entry.objects.filter(action="back_office.bind").count() == 1
    refused = ada.post(page, given | {"clients": "x" * 301})
    assert refused.status_code == 200
    assert Binding.objects.count() == 2
    ada.post(page, given | {"clients": ""})
    assert owned.clients_of(User.objects.get(pk=nils.pk)) is None


def test_a_new_member_of_the_staff_is_bound_at_once() -> None:
    ada = browser(Role.ADMINISTRATOR, "ada")
    password = "long-And-uncommon-1"
    given = {"username": "nora", "password1": password, "password2": password, "clients": "ttd"}
    assert ada.post(url(User, "add"), given).status_code == 302
    assert owned.clients_of(User.objects.get(username="nora")) == frozenset({"ttd"})


def test_a_superuser_s_page_tells_administrators_what_it_sees() -> None:
    root = User.objects.create_superuser("root")
    page = browser(Role.ADMINISTRATOR, "ada").get(url(User, "change", root.pk))
    assert page.status_code == 200
    assert "everybody&#x27;s" in page.text


def test_bindings_are_read_once_per_request() -> None:
    make_messages()
    ttd = bound(Role.READER, "ttd")
    ttd.get(url(Message))
    with CaptureQueriesContext(connection) as queries:
        ttd.get(url(Message))
    asked = [one for one in queries if "back_office_binding" in one["sql"]]
    assert len(asked) == 1


def test_somebody_who_is_not_logged_in_owns_nothing() -> None:
    assert owned.clients_of(AnonymousUser()) == frozenset()
    assert owned.within(["ttd"], owned.clients_of(AnonymousUser())) == []
