"""The send condition over HTTP (contract 8.4, route 14)."""

from datetime import timedelta
from typing import Any

import pytest

from notifications_platform.core import clock
from notifications_platform.identity.own_tokens import platform_token
from orders.conditions import SCOPE
from tests.correspondence.conftest import Api, organization, problem_of
from tests.tokens import bearer, platform_header

pytestmark = pytest.mark.django_db

NOBODY = "019a0c1e-5a70-7c31-8a55-0d6c3f1b2e01"


def own(scope: str = SCOPE, **more: Any) -> dict[str, str]:
    token = platform_token(scope=scope, now=more.pop("now", clock.real()), **more)
    return {"Authorization": f"Bearer {token}"}


def asked(id: str, path: str = "") -> bool:
    answer = Api(own()).get(f"/correspondence/{id}/notification/check{path}")
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert set(body) == {"sendNotification"}
    return bool(body["sendNotification"])


def test_main_and_reminder_go_out_once_the_letter_is_published(sender: Api) -> None:
    tomorrow = (clock.real() + timedelta(days=1)).isoformat()
    waiting = sender.sent(requestedPublishTime=tomorrow)
    assert (asked(waiting), asked(waiting, "/main")) == (False, False)
    id = sender.published()
    assert (asked(id), asked(id, "/main")) == (True, True)


@pytest.mark.parametrize("verb", ["markasread", "confirm"])
def test_who_has_read_or_confirmed_is_not_reminded(sender: Api, recipient: Api, verb: str) -> None:
    id = sender.sent()
    recipient.get(f"/correspondence/{id}")
    assert recipient.post(f"/correspondence/{id}/{verb}").status_code == 200
    assert (asked(id), asked(id, "/main")) == (False, True)


def test_a_purged_letter_and_one_that_never_was_are_not_notified_of(
    sender: Api, recipient: Api
) -> None:
    id = sender.sent()
    recipient.get(f"/correspondence/{id}")
    recipient.delete(f"/correspondence/{id}/purge")
    for one in (id, NOBODY):
        assert (asked(one), asked(one, "/main")) == (False, False)
    problem_of(Api(own()).get("/correspondence/nonsense/notification/check"), 404, 1001)


def test_it_takes_the_platforms_own_token_or_one_with_the_scope(sender: Api) -> None:
    path = f"/correspondence/{NOBODY}/notification/check"
    assert Api(bearer("ttd", SCOPE)).get(path).status_code == 200
    assert organization("310131075").get(path).status_code == 403
    assert Api(own("other")).get(path).status_code == 403
    for headers in (
        {},
        own(now=clock.real() - timedelta(hours=1)),
        own(audience="https://elsewhere.example"),
        {"Authorization": own()["Authorization"] + "x"},
        platform_header("ttd"),
    ):
        assert Api(headers).get(path).status_code == 401


def test_no_other_route_takes_the_platforms_own_token(sender: Api) -> None:
    every_scope = f"{SCOPE} altinn:correspondence.write altinn:correspondence.read"
    answer = Api(own(every_scope)).get(f"/correspondence/{sender.sent()}")
    assert answer.status_code == 401
