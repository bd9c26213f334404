"""An SMS gateway that refuses the login, half of a batch, or one message's whole call; that
answers nonsense or not at all; and that reports early, twice, in contradiction and on strangers.

First single messages meet trouble, then the gateway as a whole, several times over. All the
while e-mails are ordered one by one. What must hold:

- every message ends in the state that the gateway's first report on it says, or stays sent;
- the gateway takes each message once; only a call that it took without an answer goes again;
- what makes the gateway refuse a whole call waits alone;
- orders count what their messages are, each report is kept, and none counts twice;
- the e-mails notice nothing.
"""

import random
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from benchmarks.faults.bad_gateway import (
    LASTING,
    BadGateway,
    Fate,
    Mood,
    Report,
    Reports,
    running_bad_gateway,
)
from benchmarks.faults.calling import REPORT_PASSWORD, REPORT_USER, Caller, number, wait
from benchmarks.faults.outcome import Outcome
from benchmarks.faults.pulse import Pulse, spread
from benchmarks.faults.settling import Settling
from benchmarks.platform import Platform, running_platform, running_sinks

_PER_THOUSAND = {Fate.INVALID: 10, Fate.BUSY: 500, Fate.OMITTED: 10, Fate.POISON: 2}
_SCRIPTS = (
    Reports(),
    Reports(early=["DELIVRD"], later=[]),
    Reports(early=["UNDELIV"], later=["DELIVRD"]),
    Reports(later=["DELIVRD", "DELIVRD"]),
    Reports(later=["DELIVRD", "FAILED"]),
    Reports(later=["EXPIRED", "DELIVRD", "EXPIRED"]),
    Reports(later=["BARRED"]),
    Reports(later=["BUFFERED", "DELIVRD"]),  # a state that no document names
    Reports(later=[]),
)
_SAID = {
    "DELIVRD": ("delivered", ""),
    "UNDELIV": ("failed", "bounced"),
    "EXPIRED": ("failed", "operator_expired"),
    "BARRED": ("failed", "suppressed"),
    "FAILED": ("failed", "unknown"),
}
_ORDER = 250
_DURING_OUTAGE = 100
_MAIL_WITHIN = 15.0


class _Reporter:
    """Hands reports in, in calls of any size, and remembers which came first for each message."""

    def __init__(self, platform: Platform, gateway: BadGateway, chance: random.Random) -> None:
        self.posted = 0
        self.first: dict[str, str] = {}
        self.refused: Counter[int] = Counter()
        self._platform, self._gateway, self._chance = platform, gateway, chance
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reporter")

    def __enter__(self) -> "_Reporter":
        self._gateway.hand_in = self.hand_in
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def hand_in(self, reports: Sequence[Report]) -> None:
        with self._lock:
            self.posted += len(reports)
            for reference, state in reports:
                if state in _SAID:
                    self.first.setdefault(reference, state)
        caller = Caller(self._platform)
        try:
            status = caller.report(reports)
        finally:
            caller.close()
        if status != 200:
            self.refused[status] += 1

    def _run(self) -> None:
        while not self._stop.wait(0.1) or self._gateway.due:
            with self._gateway.lock:
                due, self._gateway.due = self._gateway.due, []
            while due:
                size = self._chance.choice((1, 10, 100, 400))
                call, due = due[:size], due[size:]
                stranger = (str(uuid4()), "DELIVRD")
                self.hand_in([*call, stranger] if self._chance.random() < 0.5 else call)


@dataclass(slots=True)
class _Run:
    platform: Platform
    gateway: BadGateway
    caller: Caller
    settling: Settling
    chance: random.Random
    ordered: set[str] = field(default_factory=set)
    recoveries: dict[str, float] = field(default_factory=dict)

    def single_troubles(self, count: int) -> None:
        receivers = [f"474{one:07d}" for one in range(count)]
        troubled = iter(self.chance.sample(receivers, count))
        for fate, share in _PER_THOUSAND.items():
            for _ in range(max(1, count * share // 1000)):
                self.gateway.fates[next(troubled)] = fate
        self.settling.hopeless = [
            receiver for receiver, fate in self.gateway.fates.items() if fate is Fate.POISON
        ]
        for at in range(0, count, _ORDER):
            self.place(receivers[at : at + _ORDER])
        self.settling.settle()

    def outage(self, mood: Mood, *, short: bool) -> None:
        kind = list(Mood).index(mood)
        receivers = [f"479{kind}{one:06d}" for one in range(_DURING_OUTAGE)]
        self.gateway.mood = mood
        self.place(receivers)
        wait(self.settling.paused, f"pausing a gateway that is {mood.name}", seconds=90)
        self.gateway.mood = Mood.WELL
        healed, waiting = time.monotonic(), set(receivers)
        if not short:
            wait(lambda: not self.settling.paused(), "the end of the pause", seconds=120)
        self.settling.settle()
        answered = {one.receiver for one in self.gateway.taken if not one.unanswered}
        assert waiting <= answered, f"after {mood.name} some never left"
        self.recoveries[mood.name.lower()] = time.monotonic() - healed

    def place(self, receivers: Sequence[str]) -> None:
        self.ordered |= set(receivers)
        for receiver in receivers:
            self.gateway.scripts[receiver] = self.chance.choice(_SCRIPTS)
        recipients = [{"mobileNumber": f"+{receiver}"} for receiver in receivers]
        self.caller.order({"body": "Hei!", "recipients": recipients}, "/sms")


@dataclass(frozen=True, slots=True)
class _Found:
    """`wrong`: receivers whose message is in another state than the gateway's words give."""

    states: Mapping[str, tuple[str, str]]
    wrong: Mapping[str, tuple[object, object]]
    repeated: int
    unanswered: int
    kept: int
    counted: int
    reported: int
    counted_twice: int
    miscounted: int


def _found(run: _Run, reporter: _Reporter) -> _Found:
    with run.platform.connect() as connection:
        rows = connection.execute(
            "SELECT ltrim(address, '+'), state, reason FROM delivery_message WHERE channel = 'sms'"
        ).fetchall()
    states = {receiver: (state, reason) for receiver, state, reason in rows}
    expected = _expected(run, reporter)
    wrong = {
        receiver: (states.get(receiver), expected[receiver])
        for receiver in run.ordered
        if states.get(receiver) != expected[receiver]
    }
    answered = Counter(one.receiver for one in run.gateway.taken if not one.unanswered)
    count = "SELECT count(*) FROM delivery_receipt"
    return _Found(
        states=states,
        wrong=wrong,
        repeated=sum(times > 1 for times in answered.values()),
        unanswered=sum(one.unanswered for one in run.gateway.taken),
        kept=number(run.platform, count),
        counted=number(run.platform, f"{count} WHERE changed_message"),
        reported=sum(
            state == "delivered" or (state == "failed" and reason != "invalid_address")
            for state, reason in states.values()
        ),
        counted_twice=number(
            run.platform,
            """
            SELECT count(*) FROM (
                SELECT message_id FROM delivery_receipt WHERE changed_message
                GROUP BY message_id HAVING count(*) > 1) AS twice
            """,
        ),
        miscounted=number(
            run.platform,
            """
            SELECT count(*) FROM orders_order AS placed JOIN LATERAL (
                SELECT count(*) AS made, count(*) FILTER (WHERE final_at IS NULL) AS open,
                       count(*) FILTER (WHERE state IN ('sent', 'delivered')) AS succeeded
                FROM delivery_message WHERE owner_id = placed.id AND channel = 'sms'
            ) AS messages ON true
            WHERE sms_generated > 0 AND (
                (made, open, succeeded) <> (sms_generated, open_notifications, sms_succeeded)
                OR (status = 'Completed') <> (open = 0))
            """,
        ),
    )


def _expected(run: _Run, reporter: _Reporter) -> dict[str, tuple[str, str]]:
    """State and reason of each receiver's message, by what the gateway did and said."""
    references = {one.receiver: one.reference for one in run.gateway.taken if not one.unanswered}
    expected: dict[str, tuple[str, str]] = defaultdict(lambda: ("queued", ""))
    for receiver, reference in references.items():
        said = reporter.first.get(reference)
        expected[receiver] = _SAID[said] if said else ("sent", "")
    for receiver, fate in run.gateway.fates.items():
        if fate in LASTING:
            expected[receiver] = (
                ("failed", "invalid_address") if fate is Fate.INVALID else ("queued", "")
            )
    return expected


def _broken(run: _Run, found: _Found, reporter: _Reporter, pulse: Pulse) -> list[str]:
    slowest = max(pulse.latencies(), default=0.0)
    unanswered_moods = {"silent", "cut", "malformed"} & set(run.recoveries)
    examples = dict(list(found.wrong.items())[:3])
    promises = {
        f"{len(found.wrong)} messages are in a wrong state, as {examples}": not found.wrong,
        f"{found.repeated} messages were taken twice with an answer": not found.repeated,
        f"{found.unanswered} were taken without an answer": found.unanswered
        <= _DURING_OUTAGE * len(unanswered_moods),
        f"{found.kept} reports are kept of {reporter.posted}": found.kept == reporter.posted,
        f"reports were refused: {dict(reporter.refused)}": not reporter.refused,
        f"{found.counted} reports counted for {found.reported} messages": found.counted
        == found.reported,
        f"reports on {found.counted_twice} messages counted twice": not found.counted_twice,
        f"{found.miscounted} orders count otherwise than their messages": not found.miscounted,
        f"{len(pulse.missing())} e-mails did not arrive": not pulse.missing(),
        f"an e-mail took {slowest:.1f} s meanwhile": slowest <= _MAIL_WITHIN,
    }
    return [promise for promise, holds in promises.items() if not holds]


def measure(*, short: bool, seed: int) -> Outcome:
    chance = random.Random(seed)
    moods = [mood for mood in Mood if mood is not Mood.WELL]
    # A call without an answer takes its 20 s.
    some = chance.sample([mood for mood in moods if mood is not Mood.SILENT], 2)
    with (
        tempfile.TemporaryDirectory(prefix="notifications-platform-faults-") as folder,
        running_sinks(keep_in=Path(folder)) as sinks,
        running_bad_gateway() as gateway,
        running_platform(sinks, **_settings(gateway)) as platform,
    ):
        reporter = _Reporter(platform, gateway, chance)
        caller = Caller(platform)
        provider = f"pswin:127.0.0.1:{gateway.port}"
        settling = Settling(platform, caller, "sms", provider, step="PT16M")
        run = _Run(platform, gateway, caller, settling, chance)
        with reporter, Pulse(platform, "/email", sinks.mail) as pulse:
            run.single_troubles(1_000 if short else 10_000)
            for mood in some if short else moods:
                run.outage(mood, short=short)
        wait(lambda: not pulse.missing(), "the last e-mail", seconds=30)
        _wait_for_sweep(platform)
        found = _found(run, reporter)
        broken = _broken(run, found, reporter, pulse)
        figures = _figures(run, found, reporter, pulse)
    return Outcome(row="gateway", figures=figures, broken=broken)


def _wait_for_sweep(platform: Platform) -> None:
    """It applies the reports that came before our own record."""
    early = """
        SELECT count(*) FROM delivery_receipt AS receipt JOIN delivery_message AS message
            USING (provider_reference) WHERE receipt.settled_at IS NULL
    """
    wait(lambda: not number(platform, early), "the sweep of early reports", seconds=30)


def _settings(gateway: BadGateway) -> dict[str, str]:
    return {
        "SMS_GATEWAY_URL": f"pswin+http://faults:faults@127.0.0.1:{gateway.port}/",
        "SMS_REPORT_USER": REPORT_USER,
        "SMS_REPORT_PASSWORD": REPORT_PASSWORD,
    }


def _figures(run: _Run, found: _Found, reporter: _Reporter, pulse: Pulse) -> dict[str, object]:
    return {
        "accepted": len(run.ordered),
        "troubled": dict(Counter(fate.name.lower() for fate in run.gateway.fates.values())),
        "states": dict(Counter(" ".join(state).strip() for state in found.states.values())),
        "wrong": len(found.wrong),
        "taken_without_answer": found.unanswered,
        "taken_twice_otherwise": found.repeated,
        "calls_refused": run.gateway.refused_calls,
        "reports": reporter.posted,
        "reports_kept": found.kept,
        "reports_that_counted": found.counted,
        "counted_twice": found.counted_twice,
        "pauses_ended_by_staff": run.settling.pauses_ended,
        "last_sms_after_healing_s": {
            mood: round(seconds, 1) for mood, seconds in run.recoveries.items()
        },
        "mails_meanwhile": len(pulse.placed),
        "mails_took": spread(pulse.latencies()),
    }
