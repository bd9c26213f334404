"""Whether fields that answer under one name can be merged (GraphQL specification 5.3.2).

The rule that comes with the library compares every pair, so that a document of repetitions
costs the square of its length. This one compares each field with its group, once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLError,
    GraphQLOutputType,
    GraphQLWrappingType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    print_ast,
)
from graphql.utilities import type_from_ast
from graphql.validation import ValidationContext, ValidationRule


@dataclass(frozen=True, slots=True)
class _Field:
    node: FieldNode
    parent: GraphQLCompositeType | None
    type: GraphQLOutputType | None

    @property
    def key(self) -> str:
        return (self.node.alias or self.node.name).value

    @property
    def inner(self) -> GraphQLCompositeType | None:
        named = get_named_type(self.type) if self.type else None
        return named if is_composite_type(named) else None


class FieldsMergeRule(ValidationRule):
    """In place of OverlappingFieldsCanBeMergedRule. Fragments must not form circles, which the
    limits see to before.
    """

    context: ValidationContext

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._told: set[str] = set()

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        self._check([(self.context.get_type(), node.selection_set)], shapes_only=False)

    def _check(
        self,
        sets: Iterable[tuple[Any, SelectionSetNode]],
        *,
        shapes_only: bool,
    ) -> None:
        """`shapes_only`: the sets belong to objects of which an answer holds only one."""
        for group in self._groups(sets):
            if len(group) > 1 and not self._have_one_shape(group):
                self._tell(group, "they return different kinds of values")
                continue
            if shapes_only:
                self._check(_sets_of(group), shapes_only=True)
                continue
            parts = _that_can_meet(group)
            if len(parts) > 1:
                self._check(_sets_of(group), shapes_only=True)
            for part in parts:
                if len(part) > 1 and not _ask_the_same(part):
                    self._tell(part, "they are different fields, or have different arguments")
                else:
                    self._check(_sets_of(part), shapes_only=False)

    def _groups(self, sets: Iterable[tuple[Any, SelectionSetNode]]) -> list[list[_Field]]:
        """The fields of these sets with all fragments in their places, by the answer's names."""
        groups: dict[str, list[_Field]] = {}
        waiting, seen = list(sets), set()
        while waiting:
            parent, selected = waiting.pop()
            for selection in selected.selections:
                if isinstance(selection, FieldNode):
                    field = self._field(parent, selection)
                    groups.setdefault(field.key, []).append(field)
                elif isinstance(selection, InlineFragmentNode):
                    waiting.append((self._condition(selection, parent), selection.selection_set))
                elif isinstance(selection, FragmentSpreadNode):
                    fragment = self.context.get_fragment(selection.name.value)
                    if fragment and fragment.name.value not in seen:
                        seen.add(fragment.name.value)
                        inner = self._condition(fragment, parent)
                        waiting.append((inner, fragment.selection_set))
        return list(groups.values())

    def _field(self, parent: Any, node: FieldNode) -> _Field:
        definition = self.context.schema.get_field(parent, node.name.value) if parent else None
        return _Field(node, parent, definition.type if definition else None)

    def _condition(self, node: InlineFragmentNode | FragmentDefinitionNode, parent: Any) -> Any:
        if node.type_condition is None:
            return parent
        named = type_from_ast(self.context.schema, node.type_condition)
        return named if is_composite_type(named) else None

    def _have_one_shape(self, group: list[_Field]) -> bool:
        types = [field.type for field in group if field.type is not None]
        return all(_same_shape(types[0], other) for other in types[1:])

    def _tell(self, group: list[_Field], why: str) -> None:
        key = group[0].key
        if key not in self._told:
            self._told.add(key)
            message = f"Fields named '{key}' conflict: {why}. Give them different aliases."
            self.report_error(GraphQLError(message, [field.node for field in group[:2]]))


def _sets_of(group: list[_Field]) -> list[tuple[Any, SelectionSetNode]]:
    return [(field.inner, field.node.selection_set) for field in group if field.node.selection_set]


def _that_can_meet(group: list[_Field]) -> list[list[_Field]]:
    """Fields of one object type meet; those of a union, an interface or nobody knows what meet
    all others.
    """
    anywhere = [field for field in group if not is_object_type(field.parent)]
    by_type: dict[str, list[_Field]] = {}
    for field in group:
        if is_object_type(field.parent):
            by_type.setdefault(field.parent.name, []).append(field)
    return [anywhere + fields for fields in by_type.values()] or [anywhere]


def _ask_the_same(part: list[_Field]) -> bool:
    first = _asked(part[0].node)
    return all(_asked(field.node) == first for field in part[1:])


def _asked(node: FieldNode) -> tuple[str, tuple[str, ...]]:
    arguments = (f"{one.name.value}:{print_ast(one.value)}" for one in node.arguments or ())
    return node.name.value, tuple(sorted(arguments))


def _same_shape(one: GraphQLOutputType, other: GraphQLOutputType) -> bool:
    while True:
        if is_non_null_type(one) != is_non_null_type(other):
            return False
        if is_list_type(one) != is_list_type(other):
            return False
        if isinstance(one, GraphQLWrappingType) and isinstance(other, GraphQLWrappingType):
            one, other = one.of_type, other.of_type
        elif is_leaf_type(one) or is_leaf_type(other):
            return one is other
        else:
            return True
