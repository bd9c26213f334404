"""How long each page of the back office takes with a million messages stored.

One member of the staff visits the front page, every list (as it opens, narrowed by its filters,
its second page), one row of each, and searches for every kind of thing. A page counts with the
median of its visits, the first one, which fills caches, left out. The figure is the slowest
page's, and beside it stands the same walk on a platform that has almost nothing.
"""

import statistics
from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks.back_office.filling import LARGE, SMALL, Stored, fill
from benchmarks.back_office.searches import terms
from benchmarks.back_office.staff import Staff, Visit
from benchmarks.platform import Platform, running_platform, running_sinks
from benchmarks.report import Finding

_MOST_MS = 300.0
_VISITS = 4
_SHOWN = 8


def measure(*, short: bool) -> list[Finding]:
    sizes = (SMALL,) if short else (SMALL, LARGE)
    with ExitStack() as stack:
        return [finding for stored in sizes for finding in _measured(stack, stored)]


def _measured(stack: ExitStack, stored: Stored) -> Iterator[Finding]:
    sinks = stack.enter_context(running_sinks())
    platform = stack.enter_context(running_platform(sinks, SWEEP_SECONDS="86400"))
    fill(platform, stored)
    staff = Staff(platform)
    yield _finding("back office, pages", stored, dict(_walk(staff)))
    yield _finding("back office, search", stored, dict(_search(staff, platform)))


def _walk(staff: Staff) -> Iterator[tuple[str, list[Visit]]]:
    yield "/admin/", _visits(staff, "/admin/")
    for path in staff.lists():
        yield path, _visits(staff, path)
        for behind in staff.pages_behind(path):
            yield behind, _visits(staff, behind)


def _visits(staff: Staff, path: str) -> list[Visit]:
    return [staff.visit(path) for _ in range(_VISITS)][1:]


def _search(staff: Staff, platform: Platform) -> Iterator[tuple[str, list[Visit]]]:
    """Posted, and followed to what was found."""
    home = staff.visit("/admin/").html
    for kind, term in terms(platform).items():
        found = [staff.post("/admin/search/", {"term": term}, seen=home) for _ in range(_VISITS)]
        yield kind, found[1:]


def _finding(name: str, stored: Stored, walked: dict[str, list[Visit]]) -> Finding:
    took = {path: statistics.median(visit.ms for visit in each) for path, each in walked.items()}
    slowest = sorted(took, key=lambda path: -took[path])[:_SHOWN]
    wrong = [
        f"{path} answered {visit.status}"
        for path, each in walked.items()
        for visit in each[:1]
        if visit.status != 200
    ]
    return Finding(
        f"{name}, {stored.messages:,} messages",
        "ms",
        [visit.ms for visit in walked[slowest[0]]],
        most=_MOST_MS,
        broken=wrong,
        extra={
            "pages": len(took),
            "median_ms": round(statistics.median(took.values())),
            "over_the_limit": sum(ms > _MOST_MS for ms in took.values()),
            "slowest": {path: round(took[path]) for path in slowest},
        },
    )
