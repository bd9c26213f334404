"""The language `q`: what it finds is what its words say, and nothing breaks it (contract 5)."""

import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrollment.models import EnrollmentEventNotification as Row
from enrollment.queries import BadQuery, condition
from enrollment.queries.properties import PROPERTIES, Type
from enrollment.states import Status
from tests.enrollment.rows import NOON, notification, notifications

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}
TEXTS = ["", "A", "B", "a", "A%", "A_", "AB", "A\\", "'", '"', "Æ", "A.and.", "Failed", "POL-1"]
TIMES = [NOON + timedelta(**{unit: 1}) for unit in ("microseconds", "milliseconds", "days")]
TIMES += [NOON, NOON.replace(hour=0, microsecond=0), datetime(1999, 12, 31, tzinfo=UTC)]
NUMBERS = [-1, 0, 1, 2, 3, 1 << 31, 1 << 63, -(1 << 70)]
BRIEFLY = settings(
    max_examples=60,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


# --- the reference: what a row says to a criterion, in plain Python
def says(row: Row, name: str, how: str, values: list[Any]) -> bool:
    has = getattr(row, PROPERTIES[name].column)
    if how == "in":
        return any(says(row, name, "eq", [value]) for value in values)
    if how == "neq":
        return not says(row, name, "eq", values)
    [value] = values
    if has is None:
        return False
    if isinstance(has, datetime):
        return time_says(has, how, value)
    if how == "like":
        pattern = ".*".join(map(re.escape, value.split("%")))
        return re.fullmatch(pattern, has, re.DOTALL) is not None
    return bool(has == value if how == "eq" else COMPARE[how](has, value))


def time_says(has: datetime, how: str, value: str) -> bool:
    """As the wire shows both: whole days, or milliseconds."""
    if len(value) == len("2031-03-01"):
        shown, other = has.date().isoformat(), value
    else:
        shown, other = in_milliseconds(has), value
    return shown == other if how == "eq" else COMPARE[how](shown, other)


def in_milliseconds(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


# --- texts of q with the predicate that they stand for
def quoted(text: str, quote: str) -> str:
    escaped = text.replace("\\", "\\\\").replace(quote, "\\" + quote)
    return f"{quote}{escaped}{quote}"


VALUES: dict[Type, st.SearchStrategy[Any]] = {
    Type.NUMBER: st.sampled_from(NUMBERS),
    Type.TRUTH: st.booleans(),
    Type.TEXT: st.sampled_from([*TEXTS, "%", "%A%", "A%\\", "%_%", "P%-%1"]) | st.text("AB%_\\'"),
    Type.TIME: st.sampled_from(
        [in_milliseconds(time) for time in TIMES] + [time.date().isoformat() for time in TIMES]
    ),
}
OPERATORS = {
    Type.NUMBER: ["eq", "neq", "in", *COMPARE],
    Type.TRUTH: ["eq", "neq", "in"],
    Type.TEXT: ["eq", "neq", "in", "like", *COMPARE],
    Type.TIME: ["eq", "neq", "in", *COMPARE],
}
Asked = tuple[str, Callable[[Row], bool]]


@st.composite
def criteria(draw: Any) -> Asked:
    prop = draw(st.sampled_from(sorted(PROPERTIES.values(), key=str)))
    how = draw(st.sampled_from(OPERATORS[prop.type]))
    values = draw(st.lists(VALUES[prop.type], min_size=1, max_size=4 if how == "in" else 1))
    if prop.name == "id":
        values = [value % 7 for value in values]
    quote = draw(st.sampled_from("'\""))
    is_quoted = prop.type in (Type.TEXT, Type.TIME)
    texts = [quoted(value, quote) if is_quoted else str(value).lower() for value in values]
    blank = draw(st.sampled_from(["", " "]))
    text = f"{prop.name}{blank}.{how}({blank}{f'{blank},'.join(texts)})"
    return text, lambda row: says(row, prop.name, how, values)


def joined(parts: st.SearchStrategy[Asked]) -> st.SearchStrategy[Asked]:
    """`and` binds tighter than `or`; sometimes in parentheses, which then count."""

    def build(groups: list[list[Asked]], grouped: bool) -> Asked:
        text = ".or.".join(".and.".join(f"{part[0]}" for part in group) for group in groups)

        def holds(row: Row) -> bool:
            return any(all(part[1](row) for part in group) for group in groups)

        return f"({text})" if grouped or len(groups) > 1 else text, holds

    groups = st.lists(st.lists(parts, min_size=1, max_size=3), min_size=1, max_size=3)
    return st.builds(build, groups, st.booleans())


@pytest.mark.django_db
def test_what_is_found_is_what_the_words_say() -> None:
    for number in range(24):
        text, time = TEXTS[number % len(TEXTS)], TIMES[number % len(TIMES)]
        status = list(Status)[number % len(Status)]
        notifications(
            status=status,
            obsolete=number % 2 == 0,
            gid=TEXTS[-1 - number % len(TEXTS)],
            person=text,
            policy_code=text,
            attempt_count=number % 4,
            created_at=time,
            updated_at=TIMES[-1 - number % len(TIMES)],
        )
    rows = list(Row.objects.all())

    @BRIEFLY
    @given(st.recursive(criteria(), joined, max_leaves=8))
    def check(asked: Asked) -> None:
        text, holds = asked
        found = set(Row.objects.filter(condition(text)).values_list("pk", flat=True))
        assert found == {row.pk for row in rows if holds(row)}

    check()


PIECES = ["status", "id", "obsolete", "sentDate", "'x'", '"2031-03-01"', "1", "-", "true", "."]
PIECES += [".and.", ".or.", "and", "eq", "in", "like", "(", ")", ",", " ", "\\", "'", "\x00"]


@BRIEFLY
@given(st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_what_is_no_query_is_refused_with_its_place(text: str) -> None:
    refusal = None
    try:
        condition(text)
    except BadQuery as refused:
        refusal = refused
    assert refusal is None or 0 <= refusal.position <= len(text)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("status", 6),
        ("status.eq", 9),
        ("status.eq('Failed'", 18),
        ("status.eq('Failed')x", 19),
        ("status.eq('Failed') .and.", 25),
        ("status.eq('Failed').nor.id.eq(1)", 19),
        ("status.eq('Failed)", 10),
        ("status.eq(Failed)", 10),
        ("status.eq(1)", 10),
        ("status.eq()", 10),
        ("status.eq('a','b')", 9),
        ("status.in()", 10),
        ("status.is('Failed')", 7),
        ("Status.eq('Failed')", 0),
        ("payload.eq('x')", 0),
        ("client.eq('payer-b')", 0),
        ("definition__client.eq('x')", 0),
        ("id.eq(1.5)", 6),
        ("id.eq('1')", 6),
        ("id.like('1%')", 3),
        ("obsolete.lt(true)", 9),
        ("obsolete.eq(null)", 12),
        ("sentDate.gt('yesterday')", 12),
        ("sentDate.gt('2031-02-30')", 12),
        ("sentDate.gt('0001-01-01T00:00:00+01:00')", 12),
        ("sentDate.like('2031%')", 9),
        ("(id.eq(1)", 9),
        ("id.eq(1))", 8),
        ("()", 1),
        ("status.eq('\x00')", 11),
        (f"id.eq({'9' * 41})", 6),
        ("(" * 21 + "id.eq(1)" + ")" * 21, 20),
        (".or.".join(["id.eq(1)"] * 101), 1200),
        (f"id.in({','.join(['1'] * 501)})", 1005),
        ("status.eq('" + "x" * 10_000 + "')", 10_000),
    ],
)
def test_the_place_of_the_first_mistake_is_named(text: str, position: int) -> None:
    with pytest.raises(BadQuery) as refusal:
        condition(text)
    assert refusal.value.position == position


@pytest.mark.django_db
def test_only_the_percent_sign_is_special_in_a_pattern() -> None:
    for text in TEXTS:
        notification(person=text)
    for pattern, found in {
        "A": {"A"},
        "A_": {"A_"},
        "A%": {"A", "A%", "A_", "AB", "A\\", "A.and."},
        "A\\%": {"A\\"},
        "%_%": {"A_"},
        "%": set(TEXTS),
        "": {""},
        "P%L-%1": {"POL-1"},
        ".": set(),
    }.items():
        like = quoted(pattern, "'")
        asked = condition(f"personCode.like({like})")
        assert set(Row.objects.filter(asked).values_list("person_code", flat=True)) == found


@pytest.mark.django_db
def test_a_time_may_be_written_in_several_ways() -> None:
    [one] = notifications(created_at=datetime(2031, 3, 1, 12, 0, tzinfo=UTC))
    for text in (
        "2031-03-01T12:00Z",
        "2031-03-01T12:00",
        "2031-03-01T12:00:00.000000Z",
        "2031-03-01T13:00:00+01:00",
        "2031-03-01T13:00:00 01:00",
        "2031-03-01T11:30:00-00:30",
        "2031-03-01",
    ):
        assert Row.objects.get(condition(f"creationDate.eq('{text}')")) == one
    assert not Row.objects.filter(condition("creationDate.gt('2031-03-01')"))
    assert Row.objects.get(condition("creationDate.lte('9999-12-31')")) == one
    assert not Row.objects.filter(condition("creationDate.gt('9999-12-31')"))
