"""What cancelling and resending answer (enrollment contract 4.2, 4.3, 7)."""

from collections.abc import Sequence

from enrollment.acting import Done
from enrollment.api import links
from enrollment.api.presenting import Body, without_blanks
from enrollment.models import BulkOperation
from enrollment.requests.selections import ID, LIST
from enrollment.results import Code, ResultMessage, result
from enrollment.states import Kind, Status

_COUNTS = {Kind.CANCEL: "cancelledCount", Kind.RESEND: "resentCount"}
_BECOME = {Kind.CANCEL: Status.CANCELLED, Kind.RESEND: Status.READY}
_NOT_USED = ResultMessage(
    Code.IDS_NOT_USED, "All failed notifications are meant: the listed ones were not used."
)


def many(kind: Kind, done: Done) -> Body:
    """Of a list. `result` is F where it was lenient in vain."""
    return {
        "resultMessages": result(done.refused, succeeded=bool(done.ids)),
        _COUNTS[kind]: len(done.ids),
        LIST: [{ID: str(id), "status": _BECOME[kind].value} for id in done.ids],
    }


def all_failed(kind: Kind, operation: BulkOperation, *, listed: bool) -> Body:
    """`listed`: ids came together with the flag."""
    return {
        **succeeded(listed=listed),
        _COUNTS[kind]: operation.changed_count,
        "bulkOperationId": str(operation.pk),
    }


def begun(operation: BulkOperation, *, listed: bool) -> Body:
    """Nothing is counted yet: workers carry it out."""
    return {**succeeded(listed=listed), "bulkOperationId": str(operation.pk)}


def rehearsed(count: int, *, listed: bool = False, refused: Sequence[ResultMessage] = ()) -> Body:
    body = {"resultMessages": result(refused, succeeded=True)} if refused else succeeded(listed)
    return {**body, "matchedCount": count, "dryRun": True}


def succeeded(listed: bool) -> Body:
    return {"resultMessages": result([_NOT_USED] if listed else [], succeeded=True)}


def bulk_operation(one: BulkOperation) -> Body:
    return without_blanks(
        {
            "id": str(one.pk),
            "kind": one.kind,
            "state": one.state,
            _COUNTS[Kind(one.kind)]: one.changed_count,
            "actor": one.actor,
            "source": one.source,
            "q": one.filter,
            "reason": one.reason,
            "startDate": one.started_at,
            "endDate": one.ended_at,
            "links": [links.link("self", bulk_address(one))],
        }
    )


def bulk_address(one: BulkOperation) -> str:
    return links.address(f"bulkoperations/{one.pk}")
