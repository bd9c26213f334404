"""Cancelling as many orders as staff may choose at once, as one batch.

From the click behind the preview until the last row has its outcome: chosen in the list, carried
out by the workers, each row with its outcome in one transaction. The limit is the service alone,
called in one process for as many other orders, before it and in the same run.
"""

import json
import re
import time
from html import unescape
from typing import Any

from benchmarks.back_office.staff import Staff, Visit
from benchmarks.faults.calling import number, wait
from benchmarks.memory import Watch
from benchmarks.platform import Platform, running_platform, running_sinks
from benchmarks.report import Finding

ROWS = 5_000
_SHORT = 500
_OF_BATCH, _ALONE = "ttd", "digdir"
_LIST = f"/admin/orders/order/?creator={_OF_BATCH}"
_MOST_SECONDS = 300.0
# A worker has at most one row of a batch like this in hand.
_MOST_GROWTH_MB = 32.0
_HIDDEN = re.compile(r'type="hidden" name="(\w+)" value="([^"]*)"')


def measure(*, short: bool) -> list[Finding]:
    rows = _SHORT if short else ROWS
    with running_sinks() as sinks, running_platform(sinks) as platform:
        for org in (_OF_BATCH, _ALONE):
            _shell(platform, f"place({org!r}, {rows})")
        with platform.connect() as connection:
            connection.execute("VACUUM ANALYZE")
        staff = Staff(platform, "operator")
        alone = json.loads(_shell(platform, f"cancel({_ALONE!r})").splitlines()[-1])
        return [_batch(platform, staff, rows, limit=alone["rows"] / alone["seconds"])]


def _batch(platform: Platform, staff: Staff, rows: int, *, limit: float) -> Finding:
    form = {"action": "cancel", "select_across": "1", "_selected_action": "-"}
    preview = staff.post(_LIST, form, seen=staff.visit(_LIST).html)
    with Watch(platform) as watch:
        began = time.perf_counter()
        answer = staff.post(_LIST, _settled(preview), seen=preview.html)
        wait(lambda: _running(platform) == 0, "the batch", seconds=_MOST_SECONDS, pause=0.05)
        seconds = time.perf_counter() - began
    grown = max(one.pss for role, one in watch.growth().items() if role.startswith(("w", "b")))
    return Finding(
        "back office, batch",
        "rows/s",
        [rows / seconds],
        limits=[limit],
        limit_name="the service alone",
        broken=_broken(platform, answer, rows, grown),
        extra={
            "rows": rows,
            "seconds": round(seconds, 1),
            "preview_ms": round(preview.ms),
            "begun_after_ms": round(answer.ms),
            "largest_growth_mb": round(grown, 1),
        },
    )


def _settled(preview: Visit) -> dict[str, str]:
    """The form that was shown, with a reason."""
    hidden = {name: unescape(value) for name, value in _HIDDEN.findall(preview.html)}
    return {**hidden, "reason": "Measured."}


def _running(platform: Platform) -> int:
    return number(platform, "SELECT count(*) FROM back_office_batch WHERE state = 'running'")


def _broken(platform: Platform, answer: Visit, rows: int, grown: float) -> list[str]:
    done = number(platform, "SELECT count(*) FROM back_office_batchrow WHERE outcome = 'done'")
    noted = number(
        platform,
        "SELECT count(DISTINCT subject_id) FROM audit_entry"
        " WHERE action = 'orders.cancel' AND actor = 'operator'",
    )
    cancelled = number(
        platform,
        "SELECT count(*) FROM orders_order WHERE status = 'Cancelled' AND creator = %s",
        _OF_BATCH,
    )
    found: dict[str, Any] = {
        f"the form answered {answer.status}": answer.status != 200,
        f"{done} rows are done, {cancelled} cancelled, {noted} noted, of {rows}": (
            {done, cancelled, noted} != {rows}
        ),
        f"a process grew by {grown:.0f} MB": grown > _MOST_GROWTH_MB,
    }
    return [words for words, is_so in found.items() if is_so]


def _shell(platform: Platform, call: str) -> str:
    code = f"from benchmarks.back_office import orders_alone; orders_alone.{call}"
    return platform.manage("shell", "-v0", "-c", code)
