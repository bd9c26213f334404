"""How fast messages leave to providers that take 50 ms per call, as the platform is by default.

Then only the number of connections counts, and the limit is the probe with as many as are of
use: a thread each. Memory is taken in a round of its own, because taking it costs time.
"""

from benchmarks.deliver import WARM_UP, finding, one_round, probed
from benchmarks.kinds import BODY, MAIL, SMS
from benchmarks.memory import Memory, Watch
from benchmarks.platform import Platform, running_platform, running_sinks
from benchmarks.probe import mail, sms
from benchmarks.report import Finding
from benchmarks.rounds import Rounds

_DELAY_MS = 50
_MEGABYTES = 300


def measure(*, short: bool) -> list[Finding]:
    count, mails, texts = (1, 1, 2) if short else (3, 4, 10)
    found, in_turns, by_sms = Rounds(), Rounds(), Rounds()
    with running_sinks(delay_ms=_DELAY_MS) as sinks, running_platform(sinks) as platform:
        port = sinks.mail.port
        one_round(platform, MAIL, 1)
        one_round(platform, SMS, WARM_UP)
        for _ in range(count):
            found.add(*one_round(platform, MAIL, mails))
            found.limits.append(
                probed(platform, MAIL, mails, lambda: mail.sending_by_threads(port, BODY))
            )
            in_turns.figures.append(
                probed(
                    platform,
                    MAIL,
                    mails,
                    lambda: mail.sending(port, BODY, connections=mail.THREADS),
                )
            )
            by_sms.add(*one_round(platform, SMS, texts))
            by_sms.limits.append(
                probed(platform, SMS, texts, lambda: sms.sending(sinks.sms.port, BODY))
            )
        memory = _memory(platform, mails)
    threads = {
        "probe_threads": mail.THREADS,
        "probe_without_threads": round(max(in_turns.figures)),
    }
    return [
        finding(MAIL, found, "e-mail, 50 ms a call", **threads),
        finding(SMS, by_sms, "SMS, 50 ms a call"),
        memory,
    ]


def _memory(platform: Platform, orders: int) -> Finding:
    with Watch(platform) as watch:
        _, broken = one_round(platform, MAIL, orders)
    workers = {
        role: memory
        for role, memory in watch.peak.items()
        if role.startswith("send-") or role == "lifecycle"
    }
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
