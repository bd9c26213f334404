"""How fast recipients become messages.

Most orders name persons and organisations by number: they are looked up in the registers, each
gets the channel that reaches it, e-mail preferred, and its name in subject and body. A second
figure is for recipients who are addresses. The limits write the same rows, ready-made, into a
table like the outbox: `bulk_create` in a process of its own, and COPY.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from benchmarks import rounds, synthetic
from benchmarks.kinds import BODY, MAIL, RECIPIENTS
from benchmarks.platform import Platform, running_platform, running_sinks
from benchmarks.report import Finding
from benchmarks.rounds import Rounds
from notifications_platform.runtime.state import ROOT

_PERSONS, _ORGANIZATIONS = 1800, 200
_TABLE = "limit_message"
Orders = Callable[[int], list[Mapping[str, Any]]]


def measure(*, short: bool) -> list[Finding]:
    with running_sinks() as sinks, running_platform(sinks) as platform:
        return measure_on(platform, short=short)


def measure_on(platform: Platform, *, short: bool) -> list[Finding]:
    """The messages are left where they are: held back."""
    count, orders = (1, 2) if short else (3, 10)
    named, plain, copied = Rounds(), Rounds(), Rounds()
    by_number = _load_registers(platform)
    if not short:
        _one_round(platform, by_number, "", 2)
    for _ in range(count):
        named.add(*_one_round(platform, by_number, "", orders))
        with _empty_copy(platform):
            named.limits.append(_bulk_create_rate(platform, orders * RECIPIENTS))
        with _empty_copy(platform):
            copied.limits.append(_copy_rate(platform, orders * RECIPIENTS))
        plain.add(*_one_round(platform, MAIL.orders, MAIL.path, orders))
    plain.limits = named.limits
    return [
        _finding("fan-out", named, least=1.0),
        _finding("fan-out of plain addresses", plain),
        Finding(
            "fan-out against COPY",
            "recipients/s",
            named.figures,
            limits=copied.limits,
            limit_name="COPY",
            reach=0.3,
        ),
    ]


def _finding(name: str, found: Rounds, least: float | None = None) -> Finding:
    return Finding(
        name,
        "recipients/s",
        found.figures,
        limits=found.limits,
        limit_name="bulk_create",
        least=least,
        broken=found.broken,
    )


def _load_registers(platform: Platform) -> Orders:
    """Orders for everyone in them."""
    lists = synthetic.registers(_PERSONS, _ORGANIZATIONS)
    platform.manage("load_registers", str(synthetic.write(platform.folder, lists)))
    members = {"persons": "nationalIdentityNumber", "organizations": "organizationNumber"}
    recipients = [{members[name]: one[members[name]]} for name in lists for one in lists[name]]
    order = {
        "notificationChannel": "EmailPreferred",
        "recipients": recipients,
        "emailTemplate": {"subject": "Til $recipientName$", "body": f"$recipientName$: {BODY}"},
        "smsTemplate": {"body": f"$recipientName$: {BODY}"},
    }
    return lambda count: [order] * count


def _one_round(
    platform: Platform, orders: Orders, path: str, count: int
) -> tuple[float, list[str]]:
    batch = rounds.fan_out(platform, orders(count), path, messages=count * RECIPIENTS)
    return batch.messages / batch.fan_out_seconds, rounds.made(platform, batch)


@contextmanager
def _empty_copy(platform: Platform) -> Iterator[None]:
    with platform.connect() as connection:
        connection.execute(f"CREATE TABLE {_TABLE} (LIKE delivery_message INCLUDING ALL)")
        yield
        connection.execute(f"DROP TABLE {_TABLE}")


def _bulk_create_rate(platform: Platform, count: int) -> float:
    words = ["-m", "benchmarks.limits.bulk_create", _TABLE, str(count)]
    done = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=platform.environment,
        check=True,
        stdout=subprocess.PIPE,
    )
    return float(done.stdout)


def _copy_rate(platform: Platform, count: int) -> float:
    newest = f"SELECT * FROM delivery_message ORDER BY id DESC LIMIT {count}"  # noqa: S608 ours
    with platform.connect() as connection:
        with connection.cursor().copy(f"COPY ({newest}) TO STDOUT".encode()) as source:
            rows = b"".join(map(bytes, source))
        began = perf_counter()
        with connection.cursor().copy(f"COPY {_TABLE} FROM STDIN".encode()) as target:
            target.write(rows)
        return count / (perf_counter() - began)
