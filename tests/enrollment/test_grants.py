"""Who may call what: one grant per route, and the ceiling of the register (contract 8)."""

from collections.abc import Collection

import pytest

from enrollment.grants import ALL, Grant, granted
from tests.enrollment.conftest import OURS, THEIRS, Load, calling
from tests.enrollment.routes import ROUTES
from tests.enrollment.telling import stored

ELSEWHERE = "altinn:serviceowner/notifications.create"


def open_to(scopes: Collection[str], client: str = OURS) -> set[Grant]:
    """The grants whose every route lets such a caller in, and nobody else's."""
    api = calling(client, *scopes)
    opened: set[Grant] = set()
    closed: set[Grant] = set()
    for route in ROUTES:
        # Nothing is done: where a grant suffices, the next refusal is 406.
        answer = api.call(route.method, route.path, route.body, Accept="text/html")
        assert answer.status_code in (403, 406), (route, answer.content)
        (opened if answer.status_code == 406 else closed).add(route.grant)
    assert not opened & closed
    return opened


def test_a_grant_opens_its_own_routes_and_no_other(db: None) -> None:
    before = stored()
    for grant in Grant:
        assert open_to([grant]) == {grant}
    assert open_to([]) == open_to([ELSEWHERE]) == set()
    assert open_to([Grant.READ.upper(), f"{Grant.CANCEL}x", "ohi:enrollment"]) == set()
    assert open_to([ALL]) == set(Grant)
    assert open_to([Grant.CANCEL, Grant.EVENTS, ELSEWHERE]) == {Grant.CANCEL, Grant.EVENTS}
    assert stored() == before


def test_the_register_sets_a_ceiling(registered: Load) -> None:
    registered(OURS, grants=[Grant.CANCEL, Grant.READ])

    assert open_to([ALL]) == {Grant.CANCEL, Grant.READ}
    assert open_to([Grant.CANCEL, Grant.EVENTS]) == {Grant.CANCEL}
    assert open_to([Grant.EVENTS]) == set()
    # It gives nothing by itself, and is nobody else's.
    assert open_to([]) == set()
    assert open_to([ALL], THEIRS) == set(Grant)


@pytest.mark.parametrize(
    ("ceiling", "left"),
    [([], set(Grant)), ([ALL], set(Grant)), ([ELSEWHERE], set())],
)
def test_a_ceiling_may_be_absent_all_or_beside_the_point(
    registered: Load, ceiling: list[str], left: set[Grant]
) -> None:
    registered(OURS, grants=ceiling)

    assert open_to([ALL]) == left


def test_a_ceiling_holds_from_the_next_call_on(registered: Load) -> None:
    api = calling(OURS, ALL)
    registered(OURS, grants=[])
    assert api.get("generic").status_code == 200
    registered(OURS, grants=[Grant.CANCEL])
    assert api.get("generic").status_code == 403


def test_what_is_granted_is_what_both_allow() -> None:
    assert granted({ALL}, {Grant.READ}) == {Grant.READ}
    assert granted({Grant.READ, Grant.CANCEL}, {ALL}) == {Grant.READ, Grant.CANCEL}
    assert granted({Grant.READ}, {Grant.CANCEL}) == set()
