"""Guessing the way into the back office."""

import re
import statistics
import time

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.cache import cache
from django.test import Client as Browser

from notifications_platform.back_office import login
from notifications_platform.back_office.login import MOST_FAILURES
from notifications_platform.back_office.roles import Role
from tests.staff import make_staff

pytestmark = pytest.mark.django_db

LOGIN = "/admin/login/"
RIGHT = "a-right-password-1"


@pytest.fixture(autouse=True)
def _staff(monkeypatch: pytest.MonkeyPatch) -> None:
    # Less work per password than in earnest, and still what takes the time.
    monkeypatch.setattr(PBKDF2PasswordHasher, "iterations", 20_000)
    make_staff(Role.READER, "nils", password=RIGHT)
    gone = make_staff(Role.READER, "gone", password=RIGHT)
    gone.is_active = False
    gone.save()


def attempt(name: str, password: str, address: str = "192.0.2.9") -> tuple[str, float]:
    """The page without what differs anyway, and the seconds of work it took."""
    began = time.thread_time()
    answer = Browser().post(LOGIN, {"username": name, "password": password}, REMOTE_ADDR=address)
    seconds = time.thread_time() - began
    assert answer.status_code == 200
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.text)
    return page.replace(f'value="{name}"', ""), seconds


def test_a_name_that_exists_is_refused_in_the_same_words_as_one_that_does_not() -> None:
    pages = {attempt(name, "wrong")[0] for name in ("nils", "nobody", "gone")}
    assert len(pages) == 1
    assert attempt("gone", RIGHT)[0] in pages


def test_a_name_that_exists_takes_as_long_as_one_that_does_not() -> None:
    taken = {
        name: statistics.median(attempt(name, "wrong")[1] for _ in range(3))
        for name in ("nils", "nobody")
    }
    assert 0.5 < taken["nils"] / taken["nobody"] < 2


@pytest.mark.parametrize("name", ["nils", "nobody"])
def test_guesses_are_soon_refused_without_a_look_at_the_password(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login, "MOST_FAILURES", 3)
    monkeypatch.setattr(PBKDF2PasswordHasher, "iterations", 300_000)
    for number in range(3):
        page, slow = attempt(name, f"guess-{number}")
        assert "Too many attempts" not in page

    page, quick = attempt(name, RIGHT)

    assert "Too many attempts" in page
    # Making a hash is what costs; a thousand more guesses cost next to nothing.
    assert quick < slow / 2


@pytest.mark.parametrize("spelling", ["NILS", " nils", "Nils "])
def test_another_spelling_is_no_new_name(spelling: str) -> None:
    for number in range(MOST_FAILURES):
        attempt("nils", f"guess-{number}")

    assert "Too many attempts" in attempt(spelling, RIGHT)[0]


def test_a_forwarded_address_is_no_new_address() -> None:
    """Anybody can write that header."""
    form = {"username": "nils", "password": "wrong"}
    for number in range(MOST_FAILURES):
        Browser().post(LOGIN, form, headers={"X-Forwarded-For": f"198.51.100.{number}"})

    answer = Browser().post(
        LOGIN, form | {"password": RIGHT}, headers={"X-Forwarded-For": "198.51.100.99"}
    )

    assert "Too many attempts" in answer.text


def test_neither_name_nor_address_is_kept() -> None:
    attempt("nils", "wrong")

    kept = [key.decode() for key in cache._cache.get_client(None).keys("*")]  # type: ignore[attr-defined]

    assert any("login:" in key for key in kept)
    assert not any("nils" in key or "192.0.2.9" in key for key in kept)


def test_a_login_from_a_page_of_others_is_refused() -> None:
    strict = Browser(enforce_csrf_checks=True)

    for step, form in (
        ("", {"username": "nils", "password": RIGHT}),
        ("code/", {"code": "123456"}),
        ("set-up/", {"code": "123456"}),
        ("access/log-out-elsewhere/", {}),
    ):
        answer = strict.post(f"{LOGIN}{step}", form)
        assert answer.status_code == 403
        assert "sessionid" not in answer.cookies


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_a_login_leads_nowhere_else(target: str) -> None:
    form = {"username": "nils", "password": RIGHT, "next": target}

    answer = Browser().post(f"{LOGIN}?next={target}", form)

    assert answer["Location"] == "/admin/"
    assert answer.cookies["sessionid"]["httponly"]
    assert answer.cookies["sessionid"]["samesite"] == "Lax"
