"""Whatever is told or defined: an answer that the contract knows, and all or nothing."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrollment.models import EnrollmentEventNotification, PolicyEnrollmentEvent
from tests.enrollment.conftest import Api
from tests.enrollment.telling import BUSINESS_EVENTS, DEFINITIONS, EVENTS, define

brief = settings(
    max_examples=25,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["MEMBER_ENROLLED", "NONE", "2025-03-01", "9999-99-99", "whsec_AAAA", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)


def members(*names: str, **usual: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Each may be left out, be as it should, or be anything."""
    strategies = {name: usual.get(name, ANYTHING) | ANYTHING for name in names}
    return st.fixed_dictionaries({}, optional=strategies)


EVENT = members(
    *("personCode", "businessEventDefinitionCode", "descr", "effectiveDate"),
    *("eventReference", "value0", "value9", "valueX"),
    personCode=st.text(min_size=1, max_size=5),
    businessEventDefinitionCode=st.sampled_from(["MEMBER_ENROLLED", "MEMBER_CHANGED"]),
    descr=st.text(),
    effectiveDate=st.dates().map(str),
    eventReference=st.text(max_size=3),
    value0=st.text(),
    value9=st.text(),
)
BODY = members(
    *("policyGid", "policyApproved", "policyEnrollmentEventList"),
    policyGid=st.text(max_size=5),
    policyApproved=st.booleans(),
    policyEnrollmentEventList=st.lists(EVENT, min_size=1, max_size=3),
)
DEFINITION = members(
    *("code", "descr", "active", "businessEventDefinitionCodes", "emitNotification"),
    *("endpointUrl", "httpMethod", "retrySchedule", "signingSecret", "authentication"),
    code=st.sampled_from(["ENROLLED", "NEW_1"]),
    descr=st.text(),
    active=st.booleans(),
    businessEventDefinitionCodes=st.lists(st.sampled_from(["MEMBER_ENROLLED", "NONE"]), max_size=2),
    emitNotification=st.sampled_from(["PRE_APPROVAL", "POST_APPROVAL"]),
    endpointUrl=st.sampled_from(["https://a.example/x", "http://[::1]:8/", "http://é.example"]),
    retrySchedule=st.lists(st.integers(0, 99), max_size=3),
)


@pytest.fixture(autouse=True)
def _defined(api: Api) -> None:
    define(api)


def count() -> tuple[int, int]:
    return PolicyEnrollmentEvent.objects.count(), EnrollmentEventNotification.objects.count()


@brief
@given(body=BODY | ANYTHING, policy=st.sampled_from(["POL-1", "POL-1", "", "%00", "%FF"]))
def test_events_are_taken_whole_or_not_at_all(api: Api, body: Any, policy: str) -> None:
    before = count()

    answer = api.post(f"{EVENTS}?policyCode={policy}", body)

    assert answer.status_code in (201, 400, 422), answer.content
    if answer.status_code != 201:
        assert count() == before
    else:
        events, notifications = count()
        assert events - before[0] <= len(body["policyEnrollmentEventList"])
        assert notifications - before[1] <= events - before[0]


@brief
@given(body=DEFINITION | ANYTHING, way=st.sampled_from(["define", "change", "business event"]))
def test_definitions_are_kept_or_refused(api: Api, body: Any, way: str) -> None:
    path = f"{DEFINITIONS}/key/ENROLLED"

    match way:
        case "define":
            answer = api.post(DEFINITIONS, body)
        case "change":
            answer = api.patch(path, body)
        case _:
            answer = api.post(BUSINESS_EVENTS, body)

    assert answer.status_code in (200, 201, 400, 422), answer.content
    if answer.status_code == 200:
        shown = api.get(path).json()
        sent = {name: value for name, value in body.items() if value not in (None, "", [])}
        for name in {"active", "httpMethod", "endpointUrl", "retrySchedule"} & set(sent):
            assert shown[name] == sent[name]
