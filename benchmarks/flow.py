"""Rows 1 to 5 on one platform, for the short form: most of it would be starting one for each."""

from benchmarks import accept, deliver, fan_out
from benchmarks.platform import running_platform, running_sinks
from benchmarks.report import Finding


def measure(*, short: bool) -> list[Finding]:
    with running_sinks() as sinks, running_platform(sinks) as platform:
        # Delivering leaves nothing behind, fan-out leaves all that it made.
        return [
            *deliver.measure_on(platform, short=short),
            *accept.measure_on(platform, short=short),
            *fan_out.measure_on(platform, short=short),
        ]
