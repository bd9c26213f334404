"""The rows of letters together. In their short form they share a platform where they can."""

from benchmarks.correspondence import growth, recipients, upload
from benchmarks.platform import running_platform, running_sinks
from benchmarks.report import Finding


def measure(*, short: bool) -> list[Finding]:
    if not short:
        rows = (recipients, upload, growth)
        return [finding for row in rows for finding in row.measure(short=False)]
    with running_sinks() as sinks, running_platform(sinks) as platform:
        letters = [
            recipients.measure_on(platform, short=True),
            *upload.measure_on(platform, short=True),
        ]
    return [*letters, *growth.measure(short=True)]
