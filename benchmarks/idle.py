"""What the platform takes of memory while it has nothing to do.

All of its processes count: supervisor, web server, workers, beat, PostgreSQL and Valkey, but
not the sandbox's sinks, which no real platform runs. Judged is the sum of PSS, which counts shared
pages once; the sum of RSS, which counts them in each process, stands beside it.
"""

import time

from benchmarks.load import closed_loop
from benchmarks.memory import Memory, by_role
from benchmarks.platform import Platform, running_platform, running_sinks
from benchmarks.report import Finding, tell

_MEGABYTES = 600
_SETTLE_SECONDS = 10.0
_FIRST_WORK = 20


def measure(*, short: bool) -> list[Finding]:
    # With sinks of ours the sandbox starts none of its own.
    with running_sinks() as sinks, running_platform(sinks) as platform:
        return [measure_on(platform, short=short)]


def measure_on(platform: Platform, *, short: bool) -> Finding:
    """On one that has just been started."""
    fresh = _settled(platform, short=short)
    _do_some_work(platform)
    used = _settled(platform, short=short)
    total = sum(used.values(), Memory())
    broken = [] if total.pss <= _MEGABYTES else [f"idle, it takes {total.pss:.0f} MB"]
    return Finding(
        "idle",
        "MB of PSS",
        [total.pss],
        most=_MEGABYTES,
        reach=400,
        broken=broken,
        extra={
            "rss_mb": round(total.rss),
            "fresh_pss_mb": round(sum(one.pss for one in fresh.values())),
            "by_process": {
                role: f"{one.pss:.0f} (rss {one.rss:.0f})" for role, one in sorted(used.items())
            },
        },
    )


def _settled(platform: Platform, *, short: bool) -> dict[str, Memory]:
    time.sleep(2 if short else _SETTLE_SECONDS)
    return by_role(platform)


def _do_some_work(platform: Platform) -> None:
    """A process that never did anything has not loaded everything it works with."""
    recipients = [{"emailAddress": f"idle{number}@bench.example"} for number in range(10)]
    order = platform.order(
        {"subject": "Nytt brev", "body": "Hei!", "recipients": recipients}, "/email"
    )
    before = platform.sinks.mail.taken()
    for _ in range(_FIRST_WORK):
        load = closed_loop(platform.address, [order], connections=1, seconds=0)
        assert load.statuses == {202: 1}, f"refused: {load.statuses}"
    wanted = before + _FIRST_WORK * len(recipients)
    deadline = time.monotonic() + 60
    while platform.sinks.mail.taken() < wanted:
        assert time.monotonic() < deadline, "the platform has not sent what it accepted"
        time.sleep(0.1)


def main() -> None:
    for finding in measure(short=False):
        tell(finding)


if __name__ == "__main__":
    main()
