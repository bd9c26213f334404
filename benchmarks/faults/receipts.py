"""A hundred thousand delivery reports in a burst: most in calls of a hundred, some alone.

The SMS are real ones, taken by the sink under references of its own. While the reports come in
over several connections, some of them twice, others place and read orders. What must hold:
every report is kept and counts once, every order is completed, and the API answers meanwhile.
"""

import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from benchmarks.faults.calling import (
    REPORT_PASSWORD,
    REPORT_USER,
    Caller,
    another_client,
    number,
    wait,
)
from benchmarks.faults.outcome import Outcome
from benchmarks.faults.pulse import spread
from benchmarks.platform import ORDERS_PATH, Platform, running_platform, running_sinks

_ORDER = 5_000
_BATCH = 100
_CONNECTIONS = 6
_ALONE = 0.02
_TWICE = 0.01
Call = list[tuple[str, str]]


class _Bystander:
    """Places an order, reads it, and so on, while the `with` block runs."""

    def __init__(self, platform: Platform, token: str) -> None:
        self.posts: list[float] = []
        self.gets: list[float] = []
        self.statuses: Counter[int] = Counter()
        self._caller = Caller(platform, token)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bystander")

    def __enter__(self) -> "_Bystander":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        order = {"subject": "S", "body": "B", "recipients": [{"emailAddress": "b@faults.example"}]}
        while not self._stop.wait(0.02):
            began = time.monotonic()
            status, answer = self._caller.call("POST", f"{ORDERS_PATH}/email", order)
            self.posts.append(time.monotonic() - began)
            began = time.monotonic()
            read, _ = self._caller.call("GET", f"{ORDERS_PATH}/{answer.get('orderId', 'none')}")
            self.gets.append(time.monotonic() - began)
            self.statuses.update((status, read))


def measure(*, short: bool, seed: int) -> Outcome:
    chance = random.Random(seed)
    messages = 5_000 if short else 100_000
    with (
        tempfile.TemporaryDirectory(prefix="notifications-platform-faults-") as folder,
        running_sinks(keep_in=Path(folder)) as sinks,
        running_platform(sinks, **_settings()) as platform,
    ):
        _send(platform, messages)
        references = [reference for _, _, reference in sinks.sms.kept()]
        calls = _calls(references, chance)
        with _Bystander(platform, another_client(platform, "skd")) as bystander:
            began = time.monotonic()
            answers = _post(platform, calls)
            seconds = time.monotonic() - began
        applied = wait(lambda: not number(platform, _UNSETTLED), "applying the reports", seconds=60)
        found = _found(platform)
    posted = sum(map(len, calls))
    figures = {
        "messages": messages,
        "reports": posted,
        "calls": len(calls),
        "alone_in_their_call": sum(len(call) == 1 for call in calls),
        "reports_per_s": round(posted / seconds),
        "calls_per_s": round(len(calls) / seconds),
        "applied_after_the_last_s": round(applied, 1),
        **found,
        "posts_meanwhile": spread(bystander.posts),
        "gets_meanwhile": spread(bystander.gets),
        "answers_meanwhile": dict(bystander.statuses),
    }
    return Outcome(
        row="receipts",
        figures=figures,
        broken=_broken(messages, posted, answers, found, bystander.statuses),
    )


def _broken(
    messages: int,
    posted: int,
    answers: Counter[int],
    found: dict[str, int],
    meanwhile: Counter[int],
) -> list[str]:
    promises = {
        f"reports were answered {dict(answers)}": set(answers) == {200},
        f"{found['kept']} reports are kept of {posted}": found["kept"] == posted,
        f"{found['delivered']} messages are delivered of {messages}": found["delivered"]
        == messages,
        f"{found['counted']} reports counted": found["counted"] == messages,
        f"{found['miscounted']} orders count otherwise than their messages": not found[
            "miscounted"
        ],
        f"{found['incomplete']} orders are not completed": not found["incomplete"],
        f"others were answered {dict(meanwhile)}": set(meanwhile) == {200, 202},
    }
    return [promise for promise, holds in promises.items() if not holds]


def _send(platform: Platform, messages: int) -> None:
    caller = Caller(platform)
    for at in range(0, messages, _ORDER):
        recipients = [{"mobileNumber": f"+474{at + one:07d}"} for one in range(_ORDER)]
        caller.order({"body": "Hei!", "recipients": recipients}, "/sms")
    sent = "SELECT count(*) FROM delivery_message WHERE channel = 'sms' AND state = 'sent'"
    wait(lambda: number(platform, sent) == messages, "sending", seconds=600, pause=0.5)


def _calls(references: Sequence[str], chance: random.Random) -> list[Call]:
    """A report on each, on some twice; most in batches, those alone strewn in between."""
    again = chance.sample(references, int(len(references) * _TWICE))
    reports = [(reference, "DELIVRD") for reference in chance.sample(references, len(references))]
    reports += [(reference, "DELIVRD") for reference in again]
    alone = int(len(reports) * _ALONE)
    calls: list[Call] = [[report] for report in reports[:alone]]
    rest = iter(reports[alone:])
    while batch := list(islice(rest, _BATCH)):
        calls.append(batch)
    return chance.sample(calls, len(calls))


def _post(platform: Platform, calls: Sequence[Call]) -> Counter[int]:
    def post(share: Sequence[Call]) -> Counter[int]:
        caller = Caller(platform)
        answers = Counter(caller.report(call) for call in share)
        caller.close()
        return answers

    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        shares = [calls[at::_CONNECTIONS] for at in range(_CONNECTIONS)]
        return sum(pool.map(post, shares), Counter())


_UNSETTLED = "SELECT count(*) FROM delivery_receipt WHERE settled_at IS NULL"
_FOUND = {
    "kept": "SELECT count(*) FROM delivery_receipt",
    "counted": "SELECT count(*) FROM delivery_receipt WHERE changed_message",
    "delivered": """
        SELECT count(*) FROM delivery_message WHERE channel = 'sms' AND state = 'delivered'
    """,
    "miscounted": """
        SELECT count(*) FROM orders_order WHERE sms_generated > 0
            AND (sms_succeeded <> sms_generated OR open_notifications <> 0)
    """,
    "incomplete": """
        SELECT count(*) FROM orders_order WHERE sms_generated > 0 AND status <> 'Completed'
    """,
}


def _found(platform: Platform) -> dict[str, int]:
    return {name: number(platform, query) for name, query in _FOUND.items()}


def _settings() -> dict[str, str]:
    return {
        "SMS_REPORT_USER": REPORT_USER,
        "SMS_REPORT_PASSWORD": REPORT_PASSWORD,
    }
