"""Media types, methods and the order of refusals, on every route (contract 1)."""

from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.urls import resolve

from enrollment.api.links import address
from enrollment.api.urls import urlpatterns
from enrollment.grants import ALL, Grant
from enrollment.states import Status
from notifications_platform.http.limits import UNKNOWN_LENGTH
from notifications_platform.identity.client import KINDS
from notifications_platform.registers.models import ServiceOwner
from tests.enrollment.conftest import BASE, OURS, Api, calling, problem_of, refusal_of
from tests.enrollment.routes import ROUTES, Route
from tests.enrollment.rows import notification
from tests.enrollment.telling import stored
from tests.tokens import bearer, platform_header

JSON = "application/json"
INSURANCE = "application/vnd.oracle.insurance.resource+json"
RESOURCE = "application/vnd.oracle.resource+json"
GENERIC = "generic/enrollmenteventnotifications"


def send(api: Api, route: Route, body: Any = None, /, **headers: str) -> Any:
    return api.call(route.method, route.path, body, **headers)


def media_type(answer: Any) -> str:
    return str(answer["Content-Type"])


def test_every_route_is_held_to_the_rules_below() -> None:
    met = {
        (resolve(f"{BASE}/{route.path}".partition("?")[0]).route, route.method) for route in ROUTES
    }
    offered = {
        (f"{BASE}/{pattern.pattern}".lstrip("/"), method.upper())
        for pattern in urlpatterns
        for method in getattr(pattern.callback, "actions", {})
        if method != "head"
    }
    assert met == offered


def test_the_order_of_refusals(db: None) -> None:
    """A request that is wrong in every way is mended step by step."""
    nobody, powerless, mighty = Api({}), calling(OURS), calling(OURS, ALL)
    before = stored()
    for route in ROUTES:
        wrong = {"Content-Type": "text/plain", "Accept": "application/xml"}
        for api, status in ((nobody, 401), (powerless, 403)):
            for method in (route.method, "DELETE", "BREW", "OPTIONS"):
                problem_of(api.call(method, route.path, b"<x/>", **wrong), status)
        answer = mighty.call("DELETE", route.path, b"<x/>", **wrong)
        problem_of(answer, 405)
        assert route.method in answer["Allow"]
        if not route.reads:
            problem_of(send(mighty, route, b"<x/>", **wrong), 415)
            latin = f"{JSON}; charset=latin-1"
            problem_of(send(mighty, route, b"{", **wrong | {"Content-Type": latin}), 415)
        problem_of(send(mighty, route, None, Accept="application/xml"), 406)
        if route.reads:
            continue
        for body in (b"{", b"[]", b"null", b'"x"', b"\xff"):
            problem_of(send(mighty, route, body), 400, "$")
        if route.needs_body:
            problem_of(send(mighty, route, b"", **{"Content-Type": "text/plain"}), 400, "$")
        elif route.status == 404:
            assert send(mighty, route, b"", **{"Content-Type": "text/plain"}).status_code == 404
    assert stored() == before
    for route in ROUTES:
        assert send(mighty, route, route.body).status_code == route.status, route


def test_404_comes_before_412_and_412_before_422(api: Api) -> None:
    sent = notification(status=Status.SENT)
    for operation in ("cancel", "resend"):
        path = f"enrollmenteventnotifications/{{}}/{operation}"
        assert api.put(path.format(sent.pk + 1), If_Match='"x"').status_code == 404
        problem_of(api.put(path.format(sent.pk), If_Match='"x"'), 412)
        assert refusal_of(api.put(path.format(sent.pk)), 422) == [("POL-IP-ENEN-002", str(sent.pk))]


def test_a_method_that_a_route_has_not_is_told_with_those_it_has(api: Api) -> None:
    allowed: dict[str, set[str]] = {}
    for route in ROUTES:
        methods = {"GET", "HEAD"} if route.reads else {route.method}
        allowed.setdefault(route.path.partition("?")[0], {"OPTIONS"}).update(methods)
    for path, methods in allowed.items():
        answer = api.call("OPTIONS", path)
        assert (answer.status_code, answer.content) == (200, b"")
        assert set(answer["Allow"].split(", ")) == methods
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "LINK"):
            if method not in methods:
                refused = api.call(method, path, {} if method != "TRACE" else None)
                assert refused.status_code == 405, (method, path)
                assert set(refused["Allow"].split(", ")) == methods


def test_options_are_told_to_whoever_may_use_the_route(db: None) -> None:
    reader = calling(OURS, Grant.READ)
    assert reader.call("OPTIONS", GENERIC).status_code == 200
    problem_of(reader.call("OPTIONS", "enrollmenteventnotifications/cancel"), 403)


def test_only_oauth_tokens_open_the_door(db: None) -> None:
    ServiceOwner.objects.get_or_create(
        org="ttd", defaults={"organization_number": "991825827", "name": "Test"}
    )
    for kind in KINDS:
        number = "991825827" if kind == "maskinporten" else ""
        headers = (
            platform_header("ttd")
            if kind == "platform"
            else bearer(
                "05909803219" if kind == "idporten" else "ttd",
                ALL,
                kind=kind,
                organization_number=number,
            )
        )
        answer = Api(headers).get(GENERIC)
        assert answer.status_code == (200 if kind == "oauth" else 401), kind
    for headers in ({}, {"Authorization": "Basic dXNlcjpwdw=="}, {"Authorization": "Bearer x"}):
        answer = Api(headers).get(GENERIC)
        problem_of(answer, 401)
        assert answer["WWW-Authenticate"].startswith("Bearer")


def test_bodies_come_in_three_media_types(api: Api) -> None:
    path = f"{GENERIC}/search"
    for sent in (JSON, INSURANCE, RESOURCE, f"{INSURANCE}; charset=UTF-8", JSON.upper()):
        assert api.post(path, {}, **{"Content-Type": sent}).status_code == 200
    for sent in ("", "text/json", "application/xml", f"{RESOURCE};charset=utf-16", "*/*"):
        problem_of(api.post(path, {}, **{"Content-Type": sent}), 415)


@pytest.mark.parametrize(
    ("accept", "sent"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        ("Application/JSON;charset=utf-8", JSON),
        (INSURANCE, INSURANCE),
        (RESOURCE, RESOURCE),
        (f"{RESOURCE}, */*", RESOURCE),
        (f"{JSON}, {INSURANCE}", INSURANCE),
        (f"{JSON}, {INSURANCE};q=0.9", JSON),
        (f"{JSON};q=0.1, {INSURANCE};q=0.9", INSURANCE),
        (f"{JSON};q=0, */*", INSURANCE),
        ("text/html, */*;q=0.1", JSON),
        (f"{JSON};q=x", JSON),
        (f"{INSURANCE};q=0, application/*", JSON),
        ("application/xml", None),
        ("text/*", None),
        ("application/problem+json", None),
        (f"{JSON};q=0", None),
        ("*/*;q=0.0", None),
    ],
)
def test_answers_come_in_the_type_that_is_most_welcome(
    api: Api, accept: str, sent: str | None
) -> None:
    one = notification()
    answers = [api.get(path, Accept=accept) for path in (f"{GENERIC}/{one.pk}", GENERIC)]
    for answer in answers:
        if sent is None:
            problem_of(answer, 406)
        else:
            assert (answer.status_code, media_type(answer)) == (200, f"{sent}; charset=utf-8")
            assert answer.json()


def test_refusals_keep_their_type_whatever_is_accepted(api: Api) -> None:
    assert refusal_of(api.get(f"{GENERIC}/0", Accept=INSURANCE), 404)
    assert refusal_of(api.put("enrollmenteventnotifications/cancel", {}, Accept=RESOURCE), 422)
    problem_of(api.get(f"{GENERIC}?limit=0", Accept=INSURANCE), 400, "limit")
    everything = {"cancelAllFailedNotifications": True}
    answer = api.put("enrollmenteventnotifications/cancel", everything, Accept=INSURANCE)
    assert media_type(answer) == "application/json; charset=utf-8"


def test_what_is_no_url_is_problem_details(api: Api) -> None:
    for path in ("", "generics", "generic/", f"{GENERIC}/", f"{GENERIC}/1/", f"{GENERIC}/1/x"):
        problem_of(api.get(f"{BASE}/{path}"), 404)


def test_of_a_body_in_chunks_its_end_tells_whether_there_is_one(api: Api) -> None:
    def sent(path: str, body: bytes, content_type: str, method: str = "PUT") -> Any:
        environ: dict[str, Any] = {
            "CONTENT_LENGTH": str(UNKNOWN_LENGTH),
            "CONTENT_TYPE": content_type,
            "HTTP_TRANSFER_ENCODING": "chunked",
            "wsgi.input": BytesIO(body),
        }
        url = f"{BASE}/{path}"
        return api.browser.generic(method, url, headers=api.headers, **environ)

    acting = "enrollmenteventnotifications"
    for content_type in ("", JSON, "text/plain"):
        failed = notification()
        assert sent(f"{acting}/{failed.pk}/cancel", b"", content_type).status_code == 200
        problem_of(sent(f"{acting}/cancel", b"", content_type), 400, "$")
    problem_of(sent(f"{acting}/{failed.pk}/cancel", b" ", "text/plain"), 415)
    listed = b'{"enrollmentEventNotificationList": [{"notificationId": %d}]}' % notification().pk
    assert sent(f"{acting}/cancel", listed, INSURANCE).json()["cancelledCount"] == 1
    problem_of(sent(f"{acting}/cancel", b" " * UNKNOWN_LENGTH, JSON), 413)
    assert sent(GENERIC, b"", "", "GET").status_code == 200


def test_a_body_that_is_too_large_is_refused_unread(api: Api) -> None:
    answer = api.browser.generic(
        "POST",
        f"{BASE}/{GENERIC}/search",
        b"{}",
        JSON,
        headers=api.headers,
        CONTENT_LENGTH="30000001",
    )
    problem_of(answer, 413)


def test_links_follow_the_configured_root(settings: Any) -> None:
    settings.PUBLIC_URL, settings.ENROLLMENT_API_CONTEXT_ROOT = "https://p.example", "ohi/v1"
    assert address("generic/x") == "https://p.example/ohi/v1/generic/x"
    settings.ENROLLMENT_API_CONTEXT_ROOT = ""
    assert address("generic/x") == "https://p.example/generic/x"


def test_the_root_stands_where_the_settings_say() -> None:
    assert f"/{settings.ENROLLMENT_API_CONTEXT_ROOT}" == BASE
