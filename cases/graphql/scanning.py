"""A look at a document's tokens before anything is built of them: what answering it would cost.

One pass over the text and one over its fragments, both linear, whatever the document says. What
is no GraphQL is scanned as far as it goes: the parser says then what is wrong.
"""

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"(?P<ignored>(?>[\s,\ufeff]++|\#[^\n\r]*+)++)"
    r"|(?P<name>[_A-Za-z][_0-9A-Za-z]*+)"
    r'|(?P<string>"""(?>[^"\\]++|\\"""|\\|"(?!""))*+"""|"(?!"")(?>[^"\\\n\r]++|\\.)*+")'
    r"|(?P<number>-?[0-9][0-9.eE+-]*+)"
    r"|(?P<mark>\.\.\.|[!$&()\[\]{}:=|@])"
    r"|(?P<bad>.)",
    re.DOTALL,
)
_BEGINNINGS = frozenset({"query", "mutation", "subscription", "fragment"})
_TYPE_CONDITION = "... on"


@dataclass(slots=True)
class Definition:
    """An operation or a fragment: what it says itself, and which fragments it spreads.

    `depth` is that of its deepest field, `fields` counts all of them, `roots` those on the first
    level. A spread is a fragment's name and the depth of the fields that it stands among.
    """

    name: str = ""
    is_fragment: bool = False
    depth: int = 0
    fields: int = 0
    roots: int = 0
    spreads: list[tuple[str, int]] = field(default_factory=list)


@dataclass(slots=True)
class Shape:
    """`set_nesting` counts the selection sets within each other, `value_nesting` the lists and
    objects; `holds_values` says that there are texts or numbers in it, `comments` where blanks
    with comments among them are, `field_names` where a field of that name stands first, and
    `argument_names` an argument, or a member of an object that is written out. At `bad_at` stands
    what begins no token.
    """

    tokens: int = 0
    aliases: int = 0
    directives: int = 0
    set_nesting: int = 0
    value_nesting: int = 0
    holds_values: bool = False
    bad_at: int | None = None
    comments: list[tuple[int, int]] = field(default_factory=list)
    field_names: dict[str, int] = field(default_factory=dict)
    argument_names: dict[str, int] = field(default_factory=dict)
    definitions: list[Definition] = field(default_factory=list)


def scan(text: str, most_tokens: int, most_nesting: int) -> Shape:
    """Stops behind `most_tokens`, and within `most_nesting` sets or values, with one more than
    that in the shape.
    """
    shape = Shape()
    place = _Place(shape)
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "ignored":
            if "#" in match[0]:
                shape.comments.append(match.span())
            continue
        if kind == "bad":
            shape.bad_at = match.start()
            break
        shape.tokens += 1
        if shape.tokens > most_tokens:
            break
        if kind == "name":
            place.name(match[0], match.start())
        elif kind == "mark":
            place.mark(match[0])
            if place.nesting > most_nesting:
                break
        else:
            shape.holds_values = True
    return shape


class _Place:
    """Where in the document the next token stands."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._definition: Definition | None = None
        self._before = ""
        self._values = 0  # parentheses, lists and objects that are open
        self._sets: list[int] = []  # per open selection set, the level around it
        self._level = 0  # of the fields here; a fragment in a line of its own adds none
        self._last = (
            "",
            False,
        )  # the last field or alias, and whether it was the first of its name
        self._inner = ("", 0)  # the last name among values that is no variable's, and its place
        self._deepens = True  # whether a selection set that opens now belongs to a field

    @property
    def nesting(self) -> int:
        return max(len(self._sets), self._values)

    def name(self, text: str, at: int) -> None:
        before, self._before = self._before, text
        if self._values:
            self._inner = ("", 0) if before == "$" else (text, at)
            return
        if before == "@":
            return
        if not self._sets:
            self._head(text)
        elif before == "..." and text == "on":
            self._before = _TYPE_CONDITION
        elif before == "..." and self._definition:
            self._definition.spreads.append((text, self._level))
        elif before == ":":
            self._shape.field_names.setdefault(text, at)
        elif before != _TYPE_CONDITION:
            self._field(text, at)

    def mark(self, text: str) -> None:
        self._before = text
        if text in "([" or (text == "{" and self._values):
            self._values += 1
            self._shape.value_nesting = max(self._shape.value_nesting, self._values)
        elif text in ")]" or (text == "}" and self._values):
            self._values = max(0, self._values - 1)
        elif text == "{":
            self._open()
        elif text == "}":
            self._close()
        elif text == "@":
            self._shape.directives += 1
        elif text == "...":
            self._deepens = False
        elif text == ":" and self._values:
            name, at = self._inner
            self._shape.argument_names.setdefault(name, at)
        elif text == ":" and self._sets:
            self._alias()

    def _head(self, text: str) -> None:
        """What precedes the first brace: `query Any($of: Type) @these`, `fragment Name on Type`."""
        if self._definition is None:
            if text in _BEGINNINGS:
                self._define(is_fragment=text == "fragment")
        elif self._definition.is_fragment and not self._definition.name:
            self._definition.name = text

    def _define(self, *, is_fragment: bool) -> None:
        self._definition = Definition(is_fragment=is_fragment)
        self._shape.definitions.append(self._definition)

    def _alias(self) -> None:
        """The name before it is none of a field, unless there is such a field as well."""
        self._shape.aliases += 1
        name, is_new = self._last
        if is_new:
            self._shape.field_names.pop(name, None)

    def _field(self, name: str, at: int) -> None:
        self._deepens = True
        self._last = name, name not in self._shape.field_names
        self._shape.field_names.setdefault(name, at)
        if self._definition:
            self._definition.fields += 1
            self._definition.roots += self._level == 1
            self._definition.depth = max(self._definition.depth, self._level)

    def _open(self) -> None:
        if self._definition is None:
            self._define(is_fragment=False)
        deeper = self._deepens or not self._sets
        self._sets.append(self._level)
        self._level += deeper
        self._shape.set_nesting = max(self._shape.set_nesting, len(self._sets))

    def _close(self) -> None:
        if self._sets:
            self._level = self._sets.pop()
        if not self._sets:
            self._definition = None


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one operation, or of a fragment, with all fragments put in their places."""

    depth: int
    fields: int
    roots: int


class FragmentCycle(ValueError):
    """A fragment that spreads itself, over however many others."""


def costs(shape: Shape) -> list[Cost]:
    """Of each operation. Each fragment is looked at once, however often it is spread. Raises
    FragmentCycle.
    """
    fragments = {one.name: one for one in shape.definitions if one.is_fragment}
    known: dict[str, Cost] = {}
    for name in fragments:
        _settle(name, fragments, known)
    return [_cost(one, known) for one in shape.definitions if not one.is_fragment]


def _settle(name: str, fragments: dict[str, Definition], known: dict[str, Cost]) -> None:
    """The fragments that this one needs, then itself; without recursion, for chains are long."""
    if name in known:
        return
    path, on_path = [(name, iter(fragments[name].spreads))], {name}
    while path:
        current, spreads = path[-1]
        for needed, _level in spreads:
            if needed in on_path:
                raise FragmentCycle(needed)
            if needed in fragments and needed not in known:
                path.append((needed, iter(fragments[needed].spreads)))
                on_path.add(needed)
                break
        else:
            known[current] = _cost(fragments[current], known)
            on_path.remove(current)
            path.pop()


_NOTHING = Cost(0, 0, 0)


def _cost(definition: Definition, known: dict[str, Cost]) -> Cost:
    depth, fields, roots = definition.depth, definition.fields, definition.roots
    for name, level in definition.spreads:
        spread = known.get(name, _NOTHING)
        fields += spread.fields
        depth = max(depth, level - 1 + spread.depth)
        roots += spread.roots if level == 1 else 0
    return Cost(depth, fields, roots)
