"""The send condition: asking the order's owner whether it should still go out (contract 7.2)."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from enum import Enum
from uuid import UUID

import orjson
import structlog

from notifications_platform.core import clock
from notifications_platform.http.outbound import OutboundFailed, request
from notifications_platform.identity.own_tokens import platform_token

log = structlog.get_logger(__name__)

SCOPE = "altinn:system/notifications.condition.check"
TIMEOUT = timedelta(seconds=10)
READ_LIMIT = 64 * 1024
_AT_ONCE = 16


class Verdict(Enum):
    MET = "met"
    NOT_MET = "not met"
    INCONCLUSIVE = "inconclusive"


def ask(endpoints: Mapping[UUID, str]) -> dict[UUID, Verdict]:
    """Ask several owners at the same time; no transaction may be open."""
    if not endpoints:
        return {}
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as threads:
        verdicts = threads.map(_ask_one, endpoints.values())
        return dict(zip(endpoints, verdicts, strict=True))


InHouseCondition = Callable[[Collection[str]], Collection[str]]
_in_house: dict[str, InHouseCondition] = {}


def register(system: str, condition: InHouseCondition) -> None:
    """Let `system` decide, in process, which of its subjects are still to be notified about.

    Called at start by a system of this platform that places orders (contract 7.6). Given some
    subjects, `condition` answers with those for which the order should go out.
    """
    _in_house[system] = condition


def ask_in_house(orders: Iterable[tuple[UUID, str, str]]) -> dict[UUID, Verdict]:
    """Ask each placing system once about all its orders, given as (order, system, subject).

    A plain yes or no; orders without a subject have no condition.
    """
    by_system: dict[str, dict[UUID, str]] = defaultdict(dict)
    for order_id, system, subject in orders:
        if subject:
            by_system[system][order_id] = subject
    verdicts = {}
    for system, subjects in by_system.items():
        going = set(_in_house[system](set(subjects.values())))
        for order_id, subject in subjects.items():
            verdicts[order_id] = Verdict.MET if subject in going else Verdict.NOT_MET
    return verdicts


def _ask_one(endpoint: str) -> Verdict:
    token = platform_token(scope=SCOPE, now=clock.real())
    try:
        answer = request(
            "GET",
            endpoint,
            headers={"Accept": "application/json", "Authorization": f"Bearer {token}"},
            timeout=TIMEOUT,
            read_limit=READ_LIMIT,
            redirects="same-host",
        )
    except OutboundFailed as failure:
        log.info("condition.inconclusive", kind=str(failure))
        return Verdict.INCONCLUSIVE
    return _read(answer.status, answer.body)


def _read(status: int, body: bytes) -> Verdict:
    if not 200 <= status < 300:
        return Verdict.INCONCLUSIVE
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Verdict.INCONCLUSIVE
    match content:
        case {"sendNotification": True}:
            return Verdict.MET
        case {"sendNotification": False}:
            return Verdict.NOT_MET
    return Verdict.INCONCLUSIVE
