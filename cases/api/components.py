"""The schema's types as JSON Schema, for the served OpenAPI document: what a body holds and an
answer looks like is said once, in the SDL file (cases contract 13).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    is_required_input_field,
)
from graphql.utilities import value_from_ast_untyped

from cases.api.types import SCHEMA
from cases.parsing.parts import MOST_RECIPIENTS, MOST_VARSLER
from cases.parsing.texts import LONGEST_TEKST, LONGEST_TITTEL

JsonSchema = dict[str, Any]

_N = "[0-9]{1,10}"
_WALL = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
_SCALARS: Mapping[str, JsonSchema] = {
    "ID": {"type": "string"},
    "String": {"type": "string"},
    "Int": {"type": "integer", "format": "int32"},
    "Boolean": {"type": "boolean"},
    "ISO8601DateTime": {"type": "string", "pattern": rf"^{_WALL}(Z|[+-][0-9]{{2}}:[0-9]{{2}})$"},
    "ISO8601LocalDateTime": {"type": "string", "pattern": f"^{_WALL}$"},
    "ISO8601Date": {"type": "string", "format": "date"},
    "ISO8601Duration": {
        "type": "string",
        "pattern": rf"^P({_N}Y)?({_N}M)?({_N}W)?({_N}D)?(T({_N}H)?({_N}M)?({_N}(\.[0-9]+)?S)?)?$",
    },
}
_ONE_OF = frozenset(
    {
        *("MottakerInput", "EksterntVarselInput", "PaaminnelseEksterntVarselInput"),
        *("SendetidspunktInput", "PaaminnelseTidspunktInput", "FutureTemporalInput"),
        *("SmsMottakerInput", "EpostMottakerInput"),
    }
)
# What the types cannot say, by the member's name, or by its type's and its own.
_RULES: Mapping[str, JsonSchema] = {
    "tekst": {"maxLength": LONGEST_TEKST},
    "nyTekst": {"maxLength": LONGEST_TEKST},
    "tilleggsinformasjon": {"maxLength": LONGEST_TITTEL},
    "mottakere": {"maxItems": MOST_RECIPIENTS},
    "NySakBody.mottakere": {"minItems": 1, "maxItems": MOST_RECIPIENTS},
    "NyKalenderavtaleBody.mottakere": {"minItems": 1, "maxItems": MOST_RECIPIENTS},
    "eksterneVarsler": {"maxItems": MOST_VARSLER},
    "NySakBody.tittel": {"maxLength": LONGEST_TITTEL},
    "EksterntVarselAltinntjenesteInput.tittel": {"pattern": r"^[^\r\n]*$"},
    "PaaminnelseEksterntVarselAltinntjenesteInput.tittel": {"pattern": r"^[^\r\n]*$"},
    "tlf": {"pattern": r"^(\+47|0047)?[49][0-9]{7}$"},
    "epostTittel": {"pattern": r"^[^\r\n]*$"},
}
_PROBLEM: JsonSchema = {
    "type": "object",
    "description": "A refusal: problem details of RFC 9457 in the dialect of cases.",
    "properties": {
        "type": {"type": "string", "description": "`urn:problem:cases:…` for a refusal of cases."},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "The path that was called."},
        "correlationId": {"type": "string"},
        "traceId": {"type": "string", "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"},
        "idTilEksisterende": {
            "type": "string",
            "format": "uuid",
            "description": "Of a duplicate: the item that has the coordinate already.",
        },
        "errors": {
            "type": "array",
            "description": "Of `ugyldig-input`: each broken rule and where.",
            "items": {
                "type": "object",
                "properties": {
                    "path": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
                "required": ["path", "code", "detail"],
            },
        },
    },
    "required": ["type", "title", "status", "instance", "correlationId", "traceId"],
}
_APP: JsonSchema = {
    "type": "object",
    "properties": {"appName": {"type": "string"}},
    "required": ["appName"],
}
_used: dict[str, GraphQLInputObjectType] = {}


def ref(name: str) -> JsonSchema:
    return {"$ref": f"#/components/schemas/{name}"}


def body_ref(declared: GraphQLInputObjectType) -> JsonSchema:
    """Also of input objects that are made for a route, not named in the SDL file."""
    _used[declared.name] = declared
    return ref(declared.name)


def with_types(result: dict[str, Any], **_hook: Any) -> dict[str, Any]:
    """Postprocessing hook of drf-spectacular: every component that a route of cases leads to."""
    wanted = sorted({name for path in result["paths"].values() for name in _refs(path)})
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    while wanted:
        name = wanted.pop()
        if name not in schemas and (component := _component(name)):
            schemas[name] = component
            wanted += _refs(component)
    result["components"]["schemas"] = dict(sorted(schemas.items()))
    return result


def _refs(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if isinstance(target := node.get("$ref"), str) and "/schemas/" in target:
            yield target.rpartition("/")[2]
        for member in node.values():
            yield from _refs(member)
    elif isinstance(node, list):
        for member in node:
            yield from _refs(member)


def _component(name: str) -> JsonSchema | None:
    if name in ("CasesProblem", "WhoamiApp"):
        return {"CasesProblem": _PROBLEM, "WhoamiApp": _APP}[name]
    declared = _used.get(name) or SCHEMA.type_map.get(name)
    match declared:
        case GraphQLInputObjectType():
            return _input(declared)
        case GraphQLObjectType():
            return _output(declared)
        case GraphQLUnionType():
            members = [ref(member.name) for member in declared.types]
            return {"oneOf": members, "discriminator": {"propertyName": "type"}}
        case GraphQLEnumType():
            return {"type": "string", "enum": list(declared.values)}
    return None


def _input(declared: GraphQLInputObjectType) -> JsonSchema:
    if declared.name in _ONE_OF:
        each = [_with_only(name, declared) for name in declared.fields]
        return {"description": "Exactly one member is given, or not null.", "oneOf": each}
    schema: JsonSchema = {
        "type": "object",
        "properties": {
            name: _member(f"{declared.name}.{name}", field)
            for name, field in declared.fields.items()
        },
        "additionalProperties": False,
    }
    required = [name for name, one in declared.fields.items() if is_required_input_field(one)]
    if required:
        schema["required"] = required
    if "mottaker" in declared.fields and "mottakere" in declared.fields:
        one, several = {"mottaker": ref("MottakerInput")}, {"mottakere": {"minItems": 1}}
        schema["anyOf"] = [
            {"properties": needed, "required": list(needed)} for needed in (one, several)
        ]
    return schema


def _with_only(name: str, declared: GraphQLInputObjectType) -> JsonSchema:
    """The object in which this member is the one that is given."""
    others: JsonSchema = {other: {"type": "null"} for other in declared.fields if other != name}
    return {
        "type": "object",
        "properties": {name: _required(declared.fields[name].type), **others},
        "required": [name],
        "additionalProperties": False,
    }


def _member(place: str, field: GraphQLInputField) -> JsonSchema:
    rules = _RULES.get(place) or _RULES.get(place.partition(".")[2], {})
    schema = _of(field.type) | rules
    if field.default is not None and field.default.literal is not None:
        schema["default"] = value_from_ast_untyped(field.default.literal)
    return schema | ({"description": field.description} if field.description else {})


def _output(declared: GraphQLObjectType) -> JsonSchema:
    properties = {name: _of(field.type) for name, field in declared.fields.items()}
    if any(declared.name in _names(union) for union in ("Mottaker", "Notifikasjon")):
        properties = {"type": {"const": declared.name}, **properties}
    return {"type": "object", "properties": properties, "required": list(properties)}


def _names(union: str) -> set[str]:
    declared = SCHEMA.type_map[union]
    return {one.name for one in declared.types} if isinstance(declared, GraphQLUnionType) else set()


def _of(declared: Any) -> JsonSchema:
    if isinstance(declared, GraphQLNonNull):
        return _required(declared.of_type)
    required = _required(declared)
    if "type" in required:
        return {**required, "type": [required["type"], "null"]}
    return {"oneOf": [required, {"type": "null"}]}


def _required(declared: Any) -> JsonSchema:
    if isinstance(declared, GraphQLList):
        return {"type": "array", "items": _of(declared.of_type)}
    return dict(_SCALARS.get(declared.name) or ref(declared.name))
