"""Loader of the register list that `enrollment` holds (runtime contract 4)."""

from collections.abc import Hashable, Iterable, Sequence

from enrollment.models import EnrollmentClient
from notifications_platform.registers.loading import Loader
from notifications_platform.registers.records import Record
from notifications_platform.registers.storing import Counts, Row, upsert


def _read(record: Record) -> Row:
    return {
        "client_id": record.text("clientId"),
        "name": record.text("name"),
        "grants": record.texts("grants"),
        "delivery_url": record.web_address("deliveryUrl"),
        "signing_secret": record.webhook_secret("signingSecret"),
    }


def _keys(row: Row) -> Iterable[tuple[str, Hashable]]:
    yield "clientId", row["client_id"]


def _store(rows: Sequence[Row]) -> Counts:
    return upsert(EnrollmentClient, ["client_id"], rows).counts


ENROLLMENT_CLIENTS = Loader(read=_read, keys=_keys, store=_store)
