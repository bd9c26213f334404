"""How long staff stay in, in how many browsers, and what they do about their own access."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import UpdateError
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from notifications_platform.audit.models import Entry
from notifications_platform.back_office import login
from notifications_platform.back_office.access import second_factor
from notifications_platform.back_office.access.throttling import client_address
from notifications_platform.back_office.roles import Role
from notifications_platform.back_office.session_models import StaffSession
from notifications_platform.core import clock
from notifications_platform.delivery.models import Message
from tests.staff import browser, code_of, give_second_factor, make_staff, url

pytestmark = pytest.mark.django_db

LOGIN, CODE = "/admin/login/", "/admin/login/code/"
ACCESS = "/admin/login/access/"
REPLACE, RECOVERY = f"{ACCESS}second-factor/", f"{ACCESS}recovery-codes/"
PASSWORD = "a-right-password-1"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def nils() -> User:
    return make_staff(Role.READER, "nils", password=PASSWORD)


@pytest.fixture
def time() -> Any:
    with time_machine.travel(clock.real(), tick=False) as traveller:
        yield traveller


def log_in(**more: Any) -> Client:
    client = Client()
    form = {"username": "nils", "password": PASSWORD}
    assert client.post(LOGIN, form, **more)["Location"] == "/admin/"
    return client


def is_in(client: Client) -> bool:
    return client.get(ACCESS).status_code == 200


def trail(action: str) -> list[Entry]:
    return list(Entry.objects.filter(action=action))


@pytest.mark.usefixtures("nils")
def test_who_does_nothing_is_logged_out(time: Any, settings: Settings) -> None:
    client = log_in()
    for minutes in (29, 29, 31):
        time.shift(timedelta(minutes=minutes))
        assert is_in(client) == (minutes == 29)

    settings.STAFF_IDLE_MINUTES = 1
    client = log_in()
    for seconds in (50, 50, 61):
        time.shift(seconds)
        assert is_in(client) == (seconds == 50)


@pytest.mark.usefixtures("nils")
def test_a_session_ends_whatever_is_done_in_it(time: Any, settings: Settings) -> None:
    assert log_in().cookies["sessionid"]["max-age"] == 12 * 3600
    settings.STAFF_SESSION_HOURS = 1
    client = log_in()
    for minutes in (25, 25):
        time.shift(timedelta(minutes=minutes))
        assert is_in(client)
    # A search is kept in the session; that makes it no younger.
    client.post(url(Message, "find"), {"term": "x"})
    time.shift(timedelta(minutes=11))
    assert not is_in(client)


@pytest.mark.usefixtures("nils")
def test_a_new_key_makes_a_session_no_younger(time: Any, settings: Settings) -> None:
    """Who changes their password stays in, by a new key, until the old one would have ended."""
    settings.STAFF_SESSION_HOURS = 1
    client = log_in()
    before = client.cookies["sessionid"].value
    new = {"new_password1": "another-Secret-1", "new_password2": "another-Secret-1"}
    time.shift(timedelta(minutes=25))
    changed = client.post("/admin/password_change/", new | {"old_password": PASSWORD})

    assert changed.status_code == 302
    assert client.cookies["sessionid"].value != before
    assert client.cookies["sessionid"]["max-age"] == 35 * 60
    for minutes, stays in ((25, True), (11, False)):
        time.shift(timedelta(minutes=minutes))
        assert is_in(client) == stays


@pytest.mark.usefixtures("nils")
def test_activity_is_written_down_once_a_minute(time: Any) -> None:
    client = log_in()

    def writes() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert is_in(client)
        return sum(one["sql"].startswith("UPDATE") for one in queries)

    assert writes() == 0
    time.shift(61)
    assert writes() == 1
    time.shift(30)
    assert writes() == 0


@pytest.mark.usefixtures("time")
def test_the_oldest_of_too_many_sessions_ends(nils: User, time: Any) -> None:
    clients = []
    for _ in range(4):
        clients.append(log_in())
        time.shift(1)
    other = browser(Role.READER)

    assert [is_in(client) for client in clients] == [False, True, True, True]
    assert is_in(other)
    assert StaffSession.objects.filter(user=nils).count() == 3


@pytest.mark.usefixtures("nils")
def test_the_key_in_the_table_opens_nothing() -> None:
    log_in()
    thief = Client()
    thief.cookies["sessionid"] = StaffSession.objects.get().session_key
    assert not is_in(thief)


@pytest.mark.usefixtures("nils")
def test_a_session_that_was_ended_meanwhile_does_not_come_back() -> None:
    client = log_in()
    key = client.cookies["sessionid"].value
    session = client.session
    assert dict(session.items())
    StaffSession.objects.all().delete()

    session["searched"] = "x"
    with pytest.raises(UpdateError):
        session.save()

    client.cookies["sessionid"] = key
    assert not is_in(client)
    assert not StaffSession.objects.exists()


def test_a_new_password_ends_the_other_sessions(nils: User) -> None:
    here, elsewhere = log_in(), log_in()
    form = {"old_password": PASSWORD, "new_password1": "another-Secret-1"}

    page = here.post("/admin/password_change/", form | {"new_password2": "different-Secret-1"})
    assert page.status_code == 200
    assert is_in(elsewhere)
    here.post("/admin/password_change/", form | {"new_password2": "another-Secret-1"})

    assert is_in(here)
    assert not is_in(elsewhere)
    assert StaffSession.objects.filter(user=nils).count() == 1
    assert len(trail("staff.password_changed")) == 1


@pytest.mark.usefixtures("nils")
def test_my_access_shows_where_i_am_logged_in_and_ends_it() -> None:
    here = log_in(headers={"User-Agent": FIREFOX})
    elsewhere, other = log_in(), browser(Role.READER)

    assert f'href="{ACCESS}"' in here.get("/admin/").text
    page = here.get(ACCESS)
    assert re.search(r"Firefox, Linux\s*<strong>\(this one\)", page.text)
    assert page.text.count("<td>unknown") == 1
    assert here.get(f"{ACCESS}log-out-elsewhere/").status_code == 405
    done = here.post(f"{ACCESS}log-out-elsewhere/", follow=True)

    assert "1 other session ended." in done.text
    assert [is_in(one) for one in (here, elsewhere, other)] == [True, False, True]
    (entry,) = trail("staff.logged_out_elsewhere")
    assert entry.actor == "nils"


def test_i_set_up_and_replace_my_own_second_factor(nils: User) -> None:
    here, elsewhere = log_in(), log_in()
    for verb in ("set_up", "replaced"):
        secret = re.sub(r"\s", "", here.get(REPLACE).context["picture"].text)
        form = {"code": code_of(secret), "password": PASSWORD}
        for wrong in ({"password": "guess"}, {"code": "000000"}):
            assert "codes" not in (here.post(REPLACE, form | wrong).context or {})
        assert not trail(f"staff.second_factor_{verb}")
        shown = here.post(REPLACE, form)

        assert len(shown.context["codes"]) == 10
        assert len(trail(f"staff.second_factor_{verb}")) == 1
        assert is_in(here)
        assert not is_in(elsewhere)
    assert "10 recovery codes are left" in here.get(ACCESS).text
    fresh = Client()
    fresh.post(LOGIN, {"username": "nils", "password": PASSWORD})
    code = code_of(secret, later=1)
    assert fresh.post(CODE, {"code": code})["Location"] == "/admin/"


def test_new_recovery_codes_take_the_place_of_the_old_ones(nils: User) -> None:
    assert log_in().get(RECOVERY)["Location"] == ACCESS
    secret, old = give_second_factor(nils)
    here = Client()
    here.post(LOGIN, {"username": "nils", "password": PASSWORD})
    here.post(CODE, {"code": code_of(secret)})

    assert "not your password" in here.post(RECOVERY, {"password": "guess"}).text
    new = here.post(RECOVERY, {"password": PASSWORD}).context["codes"]

    assert not set(old) & set(new)
    moment = {"now": clock.now(), "real": clock.real()}
    assert second_factor.check(nils, old[0], **moment) is None
    assert second_factor.check(nils, new[0], **moment)
    assert len(trail("staff.recovery_codes_made")) == 1


@pytest.mark.usefixtures("nils")
def test_a_borrowed_browser_guesses_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "MOST_FAILURES", 3)
    here = log_in()
    code = {"code": "000000"}
    for number in range(login.MOST_FAILURES):
        here.post(REPLACE, code | {"password": f"guess-{number}"})

    assert "tried too often" in here.post(REPLACE, code | {"password": PASSWORD}).text
    assert len(trail("staff.login_failed")) == login.MOST_FAILURES


def test_one_address_guesses_only_so_many_names(
    nils: User, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(login, "MOST_FAILURES_OF_ADDRESS", 5)
    for number in range(5):
        form = {"username": f"name-{number}", "password": PASSWORD}
        Client().post(LOGIN, form, REMOTE_ADDR=f"2001:db8::{number}")

    right = {"username": "nils", "password": PASSWORD}
    assert "Too many" in Client().post(LOGIN, right, REMOTE_ADDR="2001:db8::77").text
    assert Client().post(LOGIN, right, REMOTE_ADDR="2001:db8:0:1::1").status_code == 302
    settings.TRUSTED_PROXIES = 1
    proxied = {"X-Forwarded-For": "198.51.100.1, 2001:db8::8"}
    assert "Too many" in Client().post(LOGIN, right, headers=proxied).text
    assert Client().post(LOGIN, right).status_code == 302


def test_one_address_guesses_only_so_many_codes(
    nils: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login, "MOST_FAILURES_OF_ADDRESS", 2)
    secret, _ = give_second_factor(nils)
    client = Client()
    client.post(LOGIN, {"username": "nils", "password": PASSWORD})
    for wrong in ("000000", "111111"):
        client.post(CODE, {"code": wrong})

    right = {"code": code_of(secret)}
    assert "Too many attempts" in client.post(CODE, right).text
    assert client.post(CODE, right, REMOTE_ADDR="192.0.2.8")["Location"] == "/admin/"


def test_what_the_trail_says_of_a_failed_login(nils: User) -> None:
    make_staff(None, "gone")
    User.objects.create_user("customer")
    for name in ("nils", "customer", "my-Password-typed-too-soon"):
        Client().post(LOGIN, {"username": name, "password": "guess"})

    entries = trail("staff.login_failed")
    assert [entry.subject_id for entry in entries] == [str(nils.pk), "", ""]
    assert {(entry.actor_kind, entry.actor) for entry in entries} == {("system", "login")}
    everything = str(list(Entry.objects.values()))
    assert "typed-too-soon" not in everything
    assert "guess" not in everything


def test_without_the_cache_staff_get_in(nils: User, settings: Settings) -> None:
    away = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": away}
    secret, _ = give_second_factor(nils)
    client, form = Client(), {"username": "nils", "password": PASSWORD}

    assert client.post(LOGIN, form | {"password": "guess"}).status_code == 200
    assert client.post(LOGIN, form)["Location"] == CODE
    for _ in range(2):
        assert client.post(CODE, {"code": "000000"}).status_code == 200
    assert client.post(CODE, {"code": code_of(secret)})["Location"] == "/admin/"
    with pytest.raises(Exception, match="refused"):
        cache.get("x")


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.1", "192.0.2.1"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "10.0.0.1, 198.51.100.1", "198.51.100.1"),
        (2, "10.0.0.1, 198.51.100.1, 192.0.2.9", "198.51.100.1"),
        (2, "198.51.100.1", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "nonsense", "nonsense"),
        (1, "::ffff:198.51.100.1", "198.51.100.1"),
    ],
)
def test_whose_address_counts(
    proxies: int, forwarded: str, address: str, settings: Settings
) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", headers=headers)
    assert client_address(request) == address


REASON = {"reason": "She rang; her phone is lost."}
STAFF_VERBS = ("reset-second-factor", "end-sessions")


def test_an_administrator_resets_the_second_factor_of_another(nils: User) -> None:
    secret, _ = give_second_factor(nils)
    nils_browser = Client()
    nils_browser.post(LOGIN, {"username": "nils", "password": PASSWORD})
    nils_browser.post(CODE, {"code": code_of(secret)})
    ada = browser(Role.ADMINISTRATOR, "ada")
    assert "Reset second factor" in ada.get(url(User, "change", nils.pk)).text

    asked = ada.get(url(User, "reset-second-factor", nils.pk))
    assert asked.status_code == 200
    assert is_in(nils_browser)
    done = ada.post(url(User, "reset-second-factor", nils.pk), REASON, follow=True)

    assert "Second factor reset." in done.text
    assert not second_factor.has(nils)
    assert not is_in(nils_browser)
    assert is_in(ada)
    (entry,) = trail("staff.second_factor_reset")
    assert (entry.actor, entry.subject_id, entry.reason) == ("ada", str(nils.pk), REASON["reason"])
    assert "Reset second factor" not in ada.get(url(User, "change", nils.pk)).text


def test_an_administrator_logs_somebody_out_everywhere(nils: User) -> None:
    here, ada = log_in(), browser(Role.ADMINISTRATOR, "ada")

    ada.post(url(User, "end-sessions", nils.pk), REASON)

    assert not is_in(here)
    (entry,) = trail("staff.sessions_ended")
    assert (entry.actor, entry.reason) == ("ada", REASON["reason"])


@pytest.mark.parametrize("verb", STAFF_VERBS)
def test_whose_access_is_nobodys_business(nils: User, verb: str) -> None:
    root = User.objects.create_superuser("root", password=PASSWORD)
    give_second_factor(root)
    give_second_factor(nils)
    ada = browser(Role.ADMINISTRATOR, "ada")
    me = User.objects.get(username="ada")
    oda = browser(Role.OPERATOR, "oda")
    before = list(Authenticator.objects.values())

    assert oda.post(url(User, verb, nils.pk), REASON).status_code == 403
    for user in (root, me):
        ada.post(url(User, verb, user.pk), REASON)

    assert list(Authenticator.objects.values()) == before
    assert is_in(ada)
    assert not Entry.objects.filter(action__startswith="staff.s").exists()


@pytest.mark.parametrize("edit", ["deactivated", "no longer staff", "new password", "renamed"])
def test_an_edit_that_shuts_somebody_out_ends_their_sessions(nils: User, edit: str) -> None:
    here, ada = log_in(), browser(Role.ADMINISTRATOR, "ada")
    form = {"username": "nils", "is_active": "on", "is_staff": "on"}
    if edit == "new password":
        words = {"password1": "another-Secret-1", "password2": "another-Secret-1"}
        answer = ada.post(f"/admin/auth/user/{nils.pk}/password/", words)
    else:
        left_out = {"deactivated": "is_active", "no longer staff": "is_staff"}.get(edit, "")
        more = {"first_name": "Nils"} if edit == "renamed" else {}
        kept = {name: value for name, value in form.items() if name != left_out}
        answer = ada.post(url(User, "change", nils.pk), kept | more)

    assert answer.status_code == 302
    stays = edit == "renamed"
    assert StaffSession.objects.filter(user=nils).exists() == is_in(here) == stays
    assert is_in(ada)
