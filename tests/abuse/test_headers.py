"""What answers tell browsers: run nothing, show it in no frame, keep nothing."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import Settings

from notifications_platform.back_office.roles import Role
from tests.factories import make_messages, make_order
from tests.house.test_routes import every_path
from tests.staff import browser, url
from tests.tokens import bearer

pytestmark = pytest.mark.django_db

_NOWHERE = "00000000-0000-0000-0000-000000000000"
PATHS = sorted({path.replace("*", _NOWHERE) for path in every_path() if "(?P" not in path})
PAGES = ["/admin/login/", "/api/docs/", "/sandbox/outbox"]
_CODE_IN_PAGE = re.compile(
    r"<script(?![^>]*\ssrc=)[^>]*>|\son[a-z]+=[\"']|javascript:", re.IGNORECASE
)


def test_every_answer_carries_the_headers() -> None:
    assert len(PATHS) > 300
    headers = bearer()
    for path in [*PATHS, "/nowhere", "/static/unfold/js/app.js"]:
        answer = Browser(raise_request_exception=False).get(path, headers=headers)
        answer.close()

        assert answer["X-Content-Type-Options"] == "nosniff", path
        assert answer["X-Frame-Options"] == "DENY", path
        assert answer["Referrer-Policy"] == "same-origin", path
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin", path
        assert "camera=()" in answer["Permissions-Policy"], path
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"], path
        assert "'unsafe-inline'" not in script_sources(answer), path


def script_sources(answer: Any) -> str:
    directives = dict(
        directive.strip().split(" ", 1)
        for directive in answer["Content-Security-Policy"].split(";")
    )
    return str(directives.get("script-src", directives["default-src"]))


def test_what_is_not_a_page_may_do_nothing() -> None:
    answer = Browser().get(
        "/notifications/api/v1/orders", {"sendersReference": "x"}, headers=bearer()
    )

    assert answer["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in answer


def test_scripts_of_the_back_office_come_from_files_only() -> None:
    assert script_sources(Browser().get("/admin/login/")) == "'self' 'unsafe-eval'"


@pytest.mark.parametrize("path", ["/api/docs/", "/sandbox/outbox"])
def test_other_pages_compile_nothing_either(path: str) -> None:
    assert script_sources(Browser().get(path)) == "'self'"


def test_over_https_browsers_are_told_to_stay_there(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://notifications.example.org"

    assert Browser().get("/health/live")["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize("path", PAGES)
def test_no_page_holds_code(path: str) -> None:
    assert not _CODE_IN_PAGE.search(Browser().get(path).text)


@pytest.mark.parametrize("model", [*admin.site._registry], ids=str)
def test_no_page_of_the_back_office_holds_code_or_is_kept(model: Any) -> None:
    """What the policy shuts out must not be what a page needs."""
    make_order()
    make_messages()
    staff = browser(Role.ADMINISTRATOR)
    row = model._default_manager.first()
    addresses = [reverse("admin:index"), url(model), url(model, "add")]
    addresses += [url(model, "change", row.pk)] if row else []
    for address in addresses:
        answer = staff.get(address)
        assert not _CODE_IN_PAGE.search(answer.text), address
        assert "no-store" in answer["Cache-Control"]


def test_there_is_a_back_office() -> None:
    assert apps.is_installed("unfold")
