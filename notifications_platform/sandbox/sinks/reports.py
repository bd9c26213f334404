"""Delivery reports: the SMS sink tells the platform what became of each message, as LINK
Mobility's gateway does (delivery contract 4). What it still owes outlives a restart.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import psycopg
import requests
import structlog

from notifications_platform.core import clock, connections
from notifications_platform.core.windows import OSLO

log = structlog.get_logger(__name__)

_PER_CALL = 500
_IDLE_SECONDS = 0.25
_LONGEST_REST_SECONDS = 10.0
_TIMEOUT_SECONDS = 10

_DUE = """
SELECT id, reference, receiver, state FROM sandbox_pending_report
 WHERE due_at <= %s ORDER BY due_at LIMIT %s
"""
_DONE = "DELETE FROM sandbox_pending_report WHERE id = ANY(%s)"

_Owed = tuple[int, UUID, str, str]


class Reporter:
    """Posts what is due to `url` with HTTP Basic, at least once, and again until it is taken."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.auth = (user, password)
        # A loopback call: no proxy of the environment has a part in it.
        self._session.trust_env = False
        self._connection: psycopg.AsyncConnection | None = None

    async def run(self) -> None:
        """Until cancelled."""
        rest = _IDLE_SECONDS
        try:
            while True:
                try:
                    taken = await self._report_due()
                    rest = 0 if taken == _PER_CALL else _IDLE_SECONDS
                except (psycopg.Error, requests.RequestException) as error:
                    log.warning("sink.cannot_report", error=type(error).__name__)
                    await self._disconnect()
                    rest = min(_LONGEST_REST_SECONDS, max(_IDLE_SECONDS, rest) * 2)
                await asyncio.sleep(rest)
        finally:
            await self._disconnect()
            self._session.close()

    async def _report_due(self) -> int:
        if self._connection is None:
            parameters = connections.parameters("sink reports")
            self._connection = await psycopg.AsyncConnection.connect(**parameters)
        cursor = await self._connection.execute(_DUE, [clock.real(), _PER_CALL])
        owed: Sequence[_Owed] = await cursor.fetchall()
        if owed:
            await asyncio.to_thread(self._post, written(owed, at=clock.now()))
            await self._connection.execute(_DONE, [[identifier for identifier, *_ in owed]])
        return len(owed)

    def _post(self, body: bytes) -> None:
        response = self._session.post(
            self._url,
            data=body,
            headers={"Content-Type": "application/xml"},
            timeout=_TIMEOUT_SECONDS,
            allow_redirects=False,
        )
        if response.status_code != 200:
            raise requests.HTTPError(f"answered {response.status_code}")

    async def _disconnect(self) -> None:
        if self._connection is not None:
            await self._connection.close()
        self._connection = None


def written(owed: Sequence[_Owed], *, at: datetime) -> bytes:
    """The XML of these reports; DELIVERYTIME is Norwegian wall time, as the gateway's is."""
    delivered = at.astimezone(OSLO).strftime("%Y.%m.%d %H:%M:%S")
    messages = "".join(
        f"<MSG><ID>{number}</ID><REF>{reference}</REF><RCV>{receiver}</RCV>"
        f"<STATE>{state}</STATE><DELIVERYTIME>{delivered}</DELIVERYTIME></MSG>"
        for number, (_, reference, receiver, state) in enumerate(owed, start=1)
    )
    return f'<?xml version="1.0"?><MSGLST>{messages}</MSGLST>'.encode()
