"""What a term may be, and one list from many sources. No database."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications_platform.back_office.searching import merging
from notifications_platform.back_office.searching.finders import Finder, Found, Group, Hit
from notifications_platform.back_office.searching.terms import LONGEST, Kind, Term, parse
from notifications_platform.back_office.searching.words import when

ID = "0192f3a4-5b6c-7d8e-9f00-112233445566"
NOON = datetime(2031, 3, 2, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "kind", "form"),
    [
        ("05909803219", Kind.PERSON, "05909803219"),
        (" 059098 03219 ", Kind.PERSON, "05909803219"),
        ("urn:altinn:person:identifier-no:05909803219", Kind.PERSON, "05909803219"),
        ("910825526", Kind.ORGANIZATION, "910825526"),
        ("910 825 526", Kind.ORGANIZATION, "910825526"),
        ("NO 910 825 526 MVA", Kind.ORGANIZATION, "910825526"),
        ("0192:910825526", Kind.ORGANIZATION, "910825526"),
        ("urn:altinn:organization:identifier-no:910825526", Kind.ORGANIZATION, "910825526"),
        ("Kari@Demo.example", Kind.EMAIL, "Kari@Demo.example"),
        ("Kari Nordmann <kari@demo.example>", Kind.EMAIL, "kari@demo.example"),
        ("mailto:kari@demo.example", Kind.EMAIL, "kari@demo.example"),
        ("40000001", Kind.MOBILE, "+4740000001"),
        ("+47 400 00 001", Kind.MOBILE, "+4740000001"),
        ("0047 40-00-00-01", Kind.MOBILE, "+4740000001"),
        ("4740000001", Kind.MOBILE, "+4740000001"),
        ("(+47) 400.00.001", Kind.MOBILE, "+4740000001"),
        ("tel:+46701234567", Kind.MOBILE, "+46701234567"),
        (ID.upper(), Kind.UUID, ID),
        (f"{{{ID}}}", Kind.UUID, ID),
        (ID.replace("-", ""), Kind.UUID, ID),
        ("een_0012", Kind.NUMBER, "12"),
        ("EEN_12", Kind.NUMBER, "12"),
        ("12", Kind.NUMBER, "12"),
        (" Tiltak 2031/77 ", Kind.TEXT, "Tiltak 2031/77"),
    ],
)
def test_a_term_is_read_as_callers_say_it(typed: str, kind: Kind, form: str) -> None:
    assert parse(typed).of(kind) == form
    assert parse(typed).of(Kind.TEXT) == typed.strip()


@pytest.mark.parametrize(
    "typed", ["0590980321", "99", "9108255260", "1" * 30, "٤٠٠٠٠٠٠١", "a@", "@b"]
)
def test_what_is_no_number_or_address_is_read_as_text_at_most(typed: str) -> None:
    readings = set(parse(typed).readings)
    assert readings <= {Kind.TEXT, Kind.NUMBER}


@given(st.text(st.characters(codec=None), max_size=500))
def test_any_text_is_read_and_stays_what_it_was_read_as(typed: str) -> None:
    term = parse(typed)
    assert bool(term) == bool(term.typed)
    assert len(term.typed) <= LONGEST
    assert "\0" not in term.typed
    term.typed.encode()
    if id := term.of(Kind.UUID):
        assert str(UUID(id)) == id
    for kind in (Kind.PERSON, Kind.ORGANIZATION, Kind.NUMBER):
        assert not term.of(kind) or (term.of(kind).isascii() and term.of(kind).isdecimal())
    for kind in set(term.readings) - {Kind.NUMBER}:
        assert parse(term.of(kind)).of(kind) == term.of(kind)


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (NOON, "today 12:00"),
        (NOON - timedelta(hours=13), "yesterday 23:00"),
        (NOON + timedelta(hours=13), "tomorrow 01:00"),
        (NOON - timedelta(days=30), "2031-01-31 12:00"),
    ],
)
def test_moments_are_said_as_in_oslo(moment: datetime, said: str) -> None:
    assert when(moment, now=NOON) == said


# --- one list -----------------------------------------------------------------------------


def source(name: str, things: list[tuple[int, int]]) -> Finder:
    """Finds things (minutes ago, page), the newest first."""
    ordered = sorted(things)

    def find(term: Term, *, clients: object, before: str, limit: int) -> Found:
        rest = ordered[int(before) + 1 if before else 0 :][:limit]
        start = len(ordered) - len(ordered[int(before) + 1 if before else 0 :])
        return Found(
            [
                Hit(
                    at=NOON - timedelta(minutes=ago),
                    key=str(start + place),
                    words=name,
                    link=f"/{page}/",
                )
                for place, (ago, page) in enumerate(rest)
            ]
        )

    return Finder(name=name, group=Group.ORDERS, kinds=(Kind.TEXT,), permission="", find=find)


@pytest.mark.django_db
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30)), max_size=12, unique=True),
        max_size=3,
    ),
    st.integers(1, 5),
)
def test_pages_together_are_all_things_newest_first(
    things: list[list[tuple[int, int]]], size: int
) -> None:
    # A thing is as old wherever it is found, and no two came to be at once.
    sources = [
        source(str(number), sorted({(page, page) for _, page in some}))
        for number, some in enumerate(things)
    ]
    shown: list[Hit] = []
    places = None
    for _ in range(200):
        answer = merging.search(parse("x"), sources, clients=None, places=places, size=size)
        assert len(answer.lines) <= size
        shown += [line.hit for line in answer.lines]
        places = answer.older
        if not places:
            break
    assert {hit.link for hit in shown} == {f"/{page}/" for some in things for _, page in some}
    assert len(shown) == len({hit.link for hit in shown})
    moments = [hit.at for hit in shown if hit.at]
    assert moments == sorted(moments, reverse=True)
