"""The comparison that every documented answer goes through."""

import pytest

from tests.docs.likeness import differences, is_like


@pytest.mark.parametrize(
    ("documented", "real"),
    [
        ("same", "same"),
        ("…", "x"),
        ("/orders/…/status", "/orders/1/status"),
        ("2031-03-04T10:…Z", "2031-03-04T10:00:00.5Z"),
        ("a…b…c", "a1b2c"),
    ],
)
def test_what_differs_from_run_to_run_may_be_anything(documented: str, real: str) -> None:
    assert is_like(documented, real)


@pytest.mark.parametrize(
    ("documented", "real"),
    [
        ("same", "other"),
        ("…", ""),
        ("/orders/…/status", "/orders//status"),
        ("2031-…Z", "2032-03-04Z"),
        ("a…b…c", "a1c"),
        ("a…", "a"),
        ("aa…aa", "aaa"),
    ],
)
def test_all_else_is_compared(documented: str, real: str) -> None:
    assert not is_like(documented, real)


@pytest.mark.parametrize(
    ("documented", "real", "place"),
    [
        ({"a": 1}, {"a": 2}, "$.a"),
        ({"a": 1}, {"a": 1, "b": 2}, "$.b"),
        ({"a": 1, "b": 2}, {"a": 1}, "$.b"),
        ({"a": ["x"]}, {"a": ["x", "y"]}, "$.a[1]"),
        ({"a": {"b": "x"}}, {"a": {"b": "y"}}, "$.a.b"),
        ({"a": 1}, {"a": True}, "$.a"),
        ({"a": "…"}, {"a": None}, "$.a"),
        ({"a": "…"}, {"a": True}, "$.a"),
        ({"a": "…", "…": "…"}, {"b": 1}, "$.a"),
        ({"a": None}, {}, "$.a"),
    ],
)
def test_a_difference_is_found_at_its_place(documented: object, real: object, place: str) -> None:
    (found,) = differences(documented, real)
    assert found.startswith(f"{place}: ")
