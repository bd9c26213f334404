"""Whatever is done to notifications, in whatever order, each one's history is a legal way to where
it is (enrollment contract 3, 7).
"""

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrollment.grants import ALL
from enrollment.models import EnrollmentEventNotification
from enrollment.states import Status
from notifications_platform.delivery.channels.base import Permanent, Sent, Transient, Verdict
from notifications_platform.delivery.states import Reason
from tests.enrollment.acting import all_failed, assert_legal, listed, many, one
from tests.enrollment.conftest import OURS, Api, calling
from tests.enrollment.telling import attempt, define, event, tell

pytestmark = pytest.mark.django_db

_VERDICTS: dict[str, Verdict] = {
    "sent": Sent(),
    "transient": Transient("HTTP 503"),
    "permanent": Permanent(Reason.GAVE_UP, "HTTP 410"),
}
_NUMBERS = st.integers(0, 3)
_STEPS = st.one_of(
    st.tuples(st.just("tell"), st.sampled_from(["P-1", "P-2", "P-3"])),
    st.tuples(st.just("attempt"), st.sampled_from(sorted(_VERDICTS))),
    st.tuples(st.just("one"), st.sampled_from(["cancel", "resend"]), _NUMBERS),
    st.tuples(st.just("list"), st.sampled_from(["cancel", "resend"]), st.lists(_NUMBERS)),
    st.tuples(st.just("all"), st.sampled_from(["cancel", "resend"])),
    st.tuples(st.just("policy"), st.sampled_from(["approve", "revert"])),
)
_FINAL = {Status.SENT, Status.CANCELLED}


def do(api: Api, step: tuple[Any, ...], known: list[int]) -> None:
    def id_of(number: int) -> int:
        return known[-1 - number] if number < len(known) else 10**9

    match step:
        case ("tell", person):
            assert tell(api, event(person), policyApproved=True).status_code == 201
        case ("attempt", verdict):
            attempt(_VERDICTS[verdict])
        case ("one", operation, number):
            answer = api.put(one(id_of(number), operation))
            assert answer.status_code in {200, 202, 404, 422}
        case ("list", operation, numbers):
            named = listed(*map(id_of, numbers))
            assert api.put(many(operation), named).status_code in {200, 202, 422}
        case ("all", operation):
            assert api.put(many(operation), all_failed(operation)).status_code in {200, 202}
        case ("policy", change):
            assert api.post(f"policies/POL-1/{change}").status_code in {200, 404}


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(_STEPS, min_size=4, max_size=14))
def test_every_history_is_legal(db: None, steps: list[tuple[Any, ...]]) -> None:
    with transaction.atomic():
        _run([("tell", "P-1"), ("attempt", "permanent"), *steps])
        transaction.set_rollback(True)


def _run(steps: list[tuple[Any, ...]]) -> None:
    api = calling(OURS, ALL)
    define(api, retrySchedule=[0])
    ended: dict[int, str] = {}
    for step in steps:
        rows = EnrollmentEventNotification.objects.order_by("pk")
        do(api, step, list(rows.values_list("pk", flat=True)))
        for row in rows:
            assert ended.get(row.pk, row.status) == row.status, "what is final stays so"
            if row.status in _FINAL:
                ended[row.pk] = row.status
    for row in EnrollmentEventNotification.objects.all():
        assert_legal(row.pk)
