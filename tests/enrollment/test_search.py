"""Search, pages and links (contract 5)."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.conf import settings

from enrollment.grants import Grant
from enrollment.states import Status
from tests.enrollment.conftest import BASE, OURS, THEIRS, Api, calling, problem_of
from tests.enrollment.rows import NOON, notification, notifications

ROUTE = "generic/enrollmenteventnotifications"


def by_get(api: Api, **parameters: Any) -> Any:
    return api.get(f"{ROUTE}?{urlencode(parameters)}")


def by_post(api: Api, **resource: Any) -> Any:
    return api.post(f"{ROUTE}/search", {"resource": resource})


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [item["id"] for item in answer.json()["items"]]


def rels(answer: Any) -> dict[str, str]:
    return {link["rel"]: link["href"] for link in answer.json()["links"]}


def test_a_page_says_where_it_stands_and_leads_to_the_others(api: Api) -> None:
    made = [one.pk for one in notifications(5)]
    q = "status.eq('Failed').and.personCode.eq(\"P-1\")"

    answer = by_get(api, q=q, limit=2, offset=2, totalResults="true", orderBy="id:desc", other=1)

    body = answer.json()
    assert ids(answer) == [made[2], made[1]]
    assert {name: body[name] for name in body if name not in ("items", "links")} == {
        "offset": 2,
        "limit": 2,
        "count": 2,
        "hasMore": True,
        "totalResults": 5,
    }
    for rel, offset in {"self": 2, "first": 0, "prev": 0, "next": 4}.items():
        address = urlsplit(rels(answer)[rel])
        assert f"{address.scheme}://{address.netloc}" == settings.PUBLIC_URL
        assert address.path == f"{BASE}/{ROUTE}"
        assert parse_qs(address.query) == {
            "q": [q],
            "orderBy": ["id:desc"],
            "totalResults": ["true"],
            "offset": [str(offset)],
            "limit": ["2"],
        }
    assert list(rels(answer)) == ["self", "first", "prev", "next"]


def test_what_is_found_is_shown_without_its_payload(api: Api) -> None:
    one = notification()

    [found] = by_get(api).json()["items"]

    whole = api.get(f"{ROUTE}/{one.pk}").json()
    assert whole.pop("payload")
    assert found == whole


def test_the_ends_of_the_list(api: Api) -> None:
    made = [one.pk for one in notifications(3)]

    first, last, beyond = (by_get(api, limit=2, offset=offset) for offset in (0, 2, 3))

    assert (list(rels(first)), first.json()["hasMore"]) == (["self", "next"], True)
    assert (list(rels(last)), last.json()["hasMore"]) == (["self", "first", "prev"], False)
    assert (ids(beyond), list(rels(beyond))) == ([], ["self", "first", "prev"])
    assert "totalResults" not in beyond.json()
    assert list(rels(by_get(api, limit=3))) == ["self"]
    for far in ("9" * 15, "9" * 40, "9" * 5000):
        assert ids(by_get(api, offset=far)) == []
    assert ids(by_get(api, limit="9" * 5000)) == made
    assert by_get(api, limit=201).json()["limit"] == 200
    assert by_get(api).json()["limit"] == 50


@pytest.mark.parametrize("search", [by_get, by_post])
@pytest.mark.parametrize("order", ["", "status", "failedDate:desc,personCode", "obsolete:asc"])
def test_walking_next_meets_every_row_once(api: Api, search: Any, order: str) -> None:
    made = {one.pk for one in notifications(7)}
    made |= {one.pk for one in notifications(4, status=Status.READY, person="P-2")}

    answer, met = search(api, limit=3, orderBy=order), []
    while True:
        met += ids(answer)
        if "next" not in rels(answer):
            break
        answer = api.get(rels(answer)["next"].removeprefix(settings.PUBLIC_URL))

    assert len(met) == 11
    assert set(met) == made


def test_order_by_several_properties_with_ties_by_id(api: Api) -> None:
    early = notification(status=Status.READY, person="B", created_at=NOON - timedelta(days=1)).pk
    a, b = (one.pk for one in notifications(2, person="B", created_at=NOON))
    late = notification(person="A", created_at=NOON + timedelta(days=1)).pk

    def order(text: str) -> list[int]:
        return ids(by_get(api, orderBy=text))

    assert order("") == order("id") == [early, a, b, late]
    assert order("id:desc") == [late, b, a, early]
    assert order("creationDate:desc") == [late, a, b, early]
    assert order("personCode, creationDate:desc ,id:desc") == [late, b, a, early]
    # What has not failed comes last in either direction.
    assert order("failedDate") == order("failedDate:desc") == [a, b, late, early]


def test_the_same_is_found_by_a_body(api: Api) -> None:
    made = [one.pk for one in notifications(3)]
    q = f"id.in({made[0]},{made[2]})"

    answer = by_post(api, q=q, orderBy="id:desc", offset=1, limit=1, totalResults=True)

    assert ids(answer) == [made[0]]
    assert (
        answer.json()
        == by_get(api, q=q, orderBy="id:desc", offset=1, limit=1, totalResults="true").json()
    )
    sparing: list[Any] = [{}, {"resource": {}}, {"resource": {"q": " ", "limit": None}, "x": [1]}]
    for body in sparing:
        assert ids(api.post(f"{ROUTE}/search", body)) == made
    # Beyond 64 bits, too.
    assert by_post(api, limit=10**30).json()["limit"] == 200
    assert by_post(api, limit=2.0).json()["limit"] == 2
    assert ids(by_post(api, offset=10**30)) == []
    problem_of(by_post(api, limit=-(10**30)), 400, "resource.limit")


@pytest.mark.parametrize(
    ("name", "texts", "values"),
    [
        ("offset", ["-1", "abc", "", "1.5", "٣", " 1"], [-1, "1", 1.5, True, [], {}]),
        ("limit", ["0", "-5", "abc", "", "1e3"], [0, -1, "1", 2.5, False]),
        ("totalResults", ["yes", "1", "", "True"], ["true", 1, 0]),
        ("orderBy", ["nothing", "id:down", "id,", "id,id", ":desc", "client"], [1, ["id"]]),
        ("q", ["status", "status.eq(1)", "client.eq('x')", "\x00"], [1, {}, ["id.eq(1)"]]),
    ],
)
def test_a_bad_parameter_is_named(api: Api, name: str, texts: list[str], values: list[Any]) -> None:
    for text in texts:
        problem_of(by_get(api, **{name: text}), 400, name)
    for value in [*values, *(texts[:-1] if name in ("orderBy", "q") else ())]:
        problem_of(by_post(api, **{name: value}), 400, f"resource.{name}")


def test_all_bad_parameters_are_named_at_once(api: Api) -> None:
    answer = by_get(api, q="x", offset="x", limit=0, orderBy="x", totalResults="x")

    problem_of(answer, 400, "q", "offset", "limit", "orderBy", "totalResults")
    unfit: list[Any] = [[], 1, "x", None]
    for body in unfit:
        problem_of(api.post(f"{ROUTE}/search", body or b"null"), 400, "$")
    for resource in unfit:
        problem_of(api.post(f"{ROUTE}/search", {"resource": resource}), 400, "resource")
    problem_of(api.post(f"{ROUTE}/search"), 400, "$")
    problem_of(api.post(f"{ROUTE}/search", b"{"), 400, "$")


def test_nobody_finds_what_is_another_clients(api: Api, others: Api) -> None:
    ours, theirs = notification(), notification(client=THEIRS)
    everything = f"id.gt(0).or.id.in({ours.pk},{theirs.pk})"

    for q in ("", everything, f"id.eq({ours.pk}).or.status.like('%')"):
        assert ids(by_get(api, q=q)) == ids(by_post(api, q=q)) == [ours.pk]
        assert by_get(api, q=q, totalResults="true").json()["totalResults"] == 1
        assert ids(by_get(others, q=q)) == [theirs.pk]


def test_a_page_costs_the_same_whatever_is_on_it(api: Api, django_assert_num_queries) -> None:
    notifications(60)

    with django_assert_num_queries(2):  # the ceiling of the caller, the page
        assert len(ids(by_get(api))) == 50
    with django_assert_num_queries(3):
        assert by_get(api, limit=1, totalResults="true").json()["totalResults"] == 60


def test_operations_are_linked_in_searches_as_elsewhere(db: None) -> None:
    notification()

    reader = calling(OURS, Grant.READ, Grant.CANCEL)

    for answer in (by_get(reader), by_post(reader)):
        [item] = answer.json()["items"]
        assert [link["rel"].rpartition(":")[2] for link in item["links"]] == ["self", "cancel"]
