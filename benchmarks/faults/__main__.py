"""Every row, or the named ones: `python -m benchmarks.faults [ROW …] [--short] [--seed N]`.

Ends with code 1 when a promise is broken. `--seed` repeats a run's choices.
"""

import argparse
import time

from benchmarks.faults import (
    broker,
    cancel,
    clock,
    database,
    gateway,
    kills,
    receipts,
    resources,
    smtp,
    two_clients,
)
from benchmarks.faults.outcome import Row, tell

ROWS: dict[str, Row] = {
    "kills": kills.measure,
    "smtp": smtp.measure,
    "database": database.measure,
    "broker": broker.measure,
    "clock": clock.measure,
    "resources": resources.measure,
    "gateway": gateway.measure,
    "cancel": cancel.measure,
    "two-clients": two_clients.measure,
    "receipts": receipts.measure,
}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    options.add_argument("--short", action="store_true", help="what CI runs: a few minutes in all")
    options.add_argument("--seed", type=int, default=time.time_ns() % 100_000)
    given = options.parse_args()
    unknown = set(given.rows) - set(ROWS)
    if unknown:
        options.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    broken = 0
    print(f"--seed {given.seed}", flush=True)
    for name in given.rows or ROWS:
        began = time.monotonic()
        outcome = ROWS[name](short=given.short, seed=given.seed)
        tell(outcome)
        print(f"  {time.monotonic() - began:.0f} s", flush=True)
        broken += bool(outcome.broken)
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
