"""From words to a tree: criteria joined by `and`, those joined by `or`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from enrollment.queries.errors import BadQuery
from enrollment.queries.properties import Property, Type, known
from enrollment.queries.tokens import Kind, Token, tokens
from enrollment.queries.values import Value, read_value

MOST_CRITERIA = 100
MOST_VALUES = 500
DEEPEST = 20


class Operator(StrEnum):
    EQ = "eq"
    NEQ = "neq"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    IN = "in"
    LIKE = "like"


@dataclass(frozen=True, slots=True)
class Criterion:
    """`values`: one, but for `in`."""

    property: Property
    operator: Operator
    values: Sequence[Value]


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: "Sequence[Node]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: "Sequence[Node]"


Node = Criterion | AllOf | AnyOf
_EQUALITY = frozenset({Operator.EQ, Operator.NEQ, Operator.IN})
_USABLE = {
    Type.NUMBER: frozenset(Operator) - {Operator.LIKE},
    Type.TRUTH: _EQUALITY,
    Type.TEXT: frozenset(Operator),
    Type.TIME: frozenset(Operator) - {Operator.LIKE},
}


def parse(text: str) -> Node:
    """Raises BadQuery, which names the first place that is wrong."""
    return _Parser(tokens(text)).whole()


class _Parser:
    """By recursive descent, one token ahead."""

    def __init__(self, words: Iterator[Token]) -> None:
        self._words = words
        self._next = next(words)
        self._criteria = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._any()
        if self._next.kind is not Kind.END:
            raise BadQuery("'.and.', '.or.' or the end is needed here", self._next.position)
        return node

    def _any(self) -> Node:
        parts = [self._all()]
        while self._next.kind is Kind.OR:
            self._take(Kind.OR)
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else AnyOf(parts)

    def _all(self) -> Node:
        parts = [self._criterion_or_group()]
        while self._next.kind is Kind.AND:
            self._take(Kind.AND)
            parts.append(self._criterion_or_group())
        return parts[0] if len(parts) == 1 else AllOf(parts)

    def _criterion_or_group(self) -> Node:
        if self._next.kind is not Kind.OPEN:
            return self._criterion()
        opened = self._take(Kind.OPEN)
        self._depth += 1
        if self._depth > DEEPEST:
            raise BadQuery(f"{DEEPEST} levels of parentheses at most", opened.position)
        node = self._any()
        self._take(Kind.CLOSE)
        self._depth -= 1
        return node

    def _criterion(self) -> Criterion:
        name = self._take(Kind.NAME)
        self._criteria += 1
        if self._criteria > MOST_CRITERIA:
            raise BadQuery(f"{MOST_CRITERIA} criteria at most", name.position)
        prop = known(name.text, name.position)
        self._take(Kind.DOT)
        operator = self._operator(prop)
        opened = self._take(Kind.OPEN)
        values = self._values(prop)
        if operator is not Operator.IN and len(values) != 1:
            raise BadQuery(f"{operator} takes one value", opened.position)
        self._take(Kind.CLOSE)
        return Criterion(prop, operator, values)

    def _operator(self, prop: Property) -> Operator:
        word = self._take(Kind.NAME)
        if word.text not in list(Operator):
            raise BadQuery(f"{word.text} is no operator", word.position)
        operator = Operator(word.text)
        if operator not in _USABLE[prop.type]:
            raise BadQuery(f"{prop.name} cannot be compared by {operator}", word.position)
        return operator

    def _values(self, prop: Property) -> Sequence[Value]:
        values = [self._value(prop)]
        while self._next.kind is Kind.COMMA:
            comma = self._take(Kind.COMMA)
            if len(values) == MOST_VALUES:
                raise BadQuery(f"{MOST_VALUES} values at most", comma.position)
            values.append(self._value(prop))
        return values

    def _value(self, prop: Property) -> Value:
        return read_value(self._advance(), prop)

    def _take(self, kind: Kind) -> Token:
        if self._next.kind is not kind:
            raise BadQuery(f"{kind.value} is needed here".capitalize(), self._next.position)
        return self._advance()

    def _advance(self) -> Token:
        taken = self._next
        self._next = next(self._words, taken)
        return taken
