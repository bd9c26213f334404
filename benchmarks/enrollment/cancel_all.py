"""Cancelling and resending a million failed notifications by one call.

Over HTTP, each answered when it is done. Beside the cancel, before it and in the same run, one
statement of SQL changes the same rows in the same way and writes the same history: what the
database can do at best, in one transaction and with nobody else let in for so long. It is rolled
back, and what it left is vacuumed away. A resend of a fifth as many goes by itself: the deliveries
it begins are held back, as webhooks are switched off meanwhile.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.enrollment.calls import Client
from benchmarks.memory import Watch
from benchmarks.platform import Platform, running_platform, running_sinks
from benchmarks.report import Finding

ROWS = 1_000_000
_SHORT = 5000
_MOST_SECONDS = 60.0
# The database may use its shared buffers, and nobody holds rows in memory.
_MOST_GROWTH = 64.0
_LEAST = 1 / 3
_NOTIFICATIONS = "enrollmenteventnotifications"
_AT_BEST = """
    WITH changed AS (
        UPDATE enrollment_enrollmenteventnotification
        SET status = 'Cancelled', updated_at = now(), cancelled_at = now(),
            cancelled_by = %(client)s
        WHERE client = %(client)s AND status = 'Failed' AND NOT obsolete
        RETURNING id)
    INSERT INTO enrollment_notificationhistory
        (notification_id, action, from_status, to_status, actor, source, at, reason)
    SELECT id, 'cancelled', 'Failed', 'Cancelled', %(client)s, 'api', now(), '' FROM changed
    """
_WRONG = """
    SELECT (SELECT count(*) FROM enrollment_enrollmenteventnotification
            WHERE client = %(client)s AND status <> %(status)s),
           (SELECT count(*) FROM enrollment_enrollmenteventnotification AS one
            WHERE client = %(client)s AND 1 <> (
                SELECT count(*) FROM enrollment_notificationhistory
                WHERE notification_id = one.id AND from_status = 'Failed'
                  AND to_status = %(status)s))
    """


def measure(*, short: bool) -> list[Finding]:
    with running_sinks() as sinks, running_platform(sinks, SWEEP_SECONDS="86400") as platform:
        return measure_on(platform, _SHORT if short else ROWS)


def measure_on(platform: Platform, rows: int) -> list[Finding]:
    cancelling, resending = (Client(platform, f"bench-{name}") for name in ("cancel", "resend"))
    cancelling.seed(failed=rows)
    resending.seed(failed=rows // 5)
    _hold_back_deliveries(platform)
    _settle(platform)
    best = _one_statement(platform, cancelling, rows)
    _settle(platform)
    cancelled = _Sweep(cancelling, "cancel", "cancelAllFailedNotifications", "cancelledCount")
    _settle(platform)
    resent = _Sweep(resending, "resend", "sendAllFailedNotifications", "resentCount")
    return [
        _finding(cancelled, rows, "Cancelled", best),
        _finding(resent, rows // 5, "Ready", None),
    ]


class _Sweep:
    """One call, what it answered, how long it took and what the web server's memory grew by."""

    def __init__(self, client: Client, operation: str, flag: str, count: str) -> None:
        self.name, self.client = operation, client
        with Watch(client.platform) as watch:
            began = time.perf_counter()
            self.answer = client.call("PUT", f"{_NOTIFICATIONS}/{operation}", {flag: True})
            self.seconds = time.perf_counter() - began
        self.count = self.answer[count]
        self.growth = watch.growth()["web"].pss


def _finding(sweep: _Sweep, rows: int, status: str, best: float | None) -> Finding:
    broken = _broken(sweep, rows, status)
    return Finding(
        f"enrollment, {sweep.name} all failed",
        "rows/s",
        [sweep.count / sweep.seconds],
        limits=[rows / best] if best else (),
        limit_name="one SQL statement" if best else "",
        least=_LEAST if best else None,
        broken=broken,
        extra={
            "rows": rows,
            "seconds": round(sweep.seconds, 1),
            **({"sql_seconds": round(best, 1)} if best else {}),
            "web_growth_mb": round(sweep.growth, 1),
            f"under_{_MOST_SECONDS:.0f}_s": sweep.seconds < _MOST_SECONDS,
        },
    )


def _broken(sweep: _Sweep, rows: int, status: str) -> Sequence[str]:
    with sweep.client.platform.connect() as connection:
        values: Mapping[str, Any] = {"client": sweep.client.name, "status": status}
        row = connection.execute(_WRONG, values).fetchone()
    assert row
    found = {
        f"{sweep.count} rows answered instead of {rows}": sweep.count != rows,
        f"{row[0]} rows are not {status}": row[0] > 0,
        f"{row[1]} rows without their one line of history": row[1] > 0,
        f"the web server grew by {sweep.growth:.0f} MB": sweep.growth > _MOST_GROWTH,
    }
    return [words for words, is_so in found.items() if is_so]


def _one_statement(platform: Platform, client: Client, rows: int) -> float:
    """Seconds, up to the commit, which is not made."""
    with platform.connect() as connection, connection.transaction(force_rollback=True):
        began = time.perf_counter()
        changed = connection.execute(_AT_BEST, {"client": client.name}).rowcount
        seconds = time.perf_counter() - began
    assert changed == rows, f"{changed} rows changed"
    return seconds


def _settle(platform: Platform) -> None:
    """Nobody pays for what the one before has left to be written."""
    with platform.connect() as connection:
        for table in ("enrollmenteventnotification", "notificationhistory"):
            connection.execute(f"VACUUM enrollment_{table}")
        connection.execute("CHECKPOINT")


def _hold_back_deliveries(platform: Platform) -> None:
    with platform.connect() as connection:
        connection.execute(
            """
            INSERT INTO delivery_provider
                (channel, name, switched_off, switched_off_by, switched_off_because, failures,
                 last_answer)
            VALUES ('webhook', 'webhook', true, 'benchmark', '', 0, '')
            ON CONFLICT (name) DO UPDATE SET switched_off = true
            """
        )
