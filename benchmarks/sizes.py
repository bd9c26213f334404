"""Rows 7 and 9 to 12 together. In their short form, which CI runs, they share one platform:
most of such a run would be starting one for each row.
"""

import tempfile
from pathlib import Path

from benchmarks import backlog, idle, large_order, sending, status
from benchmarks.limits.server import running_limits
from benchmarks.platform import running_platform, running_sinks
from benchmarks.report import Finding


def measure(*, short: bool) -> list[Finding]:
    if not short:
        rows = (status, backlog, large_order, idle)
        return [finding for row in rows for finding in row.measure(short=False)]
    with (
        tempfile.TemporaryDirectory(prefix="notifications-platform-arrivals-") as folder,
        running_sinks(keep_in=Path(folder)) as sinks,
        running_platform(sinks, SWEEP_SECONDS=sending.SWEEP) as platform,
        running_limits(platform) as limits,
    ):
        return [
            idle.measure_on(platform, short=True),
            *large_order.measure_on(platform, short=True),
            *status.measure_on(platform, limits, short=True),
            *backlog.measure_on(platform),
        ]
