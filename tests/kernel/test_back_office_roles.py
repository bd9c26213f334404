"""Who may do what in the back office."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, Group, User
from django.test import Client, RequestFactory

from notifications_platform.audit.models import Entry
from notifications_platform.back_office import login
from notifications_platform.back_office.base import EditableAdmin, PlatformAdmin, ReadOnlyAdmin
from notifications_platform.back_office.roles import Role, roles_of
from notifications_platform.delivery.models import Message, Provider, Stop
from notifications_platform.registers.models import Person, ServiceOwner
from orders.models import Order
from tests.staff import browser, make_staff, url

pytestmark = pytest.mark.django_db

PAGES = [
    model
    for model, model_admin in admin.site._registry.items()
    if isinstance(model_admin, PlatformAdmin)
]
HISTORY = [model for model in PAGES if isinstance(admin.site._registry[model], ReadOnlyAdmin)]
REGISTERS = [model for model in PAGES if isinstance(admin.site._registry[model], EditableAdmin)]


@pytest.mark.parametrize("model", [one for one in PAGES if one is not User])
def test_a_reader_reads_every_list(model: Any) -> None:
    assert browser(Role.READER).get(url(model)).status_code == 200


def test_staff_without_a_role_see_nothing() -> None:
    nobody = browser(None)
    assert {nobody.get(url(model)).status_code for model in PAGES} == {403}


def test_strangers_are_sent_to_the_login_page() -> None:
    for model in PAGES:
        answer = Client().get(url(model))
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")


def test_the_address_without_a_slash_leads_there_too() -> None:
    assert Client().get("/admin")["Location"] == "/admin/"


@pytest.mark.parametrize(
    ("role", "status"), [(Role.READER, 403), (Role.OPERATOR, 403), (Role.ADMINISTRATOR, 200)]
)
def test_only_administrators_edit_registers(role: Role, status: int) -> None:
    staff = browser(role)
    assert staff.get(url(Person, "add")).status_code == status
    request = RequestFactory().get("/")
    request.user = User.objects.get()
    may = {admin.site._registry[model].has_add_permission(request) for model in REGISTERS}
    assert may == {role is Role.ADMINISTRATOR}


def test_nobody_adds_to_history_by_hand() -> None:
    ada = browser(Role.ADMINISTRATOR)
    by_hand = [model for model in HISTORY if model is not Stop]
    assert {ada.get(url(model, "add")).status_code for model in by_hand} == {403}


@pytest.mark.parametrize("role", [Role.READER, Role.OPERATOR])
def test_only_administrators_see_who_is_on_the_staff(role: Role) -> None:
    assert browser(role).get(url(User)).status_code == 403
    assert browser(Role.ADMINISTRATOR, "ada").get(url(User)).status_code == 200


def test_what_each_role_may() -> None:
    verbs = ["view", "operate", "add", "change", "delete"]
    staff = {role: make_staff(role, role.value) for role in Role}
    may = {
        role: [verb for verb in verbs if user.has_perm(f"orders.{verb}_order")]
        for role, user in staff.items()
    }
    assert may == {
        Role.READER: ["view"],
        Role.OPERATOR: ["view", "operate"],
        Role.ADMINISTRATOR: verbs,
    }


def test_a_deactivated_user_may_nothing() -> None:
    user = make_staff(Role.ADMINISTRATOR)
    user.is_active = False
    assert not user.has_perm("orders.view_order")
    assert roles_of(AnonymousUser()) == frozenset()


def test_an_administrator_gives_a_role(client: Client) -> None:
    ada, new = browser(Role.ADMINISTRATOR, "ada"), make_staff(None, "nils")
    reader = Group.objects.get_or_create(name=Role.READER)[0]
    Group.objects.create(name="no role")
    page = ada.get(url(User, "change", new.pk)).text
    assert "reader" in page
    assert "no role" not in page

    form = {"username": "nils", "is_active": "on", "is_staff": "on", "groups": [reader.pk]}
    assert ada.post(url(User, "change", new.pk), form).status_code == 302

    assert User.objects.get(pk=new.pk).has_perm("orders.view_order")
    entry = Entry.objects.get(action="back_office.change")
    assert (entry.actor, entry.subject_kind, entry.subject_id) == ("ada", "staff", str(new.pk))


def test_an_administrator_cannot_become_a_superuser() -> None:
    root = User.objects.create_superuser("root")
    ada = browser(Role.ADMINISTRATOR, "ada")
    before = root.password

    form = {"username": "root", "is_active": "on", "is_superuser": "on"}
    assert ada.post(url(User, "change", root.pk), form).status_code == 403
    form = {"password1": "another-Secret-1", "password2": "another-Secret-1"}
    assert ada.post(f"/admin/auth/user/{root.pk}/password/", form).status_code == 403
    me = User.objects.get(username="ada")
    ada.post(url(User, "change", me.pk), {"username": "ada", "is_superuser": "on"})

    assert User.objects.get(username="root").password == before
    assert not User.objects.get(username="ada").is_superuser


def test_nobody_on_the_staff_is_deleted() -> None:
    nils = make_staff(Role.READER, "nils")
    root = Client()
    root.force_login(
        User.objects.create_superuser("root"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    assert root.post(url(User, "delete", nils.pk), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=nils.pk).exists()


@pytest.fixture
def quick_passwords(settings: Any) -> None:
    """A login takes a good part of a second, by design; here that proves nothing."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.mark.usefixtures("quick_passwords")
def test_the_login_page_lets_staff_in() -> None:
    make_staff(Role.READER, "nils", password="sandbox-demo")
    client = Client()
    assert "Notifications platform" in client.get("/admin/login/").text

    form = {"username": "nils", "password": "sandbox-demo"}
    answer = client.post("/admin/login/", form, follow=True)

    assert answer.redirect_chain == [("/admin/", 302)]
    assert "Orders due" in answer.text


@pytest.mark.usefixtures("quick_passwords")
def test_whoever_guesses_passwords_has_to_wait() -> None:
    make_staff(Role.READER, "nils", password="sandbox-demo")
    client, form = Client(), {"username": "nils", "password": "sandbox-demo"}
    for attempt in range(login.MOST_FAILURES):
        wrong = client.post("/admin/login/", form | {"password": f"guess-{attempt}"})
    assert "Too many attempts" not in wrong.text

    answer = client.post("/admin/login/", form)
    elsewhere = client.post("/admin/login/", form, REMOTE_ADDR="192.0.2.7")

    assert "Too many attempts" in answer.text
    assert elsewhere.status_code == 302


@pytest.mark.usefixtures("quick_passwords")
def test_only_staff_log_in() -> None:
    User.objects.create_user("nils", password="sandbox-demo")
    form = {"username": "nils", "password": "sandbox-demo"}
    assert Client().post("/admin/login/", form).status_code == 200


def test_the_menu_shows_what_the_user_may_open() -> None:
    assert url(User) not in browser(Role.READER).get("/admin/").text
    menu = browser(Role.ADMINISTRATOR, "ada").get("/admin/").text
    for model in (User, Order, Message, Provider, Stop, Person, ServiceOwner, Entry):
        assert url(model) in menu


def test_an_edit_of_a_register_stands_in_the_trail_without_its_values() -> None:
    ada = browser(Role.ADMINISTRATOR, "ada")
    person = Person.objects.create(national_identity_number="17858230187", name="Kari")

    form = {"national_identity_number": "17858230187", "name": "Kari", "email": "k@demo.example"}
    assert ada.post(url(Person, "change", person.pk), form).status_code == 302

    entry = Entry.objects.get(action="back_office.change")
    assert (entry.actor, entry.subject_kind, entry.subject_id) == (
        "ada",
        "person",
        str(person.pk),
    )
    assert entry.detail == {"fields": ["Email"]}
