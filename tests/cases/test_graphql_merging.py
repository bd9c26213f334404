"""Our rule on fields that answer under one name says what the library's says, at another cost."""

import pytest
from graphql import build_schema, parse, validate
from graphql.validation import NoFragmentCyclesRule, OverlappingFieldsCanBeMergedRule
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cases.graphql.merging import FieldsMergeRule

SCHEMA = build_schema(
    """
    interface Named { name: String!, other: Named }
    type Dog implements Named { name: String!, other: Named, age(of: Int): Int, best: Dog! }
    type Cat implements Named { name: String!, other: Named, age(of: Int): String, best: [Cat!] }
    union Pet = Dog | Cat
    type Query { pet: Pet, named: Named, dog: Dog!, cat: Cat, pets: [Pet!]! }
    """
)
NAMES = ["pet", "named", "dog", "cat", "pets", "name", "other", "age", "best", "__typename"]
LEAVES = ["name", "age", "age(of: 1)", "age(of: 2)", "__typename", "...a", "...b"]
ALIASES = st.sampled_from(["", "", "x: ", "y: "])
TYPES = st.sampled_from(["Query", "Named", "Dog", "Cat", "Pet"])


def selections(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, min_size=1, max_size=4).map(" ".join)
    fields = st.builds("{}{} {{ {} }}".format, ALIASES, st.sampled_from(NAMES[:9]), body)
    return fields | st.builds("... on {} {{ {} }}".format, TYPES, body)


LEAF = st.builds(
    lambda alias, leaf: (alias if leaf[0] != "." else "") + leaf, ALIASES, st.sampled_from(LEAVES)
)
SELECTION = st.recursive(LEAF, selections, max_leaves=14)
BODY = st.lists(SELECTION, min_size=1, max_size=5).map(" ".join)


@settings(max_examples=200, deadline=None)
@given(BODY, BODY, BODY, TYPES, TYPES)
def test_it_agrees_with_the_library(
    query: str, first: str, second: str, first_on: str, second_on: str
) -> None:
    document = parse(
        f"{{ {query} ...a ...b }} fragment a on {first_on} {{ {first} }}"
        f" fragment b on {second_on} {{ {second} }}"
    )
    # The limits refuse circles before any rule is asked, another rule what nobody spreads.
    assume(not validate(SCHEMA, document, [NoFragmentCyclesRule]))

    theirs = validate(SCHEMA, document, [OverlappingFieldsCanBeMergedRule])
    ours = validate(SCHEMA, document, [FieldsMergeRule])

    assert bool(ours) == bool(theirs), (ours, theirs)


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("{ dog { name name } dog { name } }", None),
        ("{ x: dog { name } x: cat { name } }", "x"),
        ("{ dog { age(of: 1) age(of: 2) } }", "age"),
        ("{ dog { age(of: 1) } dog { age } }", "age"),
        ("{ pet { ... on Dog { x: name } ... on Cat { x: age } } }", "x"),
        ("{ pet { ... on Dog { x: name } ... on Cat { x: name } } }", None),
        ("{ pet { ... on Dog { x: best { name } } ... on Cat { x: best { name } } } }", "x"),
        ("{ named { name ... on Dog { name: __typename } } }", "name"),
    ],
)
def test_what_conflicts_is_named(query: str, key: str | None) -> None:
    errors = validate(SCHEMA, parse(query), [FieldsMergeRule])
    assert [f"'{key}'" in error.message for error in errors] == ([True] if key else [])
