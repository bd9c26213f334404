"""What one request may ask (cases contract 15), and that refusing more costs next to nothing."""

import json
import time
from collections.abc import Callable

import pytest

from cases.graphql.limits import FIELDS, shape_of
from cases.graphql.refusals import Refused
from tests.cases.graphql_door import Door

LIMIT = "LIMIT_EXCEEDED"


@pytest.fixture
def door() -> Door:
    return Door()


def chain(deepest: int) -> str:
    """A document whose deepest field lies so deep: `name`, under `ofType` within `ofType`."""
    inner = "ofType { " * (deepest - 3) + "name" + " }" * (deepest - 3)
    return "{ __schema { queryType { " + inner + " } } }"


def fragments(count: int, body: str, last: str, on: str = "__Type") -> str:
    """Fragments that each hold the next: `body` with `NEXT` for it."""
    each = [
        f"fragment f{number} on {on} {{ {body.replace('NEXT', f'...f{number + 1}')} }}"
        for number in range(count)
    ]
    return " ".join([*each, f"fragment f{count} on {on} {{ {last} }}"])


# ---------------------------------------------------------------- at the limit, and above it


def test_a_document_of_100_000_characters_is_taken_and_no_longer_one(door: Door) -> None:
    query = "{ whoami }"
    longest = query + " " * (100_000 - len(query))
    assert "data" in door.ask(longest)
    # Code points, not bytes.
    assert "data" in door.ask(query + "#" + "ø" * (99_999 - len(query)))
    assert door.code(longest + " ") == LIMIT


@pytest.mark.django_db
def test_10_000_tokens_are_taken_and_no_more(door: Door) -> None:
    head, tail = "{ mineNotifikasjoner(merkelapper: [", "]) { __typename } }"
    fixed = 12

    def document(tokens: int) -> str:
        return head + '"a" ' * (tokens - fixed) + tail

    assert shape_of(document(10_000)).tokens == 10_000
    assert "data" in door.ask(document(10_000))
    assert door.code(document(10_001)) == LIMIT


def test_comments_and_commas_are_no_tokens(door: Door) -> None:
    assert "data" in door.ask("# one\n" * 11_000 + "{ whoami,,,,,,, }" + "," * 20_000)


def test_fields_lie_at_most_15_deep(door: Door) -> None:
    assert "data" in door.ask(chain(15))
    assert door.code(chain(16)) == LIMIT


def test_fragments_count_in_their_places(door: Door) -> None:
    def document(deepest: int) -> str:
        named = fragments(deepest - 3, "ofType { NEXT }", "name")
        return "{ __schema { queryType { ...f0 } } } " + named

    assert "data" in door.ask(document(15))
    assert door.code(document(16)) == LIMIT


def test_fragments_in_a_line_of_their_own_deepen_nothing(door: Door) -> None:
    query = "{ " + "... on Query { ... { " * 7 + chain(15)[1:-1] + " } }" * 7 + " }"
    assert "data" in door.ask(query)


def test_a_document_has_at_most_100_aliases(door: Door) -> None:
    def document(count: int) -> str:
        return "{ __schema { " + " ".join(f"a{n}: description" for n in range(count)) + " } }"

    assert "data" in door.ask(document(100))
    assert door.code(document(101)) == LIMIT


def test_aliases_are_counted_over_all_operations_and_fragments(door: Door) -> None:
    def aliases(name: str) -> str:
        return " ".join(f"{name}{n}: description" for n in range(51))

    query = (
        f"query a {{ __schema {{ {aliases('x')} }} }} query b {{ __schema {{ {aliases('y')} }} }}"
    )
    assert door.code(query, operationName="a") == LIMIT


def test_colons_of_arguments_are_no_aliases(door: Door) -> None:
    variables = " ".join(f"$v{n}: String" for n in range(60))
    uses = " ".join(f"{{a: $v{n}, b: {{c: 1}}}}" for n in range(60))
    query = f"query q({variables}) {{ mineNotifikasjoner(after: [{uses}]) {{ __typename }} }}"
    assert door.code(query) == "VALIDATION_FAILED"


def test_an_operation_has_at_most_25_root_fields(door: Door) -> None:
    def document(count: int) -> str:
        return "{ " + " ".join(f"a{n}: whoami" for n in range(count)) + " }"

    assert len(door.data(document(25))) == 25
    assert door.code(document(26)) == LIMIT


@pytest.mark.parametrize(
    "document",
    [
        "{ " + "whoami " * 26 + "}",
        "{ ... { " + "whoami " * 13 + "} ... on Query { " + "whoami " * 13 + "} }",
        "{ ...r ...r } fragment r on Query { " + "whoami " * 13 + "}",
        "{ ...q } fragment q on Query { ...r ...r } fragment r on Query { " + "whoami " * 13 + "}",
    ],
)
def test_root_fields_count_however_they_are_written(door: Door, document: str) -> None:
    assert door.code(document) == LIMIT


def test_each_operation_has_root_fields_of_its_own(door: Door) -> None:
    fields = " ".join(f"a{n}: whoami" for n in range(25))
    document = f"query a {{ {fields} }} query b {{ {fields} }}"
    assert "data" in door.ask(document, operationName="b")


def test_a_document_has_at_most_200_directives(door: Door) -> None:
    def document(count: int) -> str:
        fields = "description @include(if: true) " * count
        return "{ __schema { " + fields + "} }"

    assert "data" in door.ask(document(200))
    assert door.code(document(201)) == LIMIT


def nested(levels: int, of: Callable[[object], object]) -> object:
    value: object = 1
    for _ in range(levels):
        value = of(value)
    return value


@pytest.mark.parametrize("of", [lambda inner: [inner], lambda inner: {"a": inner}])
def test_variables_nest_at_most_20_deep(door: Door, of: Callable[[object], object]) -> None:
    query = "{ whoami }"
    assert "data" in door.ask(query, {"of": nested(20, of)})
    assert door.code(query, {"of": nested(21, of)}) == "BAD_USER_INPUT"
    assert door.code(query, {"of": nested(500, of)}) == "BAD_USER_INPUT"


@pytest.mark.parametrize("depth", [2_000, 100_000])
def test_variables_that_nest_beyond_any_reader_are_bad_input(door: Door, depth: int) -> None:
    body = '{"query": "{ whoami }", "variables": {"a": ' + "[" * depth + "]" * depth + "}}"
    told = door.send(body).json()
    assert told["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_a_list_of_requests_is_one_error(door: Door) -> None:
    answer = door.send(json.dumps([{"query": "{ whoami }"}] * 2))

    assert answer.status_code == 200
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "data" not in answer.json()


# ---------------------------------------------------------------- in no time, whatever is sent

ABUSE = {
    "100,000 fields": "{ " + "a " * 49_990 + "}",
    "10,000 tokens of braces": "{" * 9_999,
    "1 MiB of braces": "{" * ((1 << 20) - 100),
    "lists within lists": "{ whoami(a: " + "[" * 9_000 + "]" * 900 + ") }",
    "objects within objects": "{ whoami(a: " + "{a:" * 4_000 + ") }",
    "3,000 aliases": "{ " + " ".join(f"a{n}:whoami" for n in range(3_000)) + " }",
    "2,000 directives": "{ whoami " + "@skip(if:false)" * 1_600 + " }",
    "2,000 root fields": "{ " + "whoami " * 2_000 + "}",
    "quotes": "{ whoami(a: " + '"' * 90_000,
    "a text that never ends": '{ whoami(a: """' + '\\"""' * 20_000,
    "escapes that never end": '{ whoami(a: "' + "\\\\" * 45_000,
    "comments": "#\n" * 49_000 + "{ a:whoami " * 101,
    "spreads of spreads": "{ ...f0 } " + fragments(300, "NEXT NEXT", "whoami", "Query"),
    "fields of fields": "{ __schema { types { ...f0 } } } "
    + fragments(12, "a: ofType { NEXT } b: ofType { NEXT } c: ofType { NEXT }", "name"),
    "a circle": "{ ...f0 } " + fragments(1_000, "NEXT", "...f0", "Query"),
    "a circle through fields": "{ __schema { types { ...f0 } } } "
    + fragments(5, "ofType { NEXT }", "ofType { ...f0 }"),
    "a long chain": "{ __schema { types { ...f0 } } } " + fragments(800, "ofType { NEXT }", "name"),
    "inline fragments": "{ " + "... { " * 900 + "whoami" + " }" * 901,
}


@pytest.mark.parametrize("what", ABUSE)
def test_abuse_is_refused_in_less_than_100_ms(door: Door, what: str) -> None:
    # Of this thread's own time, whatever else the machine is at; and not the very first one.
    assert any(seconds_to_refuse(door, ABUSE[what]) < 0.1 for _ in range(3))


def seconds_to_refuse(door: Door, query: str) -> float:
    body = json.dumps({"query": query})
    began = time.thread_time()
    answer = door.send(body)
    took = time.thread_time() - began
    assert answer.status_code == 200
    assert answer.json().keys() == {"errors"}
    return took


@pytest.mark.parametrize(
    "selection",
    [
        "__schema { queryType { " + "name " * 2_000 + "} }",
        "__schema { types { " + "fields { type { name } } " * 250 + "} }",
        "__schema { " + "... { description } " * 500 + "}",
    ],
)
def test_repetitions_cost_their_length_and_not_its_square(door: Door, selection: str) -> None:
    began = time.thread_time()
    door.data("{ " + selection + " }")
    assert time.thread_time() - began < 5


def test_fragments_cannot_multiply_a_document_without_end() -> None:
    three = "a: ofType { NEXT } b: ofType { NEXT } c: ofType { NEXT }"
    shape_of("{ __schema { types { ...f0 } } } " + fragments(7, three, "name"))
    with pytest.raises(Refused) as refusal:
        shape_of("{ __schema { types { ...f0 } } } " + fragments(10, three, "name"))
    assert str(FIELDS) in refusal.value.errors[0].message


@pytest.mark.parametrize(
    "variables",
    [
        {"of": [{}] * 201},
        {"of": [[[]] * 200] * 200},
        {f"v{n}": {} for n in range(20_001)},
        {"of": [[[[[[[[[[[]]]]]]]]]]] * 3_000},
        {"of": {f"m{n}": 1 for n in range(101)}},
    ],
)
def test_variables_hold_no_more_objects_than_any_input_takes(
    door: Door, variables: dict[str, object]
) -> None:
    assert door.code("{ whoami }", variables) == "BAD_USER_INPUT"


def test_variables_hold_all_that_inputs_take(door: Door) -> None:
    assert "data" in door.ask("{ whoami }", {"of": [{"altinn": {}}] * 200, "texts": ["a"] * 5000})
    assert "data" in door.ask("{ whoami }", {"text": '{["\\' * 30_000})


def test_a_long_document_is_told_which_fields_do_not_exist(door: Door) -> None:
    query = "{ __schema { " + " ".join(f"field{n}" for n in range(1500)) + " } }"
    errors = door.ask(query)["errors"]
    assert {error["extensions"]["code"] for error in errors} == {"VALIDATION_FAILED"}
    assert "'field0'" in errors[0]["message"]


def test_a_long_document_is_told_which_argument_does_not_exist(door: Door) -> None:
    members = " ".join(f"member{n}: 1" for n in range(1500))
    for arguments in (f"(nyBeskjed: {{ {members} }})", f"({members})"):
        (error,) = door.ask(f"mutation {{ nyBeskjed{arguments} {{ __typename }} }}")["errors"]
        assert "'member0'" in error["message"]
        assert error["extensions"] == {"code": "VALIDATION_FAILED"}
    query = (
        'query ($label: String = "a", $many: Int) { __type(name: "Sak") { name @skip(if: false) }'
        " mineNotifikasjoner(merkelapp: $label, first: $many) { __typename }" + "," * 8_000 + " }"
    )
    assert "data" in door.ask(query)


def test_a_long_document_is_told_its_first_error_alone(door: Door) -> None:
    wrong = "tekst: 1, " * 1500
    began = time.thread_time()
    told = door.ask(f"mutation {{ nyBeskjed(nyBeskjed: {{ {wrong} }}) {{ __typename }} }}")
    assert time.thread_time() - began < 5
    assert len(told["errors"]) == 2
    assert "Too many validation errors" in told["errors"][1]["message"]


def test_names_of_answers_are_not_taken_for_fields(door: Door) -> None:
    padding = "," * 8_000
    told = door.data("{ mine: whoami yours:" + padding + " whoami }")
    assert told.keys() == {"mine", "yours"}
    assert door.code("{ mine mine: whoami " + padding + " }") == "VALIDATION_FAILED"
    assert door.code("{ mine: whoami mine " + padding + " }") == "VALIDATION_FAILED"
    assert door.code("{ mine: yours " + padding + " }") == "VALIDATION_FAILED"


def test_all_pages_of_a_document_together_have_a_limit(door: Door) -> None:
    def pages(*sizes: object) -> str:
        fields = (
            f"p{number}: mineNotifikasjoner(first: {size}) {{ __typename }}"
            for number, size in enumerate(sizes)
        )
        return f"{{ {' '.join(fields)} }}"

    assert "data" in door.ask(pages(5_000, 5_000))
    assert door.error(pages(5_000, 5_001))["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert door.error(pages("null", 9_001))["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert door.error(pages(10_001))["extensions"]["code"] == "BAD_USER_INPUT"
