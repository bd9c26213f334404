"""Loaders of the register lists that `cases` holds (runtime contract 4)."""

from collections.abc import Hashable, Iterable, Sequence

from django.db.models import Count

from cases.models import AppName, NearestLeader, Producer
from notifications_platform.registers.loading import Loader
from notifications_platform.registers.lookup import plain_resource_id
from notifications_platform.registers.records import Record
from notifications_platform.registers.storing import Counts, Row, replace_parts, upsert

_LEADER_KEY = ["leader", "employee", "organization_number"]
# As wide as what keeps these names: items, messages and the trail.
_LONGEST_NAME = 200
_APP_NAME: Row = {"producer_id": "", "name": ""}


def _read_producer(record: Record) -> Row:
    client_id = record.text("clientId", most=_LONGEST_NAME)
    further = record.texts("appNames", most=_LONGEST_NAME)
    return {
        "client_id": client_id,
        "name": record.text("name"),
        "merkelapper": record.texts("merkelapper", required=True),
        "mottakere": [_read_mottaker(part) for part in record.parts("mottakere", required=True)],
        "app_names": list(dict.fromkeys([client_id, *further])),
    }


def _read_mottaker(part: Record) -> Row:
    """One of three forms: a service with its edition, a resource, the nearest leader."""
    by_service = part.has("serviceCode") or part.has("serviceEdition")
    by_leader = part.flag("naermesteLeder")
    by_resource = part.has("ressursId")
    if [by_service, by_resource, by_leader].count(True) != 1:
        what = "must be one of serviceCode and serviceEdition, ressursId, naermesteLeder: true"
        part.refuse("ressursId", what)
    if by_service:
        return {
            "serviceCode": part.text("serviceCode", most=100),
            "serviceEdition": part.text("serviceEdition", most=100),
        }
    if by_leader:
        return {"naermesteLeder": True}
    return {"ressursId": plain_resource_id(part.text("ressursId", required=by_resource))}


def _producer_keys(row: Row) -> Iterable[tuple[str, Hashable]]:
    names = row["app_names"]
    for name in names if isinstance(names, list) else []:
        yield ("clientId" if name == row["client_id"] else "appNames"), name


def _store_producers(rows: Sequence[Row]) -> Counts:
    own = [{name: value for name, value in row.items() if name != "app_names"} for row in rows]
    stored = upsert(Producer, ["client_id"], own)
    clients = [row["client_id"] for row in rows]
    names = [{"producer_id": client, "name": name} for client, name in _app_names(rows)]
    changed = replace_parts(AppName, "producer_id", clients, names, like=_APP_NAME)
    return stored.with_changed_parts(changed).counts


def _app_names(rows: Sequence[Row]) -> Iterable[tuple[object, object]]:
    for row in rows:
        names = row["app_names"]
        for name in names if isinstance(names, list) else []:
            yield row["client_id"], name


def _names_of_several() -> Iterable[str]:
    shared = AppName.objects.values("name").annotate(times=Count("pk")).filter(times__gt=1)
    for name in shared.order_by("name").values_list("name", flat=True)[:10]:
        yield f"would leave the app name {name} with two stored producers; it may have one"


def _read_leader(record: Record) -> Row:
    return {
        "leader": record.national_identity_number("leader"),
        "employee": record.national_identity_number("employee"),
        "organization_number": record.organization_number("organizationNumber"),
        "end_date": record.day("endDate"),
    }


def _leader_keys(row: Row) -> Iterable[tuple[str, Hashable]]:
    yield "", tuple(row[name] for name in _LEADER_KEY)


def _store_leaders(rows: Sequence[Row]) -> Counts:
    return upsert(NearestLeader, _LEADER_KEY, rows).counts


PRODUCERS = Loader(
    read=_read_producer, keys=_producer_keys, store=_store_producers, clashes=_names_of_several
)
NEAREST_LEADERS = Loader(read=_read_leader, keys=_leader_keys, store=_store_leaders)
