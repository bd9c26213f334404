"""A mail server that refuses, greylists, stalls, closes, talks nonsense, and fails in TLS.

First single messages meet trouble, among thousands that do not; then the server as a whole is
in a bad mood, several times over, and heals. All the while SMS are ordered one by one. What
must hold:

- what the server refuses for good fails, with the right reason, and nothing else does;
- the rest arrives once; only what was taken without an answer may arrive twice, under one
  Message-ID;
- the SMS notice nothing;
- after the server has healed, all that waited leaves.

Pauses are in real time and the first is 60 s; the long form waits for them, the short form
ends them as staff do.
"""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.faults.bad_smtp import (
    LASTING,
    REFUSED_SENDER,
    BadSmtp,
    Fate,
    Mood,
    running_bad_smtp,
)
from benchmarks.faults.calling import Caller, number, wait
from benchmarks.faults.outcome import Outcome
from benchmarks.faults.pulse import Pulse, spread
from benchmarks.faults.settling import Settling
from benchmarks.platform import Platform, running_platform, running_sinks

_PER_THOUSAND = {
    Fate.GONE: 1,
    Fate.CONTENT: 1,
    Fate.GREYLISTED: 50,
    Fate.NO_DATA: 3,
    Fate.GARBAGE: 2,
    Fate.STALLED: 1,
    Fate.CLOSED: 4,
    Fate.MUTE: 2,
}
_REASONS = {Fate.GONE: "bounced", Fate.CONTENT: "content_refused"}
_ORDER = 500
_OF_BAD_SENDER = 20
_DURING_OUTAGE = 200
_TIMEOUT_SECONDS = 2
_SMS_WITHIN = 15.0


@dataclass(slots=True)
class _Run:
    platform: Platform
    server: BadSmtp
    caller: Caller
    settling: Settling
    chance: random.Random
    ordered: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    recoveries: dict[str, float] = field(default_factory=dict)

    # --- single messages ------------------------------------------------------------------
    def single_troubles(self, count: int) -> None:
        addresses = [f"r{one}@faults.example" for one in range(count)]
        troubled = iter(self.chance.sample(addresses, count))
        for fate, share in _PER_THOUSAND.items():
            for _ in range(max(1, count * share // 1000)):
                self.server.fates[next(troubled)] = fate
        self.refused = {
            address: _REASONS[fate]
            for address, fate in self.server.fates.items()
            if fate in LASTING
        }
        for at in range(0, count, _ORDER):
            self.place(addresses[at : at + _ORDER])
        unlucky = [f"s{one}@faults.example" for one in range(_OF_BAD_SENDER)]
        self.refused |= dict.fromkeys(unlucky, "content_refused")
        self.place(unlucky, fromAddress=REFUSED_SENDER)
        self.settling.settle()

    def place(self, addresses: Sequence[str], **template: str) -> None:
        self.ordered |= set(addresses)
        order = {
            "notificationChannel": "Email",
            "emailTemplate": {"subject": "Nytt brev", "body": "Hei! " * 40, **template},
            "recipients": [{"emailAddress": address} for address in addresses],
        }
        self.caller.order(order, "")

    # --- the server as a whole ------------------------------------------------------------
    def outage(self, mood: Mood, *, short: bool) -> None:
        mails = [f"{mood.name.lower()}{one}@faults.example" for one in range(_DURING_OUTAGE)]
        self.server.change(mood)
        self.place(mails)
        wait(self.settling.paused, f"pausing a server that {mood.name}", seconds=60)
        self.server.change(Mood.WELL)
        healed, waiting = time.monotonic(), set(mails)
        if short:
            self.settling.settle()
        wait(
            lambda: waiting <= {one.address for one in list(self.server.taken)},
            f"mail after {mood.name}",
            seconds=180,
        )
        self.recoveries[mood.name.lower()] = time.monotonic() - healed
        wait(self.settling.trusted, "trusting the server again", seconds=30)

    # --- what came of it ------------------------------------------------------------------
    def rows(self) -> Mapping[str, tuple[str, str, str]]:
        """Message id, state and reason by address."""
        query = "SELECT address, id::text, state, reason FROM delivery_message"
        with self.platform.connect() as connection:
            found = connection.execute(query + " WHERE channel = 'email'").fetchall()
        return {
            address: (message_id, state, reason) for address, message_id, state, reason in found
        }


@dataclass(frozen=True, slots=True)
class _Found:
    arrived: Mapping[str, int]
    failed: Mapping[str, str]
    lost: Iterable[str]
    repeated: Iterable[str]
    strangers: int
    miscounted: int


def _found(run: _Run) -> _Found:
    rows = run.rows()
    arrived = Counter(one.address for one in run.server.taken)
    failed = {address: row[2] for address, row in rows.items() if row[1] == "failed"}
    return _Found(
        arrived=arrived,
        failed=failed,
        lost=sorted(run.ordered - set(arrived) - set(failed)),
        repeated=sorted(
            address
            for address, times in arrived.items()
            if times > 1 and run.server.fates.get(address) is not Fate.MUTE
        ),
        strangers=sum(one.message_id != rows[one.address][0] for one in run.server.taken),
        miscounted=number(
            run.platform,
            """
            SELECT count(*) FROM orders_order WHERE email_generated > 0 AND (
                status <> 'Completed' OR open_notifications <> 0 OR email_succeeded <> (
                    SELECT count(*) FROM delivery_message
                    WHERE owner_id = orders_order.id AND state = 'sent'))
            """,
        ),
    )


def _broken(run: _Run, found: _Found, pulse: Pulse) -> list[str]:
    slowest = max(pulse.latencies(), default=0.0)
    promises = {
        f"{len(list(found.lost))} accepted messages are lost": not found.lost,
        "other messages failed than those the server refuses, or for another reason": found.failed
        == run.refused,
        f"{len(list(found.repeated))} messages arrived twice": not found.repeated,
        "what was taken without an answer arrived more than twice": max(found.arrived.values())
        <= 2,
        f"{found.strangers} arrived under another Message-ID than theirs": not found.strangers,
        "refused messages arrived": not set(run.refused) & set(found.arrived),
        f"{found.miscounted} orders count otherwise than their messages": not found.miscounted,
        f"{len(pulse.missing())} SMS did not arrive": not pulse.missing(),
        f"an SMS took {slowest:.1f} s meanwhile": slowest <= _SMS_WITHIN,
    }
    return [promise for promise, holds in promises.items() if not holds]


def measure(*, short: bool, seed: int) -> Outcome:
    chance = random.Random(seed)
    moods = [mood for mood in Mood if mood is not Mood.WELL]
    with (
        tempfile.TemporaryDirectory(prefix="notifications-platform-faults-") as folder,
        running_sinks(keep_in=Path(folder)) as sinks,
        running_bad_smtp(Path(folder)) as server,
        running_platform(sinks, **_settings(server)) as platform,
    ):
        caller = Caller(platform)
        provider = f"smtp:127.0.0.1:{server.port}"
        settling = Settling(platform, caller, "email", provider, step="PT3M")
        run = _Run(platform, server, caller, settling, chance)
        with Pulse(platform, "/sms", sinks.sms) as pulse:
            run.single_troubles(1_000 if short else 20_000)
            for mood in chance.sample(moods, 1) if short else moods:
                run.outage(mood, short=short)
            settling.settle()
        wait(lambda: not pulse.missing(), "the last SMS", seconds=30)
        found = _found(run)
        figures, broken = _figures(run, found, pulse), _broken(run, found, pulse)
    return Outcome(row="smtp", figures=figures, broken=broken)


def _settings(server: BadSmtp) -> dict[str, str]:
    options = f"tls=starttls&timeout={_TIMEOUT_SECONDS}"
    return {
        "EMAIL_URL": f"smtp://127.0.0.1:{server.port}?{options}",
        # The platform trusts the authorities of the machine; here it is told another one.
        "SSL_CERT_FILE": str(server.authority),
    }


def _figures(run: _Run, found: _Found, pulse: Pulse) -> dict[str, object]:
    return {
        "accepted": len(run.ordered),
        "troubled": dict(Counter(fate.name.lower() for fate in run.server.fates.values())),
        "arrived": len(found.arrived),
        "failed": dict(Counter(found.failed.values())),
        "lost": len(list(found.lost)),
        "twice_taken_without_answer": sum(times > 1 for times in found.arrived.values()),
        "twice_otherwise": len(list(found.repeated)),
        "pauses_ended_by_staff": run.settling.pauses_ended,
        "last_mail_after_healing_s": {
            mood: round(seconds, 1) for mood, seconds in run.recoveries.items()
        },
        "sms_meanwhile": len(pulse.placed),
        "sms_took": spread(pulse.latencies()),
    }
