"""Whether cancelling one, and searching, cost the same with a thousand rows and with a million.

Two clients of one platform would share its tables: each size has a platform of its own, both run
at once and are measured in turns.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from benchmarks.enrollment.calls import Client
from benchmarks.load import Loads, closed_loop
from benchmarks.platform import Platform, running_platform, running_sinks
from benchmarks.report import Finding

SIZES = (1000, 1_000_000)
_CONNECTIONS = 4
_LEAST = 0.9
_CLIENT = "bench-single"
# More than are cancelled in the time there is; each can be cancelled once only.
_TO_CANCEL = 20_000
_SEARCHES = (
    "status.eq('Failed')",
    "policyCode.eq('LOAD-failed-3')",
    "personCode.eq('P-7').and.policyGid.eq('LOAD-sent-2')",
)


@dataclass(slots=True)
class _Sized:
    """One platform with so many rows beside those that are cancelled."""

    rows: int
    client: Client
    to_cancel: list[bytes] = field(default_factory=list)
    searches: Sequence[bytes] = ()
    cancelled: Loads = field(default_factory=Loads)
    searched: Loads = field(default_factory=Loads)


def measure(*, short: bool) -> list[Finding]:
    sizes, rounds, seconds = ((200, 4000), 1, 0.5) if short else (SIZES, 6, 2.0)
    with ExitStack() as stack:
        all_sizes = []
        for rows in sizes:
            sinks = stack.enter_context(running_sinks())
            platform = stack.enter_context(running_platform(sinks, SWEEP_SECONDS="86400"))
            all_sizes.append(_sized(platform, rows, to_cancel=500 if short else _TO_CANCEL))
        for number in range(rounds + 1):
            # There and back, so that a machine that slows down favours none; round 0 warms up.
            for one in all_sizes if number % 2 else reversed(all_sizes):
                _round(one, seconds, keep=bool(number))
    small, large = all_sizes
    return [
        _finding("enrollment, cancel one", large.rows, small.cancelled, large.cancelled),
        _finding("enrollment, search", large.rows, small.searched, large.searched),
    ]


def _sized(platform: Platform, rows: int, *, to_cancel: int) -> _Sized:
    client = Client(platform, _CLIENT)
    client.seed(failed=to_cancel, sent=rows)
    with platform.connect() as connection:
        ids = connection.execute(
            "SELECT id FROM enrollment_enrollmenteventnotification WHERE status = 'Failed'"
        ).fetchall()
    cancels = [client.request("PUT", f"enrollmenteventnotifications/{id}/cancel") for (id,) in ids]
    path = "generic/enrollmenteventnotifications/search"
    searches = [client.request("POST", path, {"resource": {"q": q}}) for q in _SEARCHES]
    return _Sized(rows, client, cancels, searches)


def _round(one: _Sized, seconds: float, *, keep: bool) -> None:
    address = one.client.platform.address
    share = len(one.to_cancel) // 8 or 1
    batch, one.to_cancel = one.to_cancel[:share], one.to_cancel[share:]
    # As many as there are, once each: a second cancel of the same one is refused.
    cancel = closed_loop(address, batch, connections=1, seconds=min(seconds, share / 2000))
    search = closed_loop(address, one.searches, connections=_CONNECTIONS, seconds=seconds)
    if keep:
        one.cancelled.add(cancel)
        one.searched.add(search)


def _finding(name: str, rows: int, small: Loads, large: Loads) -> Finding:
    refused = {**small.refused, **large.refused}
    return Finding(
        name,
        "calls/s",
        large.figures,
        limits=small.figures,
        limit_name="with a thousand rows",
        least=_LEAST,
        broken=[f"answered {refused}"] if refused else [],
        extra=large.latency()
        | {f"small_{name}": ms for name, ms in small.latency().items()}
        | {"rows": rows},
    )
