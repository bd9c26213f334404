"""Every row, or the named ones: `python -m benchmarks.speed [ROW …] [--short]`.

Ends with code 1 when a promise is broken, never because of a timing.
"""

import argparse
import time
import traceback

from benchmarks import (
    accept,
    backlog,
    deliver,
    fan_out,
    flow,
    growth,
    idle,
    large_order,
    sizes,
    slow_provider,
    status,
    sweeps,
)
from benchmarks.back_office import batch as back_office_batch
from benchmarks.back_office import pages as back_office_pages
from benchmarks.cases import accept as accept_cases
from benchmarks.cases import pages, refusals
from benchmarks.cases import short as cases
from benchmarks.cases import sweeps as case_sweeps
from benchmarks.correspondence import growth as letters_stored
from benchmarks.correspondence import recipients, upload
from benchmarks.correspondence import short as letters
from benchmarks.enrollment import cancel_all as enrollment_cancel_all
from benchmarks.enrollment import deliver as deliver_enrollment
from benchmarks.enrollment import single as enrollment_single
from benchmarks.report import RESULTS, Row, tell

ROWS: dict[str, Row] = {
    "accept": accept.measure,
    "fan-out": fan_out.measure,
    "deliver": deliver.measure,
    "slow-provider": slow_provider.measure,
    "status": status.measure,
    "sweeps": sweeps.measure,
    "backlog": backlog.measure,
    "large-order": large_order.measure,
    "idle": idle.measure,
    "cases-accept": accept_cases.measure,
    "cases-refusals": refusals.measure,
    "cases-pages": pages.measure,
    "cases-sweeps": case_sweeps.measure,
    "letters-recipients": recipients.measure,
    "letters-upload": upload.measure,
    "letters-stored": letters_stored.measure,
    "enrollment-deliver": deliver_enrollment.measure,
    "enrollment-cancel-all": enrollment_cancel_all.measure,
    "enrollment-single": enrollment_single.measure,
    "back-office": back_office_pages.measure,
    "back-office-batch": back_office_batch.measure,
    "growth": growth.measure,
    "flow": flow.measure,
    "sizes": sizes.measure,
    "cases": cases.measure,
    "letters": letters.measure,
}
# In the short form most rows share a platform, and growth takes half an hour.
_ONLY_SHORT = {"flow", "sizes", "cases", "letters"}
_ONLY_IN_FULL = {
    "accept", "fan-out", "deliver", "status", "backlog", "large-order", "idle",
    "cases-accept", "cases-refusals", "cases-pages", "cases-sweeps",
    "letters-recipients", "letters-upload", "letters-stored",
    "enrollment-cancel-all", "enrollment-single", "back-office", "back-office-batch",
}  # fmt: skip
_ONLY_NAMED = {"growth"}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    options.add_argument("--short", action="store_true", help="what CI runs: under two minutes")
    given = options.parse_args()
    unknown = set(given.rows) - set(ROWS)
    if unknown:
        options.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    began = time.monotonic()
    broken = [
        name for name in given.rows or _usual(short=given.short) if not run(name, short=given.short)
    ]
    print(f"{time.monotonic() - began:.0f} s; one line of JSON each in {RESULTS}")
    if broken:
        print(f"broken promises: {', '.join(broken)}")
    return 1 if broken else 0


def _usual(*, short: bool) -> list[str]:
    left_out = _ONLY_NAMED | (_ONLY_IN_FULL if short else _ONLY_SHORT)
    return [name for name in ROWS if name not in left_out]


def run(name: str, *, short: bool) -> bool:
    """Whether every promise of the row held. A row that fails does not stop the others."""
    began = time.monotonic()
    try:
        findings = ROWS[name](short=short)
    except Exception:  # noqa: BLE001 whatever it is, the other rows are still worth measuring
        traceback.print_exc()
        return False
    for finding in findings:
        tell(finding)
    print(f"  {name}: {time.monotonic() - began:.0f} s", flush=True)
    return not any(finding.broken for finding in findings)


if __name__ == "__main__":
    raise SystemExit(main())
