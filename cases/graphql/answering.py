"""One request, answered. Whatever comes of it is `data` and `errors` (cases contract 2); only a
failure that passes, such as a database that is away, is raised.
"""

import traceback
from collections.abc import Sequence
from typing import Any

import structlog
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    OperationDefinitionNode,
)
from graphql.execution import (
    ExecutionResult,
    Executor,
    default_field_resolver,
    default_type_resolver,
    execute_sync,
    get_argument_values,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.execute import assume_not_async_iterable, assume_not_awaitable

from cases.errors import UgyldigInput
from cases.graphql.documents import Documents
from cases.graphql.presenting import shown
from cases.graphql.refusals import Code, Refused
from cases.graphql.requests import GraphQLRequest, read_request
from cases.graphql.resolvers import MUTATIONS, QUERIES, Asking, resolver
from cases.graphql.variables import Variables
from cases.parsing.forms import DEFAULT_PAGE
from cases.producers import Kaller
from cases.schema.executable import make_schema
from notifications_platform.core.passing import database_is_away

log = structlog.get_logger(__name__)

Answer = dict[str, Any]

SCHEMA = make_schema(
    {name: resolver(call) for name, call in QUERIES.items()},
    {name: resolver(call) for name, call in MUTATIONS.items()},
)
DOCUMENTS = Documents(SCHEMA)
VARIABLES = Variables(SCHEMA)
# What one page may have, for all pages of a document together.
MOST_PAGED = 10_000


def answer(body: bytes, kaller: Kaller) -> Answer:
    """Raises what a retry may mend: OperationalError, InterfaceError, MemoryError."""
    try:
        return _execute(read_request(body), kaller)
    except Refused as refusal:
        log.info("graphql.refused", code=refusal.code, errors=len(refusal.errors))
        return {"errors": [shown(error, refusal.code) for error in refusal.errors]}
    except Exception as error:
        if _passes(error):
            raise
        _tell_staff(error)
        return {"errors": [shown(GraphQLError(""), Code.INTERNAL)]}


def _execute(request: GraphQLRequest, kaller: Kaller) -> Answer:
    asking = Asking(kaller)
    result = _result(request, asking)
    errors = [_shown(error) for error in result.errors or ()]
    codes = sorted({one["extensions"]["code"] for one in errors})
    # What a mutation has done, its event and the trail tell.
    if codes or MUTATIONS.keys().isdisjoint(asking.begun):
        log.info("graphql.answered", fields=asking.begun, codes=codes)
    told: Answer = {"errors": errors} if errors else {}
    # Without a path the request itself was refused: there is no data to speak of.
    if result.data is not None or any(error.path for error in result.errors or ()):
        told["data"] = result.data
    return told


def _result(request: GraphQLRequest, asking: Asking) -> ExecutionResult:
    document = DOCUMENTS.read(request.query)
    if ready := _ready(document, request, asking):
        result = ready.execute_operation()
        assert isinstance(result, ExecutionResult)  # noqa: S101 (no resolver makes one wait)
        return result
    return execute_sync(
        SCHEMA,
        document,
        context_value=asking,
        variable_values=request.variables,
        operation_name=request.operation_name,
        executor_class=_Executor,
    )


def _ready(document: DocumentNode, request: GraphQLRequest, asking: Asking) -> "_Executor | None":
    """Of a document with one operation, whose variables are as they should be."""
    fragments = [one for one in document.definitions if isinstance(one, FragmentDefinitionNode)]
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if len(operations) != 1 or any(one.variable_definitions for one in fragments):
        return None
    (operation,) = operations
    named = operation.name.value if operation.name else None
    if request.operation_name is not None and request.operation_name != named:
        return None
    values = VARIABLES.read(operation, request.variables)
    if values is None:
        return None
    return _Executor(
        SCHEMA,
        {one.name.value: one for one in fragments},
        {one.name.value: FragmentDetails(one, None) for one in fragments},
        None,
        asking,
        operation,
        values,
        default_field_resolver,
        default_type_resolver,
        default_field_resolver,
        is_awaitable=assume_not_awaitable,
        is_async_iterable=assume_not_async_iterable,
    )


class _Executor(Executor[None]):
    """Input that the schema refuses ends the whole request, also where that is known only
    once variables have their values: nothing of it is done (cases contract 17).
    """

    def execute_collected_root_fields(
        self, root_type: GraphQLObjectType, root_value: Any, grouped_field_set: Any, *rest: Any
    ) -> Any:
        pages = [self._page(root_type, fields) for fields in grouped_field_set.values()]
        if len([page for page in pages if page]) > 1 and sum(pages) > MOST_PAGED:
            message = f"Too many notifikasjoner: at most {MOST_PAGED} in all are allowed."
            raise Refused(Code.LIMIT_EXCEEDED, message)
        return super().execute_collected_root_fields(
            root_type, root_value, grouped_field_set, *rest
        )

    def _page(self, root_type: GraphQLObjectType, fields: Sequence[Any]) -> int:
        """How many notifikasjoner the field asks for; 0 where that is not its business."""
        node = fields[0].node
        field = self.schema.get_field(root_type, node.name.value)
        given = get_argument_values(field, node, self.variable_values) if field else {}
        if node.name.value != "mineNotifikasjoner":
            return 0
        first = given.get("first")
        return max(0, DEFAULT_PAGE if first is None else first)


def _shown(error: GraphQLError) -> Answer:
    """Raises what a retry may mend."""
    cause = _cause(error)
    if cause and _passes(cause):
        raise cause
    if isinstance(cause, UgyldigInput):
        return shown(error, Code.BAD_USER_INPUT, cause.problems)
    # Without a path it was found before any field was resolved: variables, arguments, the name
    # of the operation. `Argument …` is what a directive further in lacks.
    if error.path is None or (cause is None and error.message.startswith("Argument '")):
        return shown(error, Code.BAD_USER_INPUT)
    _tell_staff(cause or error)
    return shown(error, Code.INTERNAL)


def _passes(error: Exception) -> bool:
    return isinstance(error, MemoryError) or database_is_away(error)


def _cause(error: GraphQLError) -> Exception | None:
    """What a resolver raised; None for an error that the library found itself."""
    cause: Exception | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _tell_staff(error: Exception) -> None:
    """Where it was raised, and what it is; its own text may quote what a producer sent."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-8:]]
    log.error("graphql.broke", error=type(error).__name__, where=where)
