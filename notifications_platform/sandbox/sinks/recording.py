"""Writing down what came in, many messages a commit, before anyone is told it was taken."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import psycopg
import structlog

from notifications_platform.core import clock, connections
from notifications_platform.core.ids import uuid7
from notifications_platform.delivery.states import Channel

log = structlog.get_logger(__name__)

_GATHER_SECONDS = 0.005
_RETRY_SECONDS = 0.25
_PATIENCE_SECONDS = 8

# A repeated attempt whose first one did commit after all must not store anything twice.
_STORE = """
WITH stored AS (
    INSERT INTO sandbox_received (id, channel, recipient, sender, reference, content, at)
    SELECT * FROM unnest(%b::uuid[], %b::text[], %b::text[], %b::text[], %b::text[],
                         %b::bytea[], %b::timestamptz[])
    ON CONFLICT (id) DO NOTHING
    RETURNING id)
INSERT INTO sandbox_pending_report (reference, receiver, state, due_at)
SELECT report.* FROM unnest(%b::uuid[], %b::text[], %b::text[], %b::timestamptz[])
       AS report (reference, receiver, state, due_at)
  JOIN stored ON stored.id = report.reference
"""


class CannotStore(Exception):
    """The database did not take it for a while: the sender must come again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedReport:
    receiver: str
    state: str
    due_at: datetime


class _InOrder:
    """Ids that rise with every arrival, also within one millisecond."""

    def __init__(self) -> None:
        self._last = 0

    def __call__(self) -> UUID:
        self._last = max(uuid7().int, self._last + 1)
        return UUID(int=self._last)


_next_id = _InOrder()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One message for one recipient. `at` is business time, the reports' `due_at` real time."""

    channel: Channel
    recipient: str
    content: bytes
    sender: str = ""
    reports: Sequence[OwedReport] = ()
    id: UUID = field(default_factory=_next_id)
    at: datetime = field(default_factory=clock.now)


@dataclass(slots=True)
class _Batch:
    arrivals: Sequence[Arrival]
    stored: asyncio.Future[None]


class Recorder:
    """Group commit: while one statement runs, what arrives gathers for the next."""

    def __init__(self) -> None:
        self._waiting: list[_Batch] = []
        self._some = asyncio.Event()
        self._connection: psycopg.AsyncConnection | None = None

    def store(self, arrivals: Sequence[Arrival]) -> asyncio.Future[None]:
        """Done once all `arrivals` are committed; fails with CannotStore, then none is.

        A future cancelled before its commit began takes its arrivals with it.
        """
        batch = _Batch(arrivals, asyncio.get_running_loop().create_future())
        self._waiting.append(batch)
        self._some.set()
        return batch.stored

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                await self._some.wait()
                await asyncio.sleep(_GATHER_SECONDS)
                self._some.clear()
                batches = [batch for batch in self._waiting if not batch.stored.done()]
                self._waiting = []
                if batches:
                    await self._settle(batches)
        finally:
            await self._disconnect()

    async def _settle(self, batches: Sequence[_Batch]) -> None:
        stored = await self._store_patiently(
            [arrival for batch in batches for arrival in batch.arrivals]
        )
        for batch in batches:
            if batch.stored.done():
                continue
            if stored:
                batch.stored.set_result(None)
            else:
                batch.stored.set_exception(CannotStore())

    async def _store_patiently(self, arrivals: Sequence[Arrival]) -> bool:
        for _ in range(int(_PATIENCE_SECONDS / _RETRY_SECONDS)):
            try:
                await self._store(arrivals)
            except psycopg.Error as error:
                log.warning("sink.cannot_store", error=type(error).__name__)
                await self._disconnect()
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return True
        return False

    async def _store(self, arrivals: Sequence[Arrival]) -> None:
        if self._connection is None:
            parameters = connections.parameters("sinks")
            self._connection = await psycopg.AsyncConnection.connect(**parameters)
        await self._connection.execute(_STORE, _columns(arrivals))

    async def _disconnect(self) -> None:
        if self._connection is not None:
            await self._connection.close()
        self._connection = None


def _columns(arrivals: Sequence[Arrival]) -> list[list[object]]:
    owed = [(arrival.id, report) for arrival in arrivals for report in arrival.reports]
    return [
        [arrival.id for arrival in arrivals],
        [arrival.channel.value for arrival in arrivals],
        [arrival.recipient for arrival in arrivals],
        [arrival.sender for arrival in arrivals],
        [str(arrival.id) if arrival.channel == Channel.SMS else "" for arrival in arrivals],
        [arrival.content for arrival in arrivals],
        [arrival.at for arrival in arrivals],
        [identifier for identifier, _ in owed],
        [report.receiver for _, report in owed],
        [report.state for _, report in owed],
        [report.due_at for _, report in owed],
    ]
