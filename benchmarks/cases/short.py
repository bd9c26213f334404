"""The rows of cases together. In their short form, which CI runs, they share two platforms."""

from benchmarks.cases import accept, pages, refusals, sweeps
from benchmarks.platform import running_platform, running_sinks
from benchmarks.report import Finding


def measure(*, short: bool) -> list[Finding]:
    if not short:
        rows = (accept, refusals, pages, sweeps)
        return [finding for row in rows for finding in row.measure(short=False)]
    with (
        running_sinks() as sinks,
        running_sinks() as other_sinks,
        running_platform(sinks) as platform,
        running_platform(other_sinks, SWEEP_SECONDS=sweeps.RESTING) as resting,
    ):
        return [
            *accept.measure_on(platform, short=True),
            *refusals.measure_on(platform, short=True),
            *sweeps.measure_on(resting),
            *pages.measure_on(resting, sweeps.SHORT_SIZES[1], short=True),
        ]
