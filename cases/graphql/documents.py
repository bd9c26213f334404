"""Documents, parsed and validated, and kept for the next call that sends the same one."""

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Collection
from itertools import chain
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    Source,
    TypeMetaFieldDef,
    parse,
    validate,
)
from graphql.validation import (
    ASTValidationRule,
    FieldsOnCorrectTypeRule,
    OverlappingFieldsCanBeMergedRule,
    specified_rules,
)

from cases.graphql.limits import shape_of
from cases.graphql.merging import FieldsMergeRule
from cases.graphql.refusals import Code, Refused
from cases.graphql.scanning import Shape

# A producer has a handful of documents, of at most two or three thousand characters each. A parsed
# one takes up to 500 bytes a character: all together stay below 100 MB.
CHARACTERS_KEPT = 200_000
LONGEST_KEPT = 8_000
_MOST_ERRORS = 20
# A value that is wrong is quoted by its error, and a long document has long ones.
_MOST_ERRORS_OF_LONG = 1
_NOT_A_LINES_END = re.compile(r"[^\n\r]")
_RULES = (
    *(rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule),
    FieldsMergeRule,
)


class Documents:
    """Safe for threads. What is kept is only read."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._field_names = _field_names(schema)
        self._argument_names = _argument_names(schema)
        self._kept: OrderedDict[bytes, DocumentNode] = OrderedDict()
        self._characters = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def read(self, text: str) -> DocumentNode:
        """Raises Refused: LIMIT_EXCEEDED, PARSE_FAILED or VALIDATION_FAILED."""
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        if known := self._find(key):
            return known
        shape = shape_of(text)
        if len(text) > LONGEST_KEPT:
            self._check_names(text, shape)
        document = self._parsed(_without_comments(text, shape))
        if len(text) <= LONGEST_KEPT and not shape.holds_values:
            # What is written into a document as a text or a number can be somebody's name, or
            # an eksternId. None of it may outlive a hard deletion (cases contract 11), so such a
            # document is parsed each time; neither the key nor the tree holds a comment.
            self._keep(key, document)
        return document

    def _find(self, key: bytes) -> DocumentNode | None:
        with self._lock:
            if document := self._kept.get(key):
                self._kept.move_to_end(key)
            return document

    def _keep(self, key: bytes, document: DocumentNode) -> None:
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = document
            self._characters += _length(document)
            while self._characters > CHARACTERS_KEPT:
                self._characters -= _length(self._kept.popitem(last=False)[1])

    def _check_names(self, text: str, shape: Shape) -> None:
        """A field or an argument of a name that no type knows is told before the document is
        parsed, which takes most of the time, if nobody writes such a length by hand.
        """
        for name, at in shape.field_names.items():
            if name not in self._field_names:
                raise _unknown(text, at, f"Cannot query field '{name}': no type has it.")
        for name, at in shape.argument_names.items():
            if name not in self._argument_names:
                raise _unknown(text, at, f"Unknown argument '{name}': nothing takes it.")

    def _parsed(self, text: str) -> DocumentNode:
        try:
            document = parse(text, allow_empty_selection_sets=False)
        except GraphQLError as error:
            raise Refused(Code.PARSE_FAILED, error) from None
        if len(text) > LONGEST_KEPT:
            # Rules about a whole operation look at all of it first. Fields that do not exist are
            # told without them, in a document of a length that nobody writes by hand.
            self._validate(document, [FieldsOnCorrectTypeRule])
        self._validate(document, _RULES)
        return document

    def _validate(self, document: DocumentNode, rules: Collection[type[ASTValidationRule]]) -> None:
        errors = validate(
            self._schema,
            document,
            rules,
            max_errors=_MOST_ERRORS_OF_LONG if _length(document) > LONGEST_KEPT else _MOST_ERRORS,
            allow_empty_selection_sets=False,
        )
        if errors:
            raise Refused(Code.VALIDATION_FAILED, *errors)


def _field_names(schema: GraphQLSchema) -> frozenset[str]:
    """Of all types, those of introspection included."""
    fields = (getattr(one, "fields", ()) for one in schema.type_map.values())
    return frozenset(chain(("__schema", "__type", "__typename"), *fields))


def _argument_names(schema: GraphQLSchema) -> frozenset[str]:
    """Of all fields and directives, and the members of input objects; empty where a scan finds a
    variable.
    """
    takers: list[Any] = [TypeMetaFieldDef, *schema.directives]
    names = {""}
    for one in schema.type_map.values():
        if isinstance(one, GraphQLInputObjectType):
            names |= one.fields.keys()
        elif isinstance(one, GraphQLObjectType):
            takers += one.fields.values()
    return frozenset(names.union(*(taker.args for taker in takers)))


def _unknown(text: str, at: int, message: str) -> Refused:
    error = GraphQLError(message, source=Source(text), positions=[at])
    return Refused(Code.VALIDATION_FAILED, error)


def _length(document: DocumentNode) -> int:
    return len(document.loc.source.body) if document.loc else 0


def _without_comments(text: str, shape: Shape) -> str:
    """With blanks in their place: everything else stands where it stood."""
    pieces, end = [], 0
    for start, stop in shape.comments:
        pieces += [text[end:start], _NOT_A_LINES_END.sub(" ", text[start:stop])]
        end = stop
    return "".join([*pieces, text[end:]])
