"""How fast messages leave and are recorded: to sinks that keep up, in turns with the probe.

Mail also stands beside django-post_office, which sends the same mails from a queue of its own
in the same PostgreSQL to the same sink; the short form, which is not about figures, leaves it out.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from statistics import median

from benchmarks import rounds
from benchmarks.kinds import BODY, MAIL, RECIPIENTS, SMS, Kind
from benchmarks.peer.queue import BEST, running_peer
from benchmarks.platform import Platform, running_platform, running_sinks
from benchmarks.probe import mail, outbox, sms
from benchmarks.report import Finding
from benchmarks.rounds import Rounds

_WARM_UP = 2
Sending = Callable[[], AbstractContextManager[outbox.Send]]


def measure(*, short: bool) -> list[Finding]:
    with running_sinks() as sinks, running_platform(sinks) as platform:
        return measure_on(platform, short=short)


def measure_on(platform: Platform, *, short: bool) -> list[Finding]:
    return [*_mail(platform, short=short), _sms(platform, short=short)]


def _mail(platform: Platform, *, short: bool) -> list[Finding]:
    count, orders = (1, 2) if short else (3, 10)
    port = platform.sinks.mail.port
    ours, one_line, peer = Rounds(), Rounds(), Rounds()
    warm_up(platform, MAIL, short=short)
    with nullcontext() if short else running_peer(platform) as queue:
        for _ in range(count):
            ours.add(*one_round(platform, MAIL, orders))
            ours.limits.append(probed(platform, MAIL, orders, lambda: mail.sending(port, BODY)))
            if not short:
                one_line.figures.append(
                    probed(platform, MAIL, orders, lambda: mail.sending(port, BODY, connections=1))
                )
            if queue:
                peer.figures.append(queue.rate(orders * RECIPIENTS, port, BODY))
    on_one = round(median(one_line.figures)) if one_line.figures else None
    against_probe = finding(MAIL, ours, probe_on_one_connection=on_one)
    return [against_probe, *([_against(peer, ours)] if peer.figures else [])]


def _sms(platform: Platform, *, short: bool) -> Finding:
    count, orders = (1, 2) if short else (3, 10)
    port = platform.sinks.sms.port
    found = Rounds()
    warm_up(platform, SMS, short=short)
    for _ in range(count):
        found.add(*one_round(platform, SMS, orders))
        found.limits.append(probed(platform, SMS, orders, lambda: sms.sending(port, BODY)))
    return finding(SMS, found)


def warm_up(platform: Platform, kind: Kind, *, short: bool) -> None:
    """So that nothing is measured that happens once; a short form is not about figures."""
    if not short:
        one_round(platform, kind, _WARM_UP)


def one_round(platform: Platform, kind: Kind, orders: int) -> tuple[float, list[str]]:
    """Messages a second through the whole platform, and which promises did not hold."""
    messages = orders * RECIPIENTS
    batch = rounds.fan_out(platform, kind.orders(orders), kind.path, messages=messages)
    return rounds.deliver(platform, batch, kind.sink(platform).taken)


def probed(platform: Platform, kind: Kind, orders: int, sending: Sending) -> float:
    """Messages a second of the probe, for the same addresses."""
    with platform.connect() as connection, sending() as send:
        outbox.fill(connection, kind.addresses(orders))
        return outbox.run(connection, send)


def finding(kind: Kind, found: Rounds, name: str = "", **extra: object) -> Finding:
    return Finding(
        name=name or kind.name,
        unit="messages/s",
        figures=found.figures,
        limits=found.limits,
        limit_name="probe",
        least=0.5,
        reach=0.75,
        broken=found.broken,
        extra=extra,
    )


def _against(peer: Rounds, ours: Rounds) -> Finding:
    return Finding(
        name="e-mail against its peer",
        unit="messages/s",
        figures=ours.figures,
        limits=peer.figures,
        limit_name="django-post_office",
        least=1.65,
        extra=dict(BEST),
    )
