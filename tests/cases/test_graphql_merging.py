"""Our rule on fields that answer under one name says what the library's says, at another cost."""

from random import Random

import pytest
from graphql import build_schema, parse, validate
from graphql.validation import OverlappingFieldsCanBeMergedRule
from hypothesis import given, settings
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
NAMES = ["pet", "named", "dog", "cat", "pets", "name", "other", "age", "best"]
# The library knows no type of __typename here, and so takes it beside anything.
LEAVES = ["name", "age", "age(of: 1)", "age(of: 2)"]
TYPES = ["Query", "Named", "Dog", "Cat", "Pet"]


def body(at: Random, leaves: list[str], depth: int = 0) -> str:
    """What may stand between two braces, sensible or not."""
    return " ".join(selection(at, leaves, depth) for _ in range(at.randint(1, 3)))


def selection(at: Random, leaves: list[str], depth: int) -> str:
    alias = at.choice(["", "", "x: ", "y: "])
    if depth > 3 or at.random() < 0.5:
        leaf = at.choice(leaves)
        return leaf if leaf.startswith("...") else alias + leaf
    if at.random() < 0.4:
        return f"... on {at.choice(TYPES)} {{ {body(at, leaves, depth + 1)} }}"
    return f"{alias}{at.choice(NAMES)} {{ {body(at, leaves, depth + 1)} }}"


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 1 << 60).map(Random))
def test_it_agrees_with_the_library(at: Random) -> None:
    on = [at.choice(TYPES) for _ in "ab"]
    document = parse(
        f"{{ {body(at, [*LEAVES, '...a', '...b'])} ...b }}"
        f" fragment b on {on[0]} {{ {body(at, [*LEAVES, '...a'])} ...a }}"
        f" fragment a on {on[1]} {{ {body(at, LEAVES)} }}"
    )

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
