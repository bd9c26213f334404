"""How fast messages leave to providers that take 50 ms per call, as the platform is by default.

Then only the number of connections counts, and the limit is the probe with as many as are of
use: a thread each. Memory is taken in a round of its own, because taking it costs time.
"""

from statistics import median

from benchmarks.deliver import finding, one_round, probed, warm_up
from benchmarks.kinds import BODY, MAIL, SMS
from benchmarks.memory import Memory, Watch
from benchmarks.platform import Platform, running_platform, running_sinks
from benchmarks.probe import mail, sms
from benchmarks.report import Finding
from benchmarks.rounds import Rounds

_DELAY_MS = 50
_MEGABYTES = 300
_ORDERS = 4


def measure(*, short: bool) -> list[Finding]:
    with running_sinks(delay_ms=_DELAY_MS) as sinks, running_platform(sinks) as platform:
        mails = _mail(platform, short=short)
        return [mails] if short else [mails, _sms(platform), _memory(platform)]


def _mail(platform: Platform, *, short: bool) -> Finding:
    count, orders = (1, 1) if short else (3, _ORDERS)
    port = platform.sinks.mail.port
    found, in_turns = Rounds(), Rounds()
    warm_up(platform, MAIL, short=short)
    for _ in range(count):
        found.add(*one_round(platform, MAIL, orders))
        found.limits.append(
            probed(platform, MAIL, orders, lambda: mail.sending_by_threads(port, BODY))
        )
        in_turns.add(
            probed(
                platform, MAIL, orders, lambda: mail.sending(port, BODY, connections=mail.THREADS)
            )
        )
    return finding(
        MAIL,
        found,
        "e-mail, 50 ms a call",
        probe_threads=mail.THREADS,
        probe_without_threads=round(median(in_turns.figures)),
    )


def _sms(platform: Platform) -> Finding:
    port = platform.sinks.sms.port
    found = Rounds()
    warm_up(platform, SMS, short=False)
    for _ in range(3):
        found.add(*one_round(platform, SMS, 2 * _ORDERS))
        found.limits.append(probed(platform, SMS, 2 * _ORDERS, lambda: sms.sending(port, BODY)))
    return finding(SMS, found, "SMS, 50 ms a call")


def _memory(platform: Platform) -> Finding:
    with Watch(platform) as watch:
        _, broken = one_round(platform, MAIL, _ORDERS)
    workers = {role: memory for role, memory in watch.peak.items() if role.startswith("worker-")}
    whole = sum(workers.values(), Memory())
    return Finding(
        name="workers, 50 ms a call",
        unit="MB of RSS",
        figures=[whole.rss],
        most=_MEGABYTES,
        broken=broken,
        extra={"pss_mb": round(whole.pss)}
        | {role: f"{one.rss:.0f} (pss {one.pss:.0f})" for role, one in sorted(workers.items())},
    )
