"""GraphQL documents as producers write them: every argument a variable, every member of the
answer with all its fields, shared parts as fragments. Made of the SDL, so that none is forgotten.
"""

from functools import cache

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
)

from cases.schema.executable import SDL

# What producers keep in a fragment, since several of their documents show it.
_FRAGMENTS = {"Beskjed", "Oppgave", "Kalenderavtale", "NyEksterntVarselResultat"}


@cache
def schema() -> GraphQLSchema:
    return build_schema(SDL)


def queries() -> list[str]:
    return list(_fields("Query"))


def mutations() -> list[str]:
    return list(_fields("Mutation"))


@cache
def document(field: str, *, typename: bool = False) -> str:
    """The whole document of a root field; with `typename` the answer names its member."""
    keyword = "query" if field in _fields("Query") else "mutation"
    root = _fields("Query" if keyword == "query" else "Mutation")[field]
    used: dict[str, None] = {}
    selection = _selection(get_named_type(root.type), used, typename=typename)
    operation = (
        f"{keyword} {field}{_declared(root.args)} {{ {field}{_passed(root.args)}{selection} }}"
    )
    return "\n".join([operation, *_fragments(used)])


def _fields(name: str) -> dict[str, GraphQLField]:
    kind = schema().type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    fields: dict[str, GraphQLField] = kind.fields
    return fields


def _declared(arguments: dict[str, GraphQLArgument]) -> str:
    each = ", ".join(f"${name}: {argument.type}" for name, argument in arguments.items())
    return f"({each})" if each else ""


def _passed(arguments: dict[str, GraphQLArgument]) -> str:
    each = ", ".join(f"{name}: ${name}" for name in arguments)
    return f"({each})" if each else ""


def _selection(
    kind: GraphQLNamedType, used: dict[str, None], *, typename: bool = False, whole: bool = False
) -> str:
    """`whole`: of a fragment itself, which does not call on itself."""
    if kind.name in _FRAGMENTS and not whole:
        used[kind.name] = None
        return f" {{ ...{kind.name}Fragment }}"
    if isinstance(kind, GraphQLUnionType):
        members = [f"... on {one.name}{_selection(one, used)}" for one in kind.types]
        return f" {{ {'__typename ' if typename else ''}{' '.join(members)} }}"
    if isinstance(kind, GraphQLObjectType):
        fields = [
            name + _selection(get_named_type(field.type), used)
            for name, field in kind.fields.items()
        ]
        return f" {{ {' '.join(fields)} }}"
    return ""


def _fragments(used: dict[str, None]) -> list[str]:
    done: dict[str, str] = {}
    while missing := [name for name in used if name not in done]:
        for name in missing:
            text = _selection(schema().type_map[name], used, whole=True)
            done[name] = f"fragment {name}Fragment on {name}{text}"
    return list(done.values())
