"""The sandbox clock jumps a month ahead and back, over both changes of the hour and a leap day,
with orders, windows, retries and expiries waiting; two schedulers tick at once; one stands still.

Nothing may come early, outside its hours or after its expiry, nothing twice, nothing may be
forgotten. When a message was due and when it came is worked out here, from a record of the
clock's moves and the real time of each arrival, not from what the platform wrote down.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from benchmarks.faults import hurting
from benchmarks.faults.calling import Caller, number, wait
from benchmarks.faults.outcome import Outcome
from benchmarks.faults.timeline import Timeline
from benchmarks.platform import Platform, running_platform, running_sinks
from notifications_platform.runtime.state import ROOT

_OSLO = ZoneInfo("Europe/Oslo")
_OPENS, _CLOSES = 9, 17
_LIFETIME = timedelta(hours=48)
_GRACE = timedelta(minutes=5)
_EACH = 5
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_COMES_WITHIN = 15.0
# Time for what must not come, to come: some sweeps.
_LINGER = 0.8
_SETTINGS = {
    "EMAIL_URL": "",  # the sandbox' own sinks: they put off who is to be put off
    "SMS_GATEWAY_URL": "",
    "ORDERS_SMS_HOURS": f"{_OPENS}-{_CLOSES}",
    "SWEEP_SECONDS": "0.3",
    "DELIVERY_LEASE_SECONDS": "10",
}


@dataclass(frozen=True, slots=True)
class _Promise:
    """To one address: not before `earliest`, not from `latest` on; where it is `refused`, never."""

    address: str
    earliest: datetime
    latest: datetime
    is_sms: bool = False
    refused: bool = False

    def is_due(self, now: datetime) -> bool:
        """A jump may have passed over all the hours in which an SMS could have left."""
        in_time = self.earliest <= now < self.latest - _MINUTE
        return in_time and not self.refused and (not self.is_sms or _is_open(now))


@dataclass(slots=True)
class _Stage:
    platform: Platform
    caller: Caller
    timeline: Timeline
    promises: dict[str, _Promise] = field(default_factory=dict)
    before: list[UUID] = field(default_factory=list)
    slowest: float = 0.0
    _number: int = 0

    def __post_init__(self) -> None:
        """What the platform's own demonstration sent is not ours."""
        with self.platform.connect() as connection:
            rows = connection.execute("SELECT id FROM sandbox_received")
            self.before = [key for (key,) in rows]

    def order_mails(self, due: datetime, like: str = "") -> None:
        """To some of their own; `like` is one of the sandbox' magic addresses."""
        names = [self._next() for _ in range(_EACH)]
        addresses = [f"{like or 'clock'}+{name}@faults.example" for name in names]
        recipients = [{"emailAddress": address} for address in addresses]
        order = {"subject": "Hei", "body": "Hei!", "recipients": recipients}
        self._place(order, "/email", due)
        earliest = due + (_MINUTE if like == "greylist" else timedelta(0))
        for address in addresses:
            self.promises[address] = _Promise(
                address, earliest, due + _LIFETIME, refused=like == "full"
            )

    def order_sms(self, due: datetime) -> None:
        numbers = [f"474{self._next():07d}" for _ in range(_EACH)]
        recipients = [{"mobileNumber": f"+{one}"} for one in numbers]
        self._place({"body": "Hei!", "recipients": recipients}, "/sms", due)
        for one in numbers:
            self.promises[one] = _Promise(one, _opening(due), due + _LIFETIME, is_sms=True)

    def visit(self, instant: datetime) -> None:
        """Go there, wait for what is due, and a little for what is not."""
        self.timeline.go_to(instant)
        self.see()

    def see(self) -> None:
        now = self.timeline.now()
        due = {promise.address for promise in self.promises.values() if promise.is_due(now)}
        took = wait(
            lambda: due <= {address for address, _ in self.arrivals()},
            f"what was due at {now:%Y-%m-%d %H:%M}",
            seconds=_COMES_WITHIN,
        )
        self.slowest = max(self.slowest, took)
        time.sleep(_LINGER)

    def arrivals(self) -> list[tuple[str, float]]:
        """Address and real time, in seconds since 1970, of all the sinks took."""
        with self.platform.connect() as connection:
            rows = connection.execute(
                "SELECT ltrim(recipient, '+'), id FROM sandbox_received WHERE NOT id = ANY(%s)",
                [self.before],
            ).fetchall()
        return [(address, (UUID(str(key)).int >> 80) / 1000) for address, key in rows]

    def expired(self) -> set[str]:
        """Addresses of the messages that failed because their time was over."""
        query = "SELECT ltrim(address, '+') FROM delivery_message WHERE reason = 'expired'"
        with self.platform.connect() as connection:
            return {address for (address,) in connection.execute(query)}

    def open_messages(self) -> int:
        return number(self.platform, "SELECT count(*) FROM delivery_message WHERE final_at IS NULL")

    def _place(self, order: Mapping[str, object], kind: str, due: datetime) -> None:
        self.caller.order({**order, "requestedSendTime": due.isoformat()}, kind)

    def _next(self) -> int:
        self._number += 1
        return self._number


def measure(*, short: bool, seed: int) -> Outcome:  # noqa: ARG001 nothing is left to chance here
    with running_sinks() as sinks, running_platform(sinks, **_SETTINGS) as platform:
        caller = Caller(platform)
        stage = _Stage(platform, caller, Timeline(caller))
        for scene in _SHORT if short else _LONG:
            began = time.monotonic()
            try:
                scene(stage)
            except TimeoutError as missing:
                return Outcome(row="clock", figures=_figures(stage), broken=[str(missing)])
            told = (scene.__doc__ or "").partition(":")[0]
            print(f"  {told} ({time.monotonic() - began:.0f} s)", flush=True)
        # Whatever could not be delivered has to expire, and nothing else to happen.
        stage.visit(max(one.latest for one in stage.promises.values()) + _GRACE + _MINUTE)
        with suppress(TimeoutError):
            wait(lambda: not stage.open_messages(), "the end", seconds=_COMES_WITHIN)
        broken = _broken(stage)
        return Outcome(row="clock", figures=_figures(stage), broken=broken)


def _figures(stage: _Stage) -> dict[str, object]:
    return {
        "messages": len(stage.promises),
        "arrived": len(stage.arrivals()),
        "moves_of_the_clock": stage.timeline.moves,
        "slowest_after_due_s": round(stage.slowest, 1),
    }


def _broken(stage: _Stage) -> list[str]:
    came: dict[str, list[float]] = {}
    for address, at in stage.arrivals():
        came.setdefault(address, []).append(at)
    found = {"early": 0, "outside their hours": 0, "after their expiry": 0, "twice": 0}
    for promise in stage.promises.values():
        times = came.get(promise.address, [])
        found["twice"] += len(times) > 1
        for at in times:
            shown = stage.timeline.shown(at)
            found["early"] += max(shown) < promise.earliest
            found["after their expiry"] += min(shown) >= promise.latest
            found["outside their hours"] += promise.is_sms and not any(map(_is_open, shown))
    forgotten = stage.promises.keys() - came.keys() - stage.expired()
    still_open, strangers = stage.open_messages(), came.keys() - stage.promises.keys()
    return [
        *(f"{count} messages came {how}" for how, count in found.items() if count),
        *([f"{len(forgotten)} messages neither came nor expired"] if forgotten else []),
        *([f"{still_open} messages never ended"] if still_open else []),
        *([f"{len(strangers)} messages nobody ordered"] if strangers else []),
    ]


def _month(stage: _Stage) -> None:
    """a month ahead and back: what is then too old expires, the rest comes in its time."""
    start = stage.timeline.now()
    for days in (0, 1, 5, 20, 30):
        stage.order_mails(start + days * _DAY + _HOUR)
        stage.order_sms(start + days * _DAY + _HOUR)
    stage.order_mails(start + 31 * _DAY + _HOUR)
    stage.order_mails(start + _MINUTE, like="full")
    stage.order_mails(start + _MINUTE, like="greylist")
    stage.visit(start + 1.5 * _MINUTE)
    stage.visit(start + 4 * _MINUTE)
    stage.visit(start + 2 * _HOUR)
    stage.visit(start + 31 * _DAY)
    stage.timeline.reset()
    stage.order_mails(stage.timeline.now() + timedelta(seconds=1))
    time.sleep(1)
    stage.see()
    stage.visit(start + 31 * _DAY + 2 * _HOUR)
    stage.visit(_at("2027-01-31T09:30:00+01:00"))


def _spring(stage: _Stage) -> None:
    """the hour that is left out: 02:00 is 03:00, and the morning comes an hour early."""
    stage.visit(_at("2027-03-27T17:30:00+01:00"))
    stage.order_sms(_at("2027-03-27T18:00:00+01:00"))
    stage.order_sms(_at("2027-03-28T03:30:00+02:00"))
    for time_of_day in ("01:59:00+01:00", "03:00:00+02:00", "03:30:00+02:00"):
        stage.order_mails(_at(f"2027-03-28T{time_of_day}"))
    stage.order_mails(_at("2027-03-28T01:58:30+01:00"), like="greylist")
    stage.visit(_at("2027-03-28T01:59:20+01:00"))
    stage.visit(_at("2027-03-28T03:00:30+02:00"))
    stage.visit(_at("2027-03-28T03:31:00+02:00"))
    stage.visit(_at("2027-03-28T08:59:30+02:00"))
    stage.visit(_at("2027-03-28T09:00:05+02:00"))
    # Back over the change, while something waits beyond it.
    stage.order_mails(_at("2027-03-28T12:00:00+02:00"))
    stage.visit(_at("2027-03-28T01:30:00+01:00"))
    stage.visit(_at("2027-03-28T12:00:05+02:00"))


def _autumn(stage: _Stage) -> None:
    """the hour that comes twice: each of its halves has its own orders."""
    stage.visit(_at("2027-10-30T17:30:00+02:00"))
    stage.order_sms(_at("2027-10-30T18:00:00+02:00"))
    stage.order_sms(_at("2027-10-31T02:30:00+01:00"))
    stage.order_mails(_at("2027-10-31T02:30:00+02:00"))
    stage.order_mails(_at("2027-10-31T02:30:00+01:00"))
    stage.visit(_at("2027-10-31T02:45:00+02:00"))
    stage.visit(_at("2027-10-31T02:15:00+01:00"))
    stage.visit(_at("2027-10-31T02:31:00+01:00"))
    stage.visit(_at("2027-10-31T08:59:30+01:00"))
    stage.visit(_at("2027-10-31T09:00:05+01:00"))


def _leap_day(stage: _Stage) -> None:
    """the leap day: there is one, and it is a day like others."""
    stage.visit(_at("2028-02-28T23:50:00+01:00"))
    for instant in ("02-28T23:59:50", "02-29T00:00:00", "02-29T23:59:50", "03-01T00:00:00"):
        stage.order_mails(_at(f"2028-{instant}+01:00"))
    stage.order_sms(_at("2028-02-28T23:55:00+01:00"))
    stage.order_sms(_at("2028-02-29T18:00:00+01:00"))
    stage.visit(_at("2028-02-28T23:59:55+01:00"))
    stage.visit(_at("2028-02-29T09:00:05+01:00"))
    stage.visit(_at("2028-03-01T00:00:05+01:00"))
    stage.visit(_at("2028-03-01T09:00:05+01:00"))


def _two_beats(stage: _Stage) -> None:
    """two schedulers at once: what is due in the next seconds comes once."""
    with _another_beat(stage.platform):
        for seconds in range(2, 8):
            stage.order_mails(stage.timeline.now() + timedelta(seconds=seconds))
        time.sleep(8)
        stage.see()
        stage.order_mails(stage.timeline.now() + _HOUR)
        stage.timeline.advance(_HOUR + _MINUTE)
        stage.see()


def _beat_stops(stage: _Stage) -> None:
    """a scheduler that stops for an hour: what fell due meanwhile comes when it goes on."""
    for minutes in (10, 30, 59):
        stage.order_mails(stage.timeline.now() + minutes * _MINUTE)
    with hurting.suspended(stage.platform.processes()["beat"]):
        stage.timeline.advance(_HOUR)
        time.sleep(1)
    stage.see()


def _beat_is_away(stage: _Stage) -> None:
    """a scheduler that really stops, for half a minute."""
    stage.order_mails(stage.timeline.now() + timedelta(seconds=3))
    stage.order_mails(stage.timeline.now() + timedelta(seconds=20))
    with hurting.suspended(stage.platform.processes()["beat"]):
        time.sleep(30)
    stage.see()


_LONG: tuple[Callable[[_Stage], None], ...] = (
    *(_beat_is_away, _two_beats, _beat_stops),
    *(_month, _spring, _autumn, _two_beats, _leap_day, _beat_stops),
)
_SHORT: tuple[Callable[[_Stage], None], ...] = (_beat_stops, _spring)


@contextmanager
def _another_beat(platform: Platform) -> Iterator[None]:
    beat = subprocess.Popen(
        [sys.executable, "-m", "notifications_platform.runtime.beat"],
        cwd=ROOT,
        env={**platform.environment, **platform.shared},
    )
    try:
        yield
    finally:
        beat.kill()
        beat.wait()


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _opening(due: datetime) -> datetime:
    """The first moment from `due` on at which an SMS may leave."""
    local = due.astimezone(_OSLO)
    if _is_open(due):
        return due
    day = local.date() + (timedelta(days=1) if local.hour >= _CLOSES else timedelta(0))
    return datetime(day.year, day.month, day.day, _OPENS, tzinfo=_OSLO).astimezone(UTC)


def _is_open(instant: datetime) -> bool:
    return _OPENS <= instant.astimezone(_OSLO).hour < _CLOSES
