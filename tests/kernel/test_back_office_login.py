"""Getting into the back office: password, second factor, and what opens nothing."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import clear_script_prefix, set_script_prefix
from pytest_django import Settings

from notifications_platform.audit.models import Entry
from notifications_platform.back_office.access import second_factor
from notifications_platform.back_office.roles import Role
from notifications_platform.back_office.session_models import StaffSession
from notifications_platform.core import clock
from notifications_platform.delivery.models import Message
from tests.staff import browser, code_of, give_second_factor, make_staff, url

pytestmark = pytest.mark.django_db

LOGIN, CODE, SET_UP = "/admin/login/", "/admin/login/code/", "/admin/login/set-up/"
ACCESS = "/admin/login/access/"
PASSWORD = "a-right-password-1"


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def required(settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = True


@pytest.fixture
def nils() -> User:
    return make_staff(Role.READER, "nils", password=PASSWORD)


def give_password(client: Client, **more: Any) -> Any:
    return client.post(LOGIN, {"username": "nils", "password": PASSWORD} | more)


def half_way() -> Client:
    """A browser in which the right password was given."""
    client = Client()
    assert give_password(client)["Location"] in {CODE, SET_UP}
    return client


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def trail(action: str) -> list[Entry]:
    return list(Entry.objects.filter(action=action))


def test_a_password_and_a_code_let_in(nils: User) -> None:
    secret, _ = give_second_factor(nils)
    client = half_way()
    before = client.cookies["sessionid"].value

    answer = client.post(CODE, {"code": code_of(secret)})

    assert answer["Location"] == "/admin/"
    assert is_in(client)
    assert client.cookies["sessionid"].value != before
    (entry,) = trail("staff.login")
    assert (entry.actor, entry.subject_kind, entry.subject_id) == ("nils", "staff", str(nils.pk))
    assert entry.detail == {"second_factor": "code"}


def test_a_login_leads_where_it_was_wanted_after_the_code(nils: User) -> None:
    secret, _ = give_second_factor(nils)
    client, wanted = Client(), url(Message)
    assert client.get(wanted)["Location"] == f"{LOGIN}?next={wanted}"

    give_password(client, next=wanted)

    assert client.post(CODE, {"code": code_of(secret)})["Location"] == wanted


@pytest.mark.usefixtures("required")
def test_half_a_login_opens_nothing(nils: User) -> None:
    for make in (lambda: None, lambda: give_second_factor(nils)):
        make()
        client = half_way()
        for page in ("/admin/", url(Message), ACCESS, f"{ACCESS}second-factor/"):
            assert client.get(page)["Location"].startswith(LOGIN)
            assert client.post(page, {"password": PASSWORD})["Location"].startswith(LOGIN)
        assert client.post(f"{ACCESS}log-out-elsewhere/").status_code == 302
    # Nor does the set-up page give a second one to who has one and knows the password only.
    assert client.get(SET_UP)["Location"] == LOGIN
    assert client.post(SET_UP, {"code": "123456"})["Location"] == LOGIN
    assert not trail("staff.login")


def test_a_wrong_code_does_not_let_in(nils: User) -> None:
    secret, _ = give_second_factor(nils)
    client = half_way()

    for wrong in (code_of(secret, later=-9), "000", "ÆØÅ", "1" * 20, ""):
        assert client.post(CODE, {"code": wrong}).status_code == 200
    assert not is_in(client)

    assert {(one.actor_kind, one.actor) for one in trail("staff.code_refused")} == {
        ("system", "login")
    }
    assert not trail("staff.login")
    client = half_way()
    assert client.post(CODE, {"code": code_of(secret)}).status_code == 302


def test_a_code_lets_in_once(nils: User) -> None:
    secret, _ = give_second_factor(nils)
    with time_machine.travel(clock.real(), tick=False) as time:
        code, older = code_of(secret), code_of(secret, later=-1)
        assert half_way().post(CODE, {"code": code}).status_code == 302

        for used in (code, older):
            assert "used before" in half_way().post(CODE, {"code": used}).text
        time.shift(30)
        assert "used before" in half_way().post(CODE, {"code": code}).text
        assert half_way().post(CODE, {"code": code_of(secret)}).status_code == 302


def test_a_recovery_code_lets_in_once(nils: User) -> None:
    _, codes = give_second_factor(nils)

    assert half_way().post(CODE, {"code": codes[3]}).status_code == 302
    assert half_way().post(CODE, {"code": codes[3]}).status_code == 200

    assert len(trail("staff.recovery_code_used")) == 1
    left = second_factor.state(nils)
    assert left
    assert left.recovery_codes_left == 9
    (entry,) = trail("staff.login")
    assert entry.detail == {"second_factor": "recovery_code"}


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_with_one_code_one_gets_in() -> None:
    nils = make_staff(Role.READER, "nils")
    secret, codes = give_second_factor(nils)
    start = Barrier(4)

    def check(code: str) -> bool:
        start.wait()
        try:
            return bool(second_factor.check(nils, code, now=clock.now(), real=clock.real()))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        for code in (code_of(secret), codes[0]):
            assert sorted(threads.map(check, [code] * 4)) == [False, False, False, True]


@pytest.mark.usefixtures("required")
def test_who_needs_a_second_factor_is_led_to_one(nils: User) -> None:
    client = half_way()
    page = client.get(SET_UP)
    secret = re.sub(r"\s", "", page.context["picture"].text)
    assert 'src="data:image/svg+xml;base64,' in page.text
    assert client.get(SET_UP).context["picture"].text == page.context["picture"].text

    assert client.post(SET_UP, {"code": code_of(secret, later=-9)}).status_code == 200
    assert not is_in(client)
    assert not Authenticator.objects.exists()
    client.get(LOGIN)
    shown = client.post(SET_UP, {"code": code_of(secret)})

    codes = shown.context["codes"]
    assert len(set(codes)) == 10
    assert all(code in shown.text for code in codes)
    assert "no-store" in shown["Cache-Control"]
    assert is_in(client)
    # Shown this once; and nothing of it can be read in the database.
    assert codes[0] not in client.get(ACCESS).text
    kept = f"{list(Authenticator.objects.values())} {list(StaffSession.objects.values())}"
    decoded = [str(client.session.decode(row.session_data)) for row in StaffSession.objects.all()]
    assert not any(one in f"{kept} {decoded}" for one in (secret, *codes))
    assert len(trail("staff.second_factor_set_up")) == len(trail("staff.login")) == 1


@pytest.mark.usefixtures("required")
def test_a_session_that_skipped_the_second_factor_is_ended(nils: User) -> None:
    for has_one in (False, True):
        if has_one:
            give_second_factor(nils)
        for page in ("/admin/", url(Message), ACCESS, "/admin/password_change/", "/admin/no/"):
            client = Client()
            client.force_login(nils, backend="django.contrib.auth.backends.ModelBackend")
            assert client.get(page)["Location"].startswith(LOGIN)
            assert not StaffSession.objects.exists()


@pytest.fixture
def prefix() -> Iterator[str]:
    """Below which a proxy serves the platform; the web server says it with each request."""
    set_script_prefix("/varsling/")
    yield "/varsling"
    clear_script_prefix()


@pytest.mark.usefixtures("required")
def test_below_a_prefix_the_way_in_is_the_same(nils: User, prefix: str) -> None:
    client = Client(SCRIPT_NAME=prefix)
    client.force_login(nils, backend="django.contrib.auth.backends.ModelBackend")

    answer = client.get("/admin/")

    assert answer["Location"] == f"{prefix}{LOGIN}?next={prefix}/admin/"
    assert "'unsafe-eval'" in answer["Content-Security-Policy"]
    assert not StaffSession.objects.exists()
    assert client.get("/admin/nothing/")["Content-Type"].startswith("text/html")


def test_who_has_a_second_factor_is_asked_for_it_where_it_is_optional(nils: User) -> None:
    passed = Client()
    assert give_password(passed)["Location"] == "/admin/"
    assert is_in(passed)
    assert trail("staff.login")[0].detail == {"second_factor": None}

    give_second_factor(nils)

    assert not is_in(passed)
    assert not is_in(half_way())


def test_a_password_is_good_only_as_long_as_it_is_the_password(nils: User) -> None:
    secret, _ = give_second_factor(nils)
    for change in ({"is_active": False}, {"is_staff": False}, {"password": "md5$other"}):
        client, before = half_way(), User.objects.filter(pk=nils.pk).values(*change).get()
        User.objects.filter(pk=nils.pk).update(**change)
        assert client.post(CODE, {"code": code_of(secret)})["Location"] == LOGIN
        User.objects.filter(pk=nils.pk).update(**before)
    with time_machine.travel(clock.real(), tick=False) as time:
        client = half_way()
        time.shift(16 * 60)
        assert client.post(CODE, {"code": code_of(secret)})["Location"] == LOGIN


def test_wrong_codes_close_the_door_for_a_while(nils: User) -> None:
    secret, codes = give_second_factor(nils)
    with time_machine.travel(clock.real(), tick=False) as time:
        for _ in range(second_factor.MOST_WRONG):
            half_way().post(CODE, {"code": "000000"}, REMOTE_ADDR="192.0.2.7")

        for right in (code_of(secret), codes[0]):
            assert "Too many wrong codes" in half_way().post(CODE, {"code": right}).text
        assert len(trail("staff.code_refused")) == second_factor.MOST_WRONG

        time.shift(15 * 60 + 1)
        half_way().post(CODE, {"code": "000000"})
        time.shift(15 * 60 + 1)
        assert "Too many wrong codes" in half_way().post(CODE, {"code": code_of(secret)}).text
        time.shift(15 * 60 + 1)
        assert half_way().post(CODE, {"code": code_of(secret)}).status_code == 302


def test_another_secret_key_makes_codes_wrong_not_errors(nils: User, settings: Settings) -> None:
    secret, codes = give_second_factor(nils)
    settings.SECRET_KEY = "another key, of at least 32 characters"

    for code in (code_of(secret), codes[0]):
        assert "wrong" in half_way().post(CODE, {"code": code}).text


def test_the_way_out_for_who_lost_the_phone(nils: User, capsys: Any) -> None:
    secret, _ = give_second_factor(nils)
    client = half_way()
    client.post(CODE, {"code": code_of(secret)})

    call_command("staff_second_factor", "--reset", "nils")

    assert "The second factor of nils is gone." in capsys.readouterr().out
    assert not is_in(client)
    assert not Authenticator.objects.exists()
    (entry,) = trail("staff.second_factor_reset")
    assert (entry.actor_kind, entry.subject_id) == ("system", str(nils.pk))
    assert give_password(Client())["Location"] == "/admin/"
    with pytest.raises(CommandError, match="Nobody on the staff"):
        call_command("staff_second_factor", "--reset", "nobody")


def test_pages_of_the_package_that_nobody_needs_do_not_exist(nils: User) -> None:
    reader = browser(Role.READER)
    for page in ("signup/", "password/reset/", "email/", "logout/", "reauthenticate/", "2fa/"):
        for before in ("/accounts/", "/admin/accounts/", LOGIN, "/"):
            assert reader.get(f"{before}{page}").status_code == 404
    for table in ("account/emailaddress/", "mfa/authenticator/"):
        assert reader.get(f"/admin/{table}").status_code == 404
