"""What the served OpenAPI document says of the REST twin: one decorator for each row of its table.
Bodies, answers and refusals are those of the GraphQL field that does the same.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from graphql import GraphQLInputObjectType, GraphQLNonNull, GraphQLUnionType, get_named_type

from cases import results
from cases.api.calls import EKSTERN_ID, ELSEWHERE, GRUPPERINGSID, Coordinate
from cases.api.components import body_ref, ref
from cases.api.problems import MEMBERS, UAUTENTISERT, UGYLDIG_INPUT, UGYLDIG_JSON, URN
from cases.api.types import arguments_of, root_field
from notifications_platform.http.problem_shapes import MEDIA_TYPE
from notifications_platform.http.schema import Schema

View = TypeVar("View", bound=Callable[..., Any])
Said = dict[int, list[str]]

_ID = OpenApiParameter(
    "id",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="The item's id, a UUID. Any other text names nothing.",
)
_PARTS = {
    "merkelapp": "The item's label.",
    "grupperingsid": "The producer's case key.",
    "eksternId": "The producer's key of the notification.",
}
_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Stands for `idempotencyKey`: a repeat with the same key changes nothing.",
)
_LOCATION = OpenApiParameter(
    "Location",
    OpenApiTypes.URI,
    OpenApiParameter.HEADER,
    response=[201],
    required=True,
    description="The new item's own address.",
)
_LINK = OpenApiParameter(
    "Link",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    response=[200],
    description='`rel="next"`: the address of the next page, if there is one.',
)
# Readers of one kind answer as `hentNotifikasjon` does.
_OF_ONE_KIND = {
    "beskjeder": "hentBeskjed",
    "oppgaver": "hentOppgave",
    "kalenderavtaler": "hentKalenderavtale",
}

_BODY_IS_OPTIONAL = frozenset({"oppgaveUtfoert", "oppgaveUtgaatt"})


class TwinSchema(Schema):
    """Names operations as GraphQL does, after the way in which a route is addressed."""

    def get_override_parameters(self) -> list[Any]:
        if "{id}" in self.path:
            return [_ID]
        coordinate = _coordinate_in(self.path)
        return [_part(name) for name in coordinate.parts] if coordinate else []

    def get_operation(self, *route: Any, **more: Any) -> dict[str, Any] | None:
        operation = super().get_operation(*route, **more)
        if operation is None:
            return None
        field = operation["operationId"]
        if field in _BODY_IS_OPTIONAL:
            operation["requestBody"]["required"] = False
        operation["operationId"] = self._name(field)
        return operation

    def _is_list_view(self, _serializer: Any = None) -> bool:
        """A page is an object that has the list."""
        return False

    def _name(self, field: str) -> str:
        if field == "hentNotifikasjon":
            field = _OF_ONE_KIND.get(self.path.split("/")[4], field)
        coordinate = _coordinate_in(self.path)
        if coordinate is None:
            return field
        before = "Med" if field == "hentSak" else "By"
        return f"{field}{before}{coordinate.name}"


def _coordinate_in(path: str) -> Coordinate | None:
    found = (one for one in (GRUPPERINGSID, EKSTERN_ID) if f"/{one.segment}" in path)
    return next(found, None)


def _part(name: str) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.STR, required=True, description=_PARTS[name])


def _row(
    field: str,
    summary: str,
    answers: Mapping[int, tuple[dict[str, Any], str]],
    *,
    body: GraphQLInputObjectType | None = None,
    parameters: Iterable[OpenApiParameter] = (),
    **more: Any,
) -> Callable[[View], View]:
    said = _refusals(field)
    said[401].append(UAUTENTISERT[0])
    if field != "whoami":
        said[422].append(UGYLDIG_INPUT[0])
    if body:
        said[400].append(UGYLDIG_JSON[0])
    responses: dict[Any, Any] = {
        status: OpenApiResponse(schema, text) for status, (schema, text) in answers.items()
    }
    for status, words in sorted(said.items()):
        urns = ", ".join(f"`{URN}{word}`" for word in words)
        responses[status, MEDIA_TYPE] = _problem(f"Nothing was changed: {urns}.")
    if body:
        responses[413, MEDIA_TYPE] = _problem("The body is larger than 1 MiB.")
        responses[415, MEDIA_TYPE] = _problem("The media type is not application/json.")
    if field != "whoami":
        responses[503, MEDIA_TYPE] = _problem("Something needed cannot be reached just now.")
    more.setdefault("operation_id", field)
    more.setdefault("description", f"What the GraphQL field `{field}` does.")
    return extend_schema(
        tags=["Cases"],
        summary=summary,
        request={"application/json": body_ref(body)} if body else None,
        responses=responses,
        parameters=list(parameters),
        **more,
    )


def _refusals(field: str) -> Said:
    """The refusals of the field's result union, by status."""
    said: Said = defaultdict(list)
    union = get_named_type(root_field(field).type)
    members = union.types if isinstance(union, GraphQLUnionType) else ()
    for member in members:
        kind = getattr(results, member.name)
        if kind in MEMBERS:
            word, status, _ = MEMBERS[kind]
            said[status].append(word)
    return said


def _problem(text: str) -> OpenApiResponse:
    return OpenApiResponse(ref("CasesProblem"), text)


def _creating(field: str, summary: str, *, whole: bool = False) -> Callable[[View], View]:
    """`whole`: the body is the field's one argument."""
    arguments = arguments_of(field)
    body = arguments
    if whole:
        declared = arguments.fields[field].type
        inner = declared.of_type if isinstance(declared, GraphQLNonNull) else declared
        assert isinstance(inner, GraphQLInputObjectType)  # noqa: S101 (the SDL file says so)
        body = inner
    made = ref(f"{field[0].upper()}{field[1:]}Vellykket")
    answers = {201: (made, "It is stored."), 200: (made, "An equal call has stored it before.")}
    return _row(field, summary, answers, body=body, parameters=[_LOCATION])


def _changing(
    field: str, summary: str, *, keyed: bool = False, bodiless: bool = False, **more: Any
) -> Callable[[View], View]:
    """`keyed`: takes an Idempotency-Key."""
    done = ref(f"{field[0].upper()}{field[1:]}Vellykket")
    return _row(
        field,
        summary,
        {200: (done, "It is so now, or was so before.")},
        body=None if bodiless else arguments_of(field, ELSEWHERE),
        parameters=[_KEY] if keyed else [],
        **more,
    )


_STATUS_ADDED = ref("NyStatusSakVellykket")

whoami = _row("whoami", "The app name of the token", {200: (ref("WhoamiApp"), "The app name.")})
ny_sak = _creating("nySak", "Create a sak")
hent_sak = _row("hentSak", "Read a sak", {200: (ref("Sak"), "The sak.")})
ny_status_sak = _row(
    "nyStatusSak",
    "Add a status to a sak",
    {
        201: (_STATUS_ADDED, "It is stored; `id` is the status update's."),
        200: (_STATUS_ADDED, "A call with the same key has stored it before."),
    },
    body=arguments_of("nyStatusSak", ELSEWHERE),
    parameters=[_KEY],
)
neste_steg_sak = _changing("nesteStegSak", "Set or clear a sak's next step", keyed=True)
tilleggsinformasjon_sak = _changing(
    "tilleggsinformasjonSak", "Set or clear a sak's further information", keyed=True
)
soft_delete_sak = _changing("softDeleteSak", "Hide a sak from its recipients", bodiless=True)
hard_delete_sak = _changing(
    "hardDeleteSak", "Erase a sak and the notifications of its grupperingsid", bodiless=True
)
ny_beskjed = _creating("nyBeskjed", "Create a beskjed", whole=True)
ny_oppgave = _creating("nyOppgave", "Create an oppgave", whole=True)
ny_kalenderavtale = _creating("nyKalenderavtale", "Create a kalenderavtale")
oppdater_kalenderavtale = _changing("oppdaterKalenderavtale", "Change a kalenderavtale", keyed=True)
oppgave_utfoert = _changing("oppgaveUtfoert", "Set an oppgave to done")
oppgave_utgaatt = _changing("oppgaveUtgaatt", "Set an oppgave to expired")
oppgave_utsett_frist = _changing("oppgaveUtsettFrist", "Extend an oppgave's deadline")
oppgave_endre_paaminnelse = _changing(
    "oppgaveEndrePaaminnelse",
    "Set, replace or remove an oppgave's reminder",
    keyed=True,
    description="What the GraphQL field `oppgaveEndrePaaminnelse` does. The body may also be the"
    " reminder itself.",
)
oppgave_fjern_paaminnelse = _changing(
    "oppgaveEndrePaaminnelse",
    "Remove an oppgave's reminder",
    keyed=True,
    bodiless=True,
    operation_id="oppgaveFjernPaaminnelse",
)
mine_notifikasjoner = _row(
    "mineNotifikasjoner",
    "Read the producer's notifications, page by page",
    {200: (ref("NotifikasjonConnection"), "A page, oldest receipt first.")},
    parameters=[
        OpenApiParameter(
            "first",
            {"type": "integer", "minimum": 1, "maximum": 10000, "default": 1000},
            description="How many at most.",
        ),
        OpenApiParameter("after", OpenApiTypes.STR, description="The `endCursor` of a page."),
        OpenApiParameter(
            "merkelapp",
            OpenApiTypes.STR,
            many=True,
            description="Only under these labels; all of the producer's if left out.",
        ),
        OpenApiParameter("grupperingsid", OpenApiTypes.STR, description="Only with this case key."),
        _LINK,
    ],
)
hent_notifikasjon = _row(
    "hentNotifikasjon", "Read a notification", {200: (ref("Notifikasjon"), "The notification.")}
)
soft_delete_notifikasjon = _changing(
    "softDeleteNotifikasjon", "Hide a notification from its recipients", bodiless=True
)
hard_delete_notifikasjon = _changing(
    "hardDeleteNotifikasjon", "Erase a notification", bodiless=True
)
