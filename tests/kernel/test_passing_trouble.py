"""Failures that are nobody's mistake and pass: told as such on every page, the cause in the log."""

import errno
import io
import json

import orjson
import psycopg.errors
import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import path
from rest_framework.views import APIView
from structlog.testing import capture_logs

from notifications_platform.back_office.roles import Role
from notifications_platform.http import problems
from notifications_platform.http.json import JSONParser
from tests.staff import browser

_AWAY = "The database cannot be reached just now. Try again in a moment."
_OUT = "This server has run out of a resource just now. Try again in a moment."
_failure: list[Exception] = []


def _told_by_the_server(error):
    failure = OperationalError(str(error))
    failure.__cause__ = error
    return failure


def page(_request):
    raise _failure[0]


class Api(APIView):
    def get(self, _request):
        raise _failure[0]


urlpatterns = [path("page", page), path("api", Api.as_view())]
handler500 = problems.server_error


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("route", ["/page", "/api"])
@pytest.mark.parametrize(
    ("failure", "detail", "cause"),
    [
        (OperationalError("connection refused\nDETAIL: ola@x.no"), _AWAY, "connection refused"),
        (OperationalError("could not extend file: No space left on device"), _AWAY, "No space"),
        (_told_by_the_server(psycopg.errors.DiskFull("full")), _AWAY, "full"),
        (_told_by_the_server(psycopg.errors.AdminShutdown("ends")), _AWAY, "ends"),
        (_told_by_the_server(psycopg.errors.DeadlockDetected("circle")), _AWAY, "circle"),
        (OSError(errno.EMFILE, "Too many open files"), _OUT, "Too many open files"),
        (MemoryError(), _OUT, "MemoryError"),
    ],
)
def test_passing_trouble_is_503_with_its_cause_in_the_log(route, failure, detail, cause):
    _failure[:] = [failure]
    with capture_logs() as logs:
        answer = Client(raise_request_exception=False).get(route)
    body = json.loads(answer.content)
    assert (answer.status_code, body["status"], body["detail"]) == (503, 503, detail)
    assert answer["Retry-After"] == "5"
    assert answer["Content-Type"].startswith("application/problem+json")
    told = [line for line in logs if line["log_level"] == "error"]
    assert any(cause in str(line) for line in told)
    assert "ola@x.no" not in str(told)


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    "failure",
    [
        ValueError("a defect"),
        OSError(errno.ENOENT, "no file"),
        _told_by_the_server(psycopg.errors.ProgramLimitExceeded("index row size exceeds maximum")),
    ],
)
def test_a_defect_stays_500(failure):
    _failure[:] = [failure]
    for route in ("/page", "/api"):
        answer = Client(raise_request_exception=False).get(route)
        assert (answer.status_code, json.loads(answer.content)["status"]) == (500, 500)
        assert "Retry-After" not in answer


@pytest.mark.django_db
def test_a_page_of_the_back_office_says_so_too(monkeypatch):
    staff = browser(Role.READER)

    def away(*_args, **_options):
        raise OperationalError("the connection is closed")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", away)
    answer = staff.get("/admin/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "The platform cannot reach its database just now" in answer.content.decode()


def test_a_body_for_which_there_is_no_memory_is_not_the_callers_mistake(monkeypatch):
    def out_of_memory(_body):
        raise orjson.JSONDecodeError("Not enough memory to allocate buffer for parsing", "", 0)

    monkeypatch.setattr("notifications_platform.http.json.orjson.loads", out_of_memory)
    with pytest.raises(MemoryError):
        JSONParser().parse(io.BytesIO(b"{}"))
