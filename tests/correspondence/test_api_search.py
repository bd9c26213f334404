"""GET /correspondence (contract 6.1)."""

from datetime import timedelta
from typing import Any

import pytest

from correspondence.callers import READ, WRITE
from notifications_platform.core import clock
from tests.correspondence.conftest import (
    ALT,
    DIGDIR,
    FRODE,
    KARI,
    ORGANIZATION,
    PERSON,
    RITA,
    SIRI,
    TTD,
    UTEN,
    Api,
    Load,
    organization,
    person,
    problem_of,
)

pytestmark = pytest.mark.django_db

KEY = "7c9e6679-f42b-4de9-a1c3-b0d5e8f70a11"


def in_days(days: int) -> str:
    return (clock.real() + timedelta(days=days)).isoformat()


def found(api: Api, role: str = "Sender", **query: str) -> list[str]:
    answer = api.get("/correspondence", resourceId="ttd-letters", role=role, **query)
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert set(body) == {"ids"}
    ids: list[str] = body["ids"]
    return ids


def test_letters_come_newest_publish_time_first(sender: Api) -> None:
    later, last, first = (sender.sent(requestedPublishTime=in_days(days)) for days in (2, 3, 1))
    assert found(sender) == [last, later, first]
    assert found(sender, "sender") == found(sender, "1") == [last, later, first]
    assert found(sender, offset="1", limit="1") == [later]
    assert found(sender, limit="0") == []


def test_everybody_finds_only_what_is_theirs(sender: Api, recipient: Api) -> None:
    id = sender.published()
    sender.published(recipients=[f"0192:{UTEN}"])
    assert found(recipient, "Recipient") == [id]
    assert found(recipient, "RecipientAndSender") == [id]
    assert found(recipient, "Sender") == []
    assert found(sender, "Recipient") == []
    for stranger in (organization(DIGDIR), person(FRODE), person(KARI)):
        for role in ("Sender", "Recipient", "RecipientAndSender"):
            assert found(stranger, role) == []


def test_a_role_needs_its_scope(sender: Api) -> None:
    sender.published()
    assert found(organization(TTD, READ), "Sender") == []
    assert found(organization(ALT, WRITE), "Recipient") == []


def test_an_own_letter_comes_once(registers: Load) -> None:
    registers({"organizations": [{"organizationNumber": TTD, "name": "Testdepartementet"}]})
    owner = organization(TTD, f"{WRITE} {READ}")
    own = owner.published(recipients=[f"0192:{TTD}"])
    other = owner.sent(requestedPublishTime=in_days(1))
    assert found(owner, "RecipientAndSender") == [other, own]
    assert found(owner, "Recipient") == [own]


def test_the_status_is_any_that_a_letter_has_ever_had(sender: Api, recipient: Api) -> None:
    id = sender.published()
    waiting = sender.sent(requestedPublishTime=in_days(1))
    recipient.get(f"/correspondence/{id}/content")
    for status in ("Published", "published", "2", "Fetched", "Read", "4"):
        assert found(sender, status=status) == [id]
        assert found(recipient, "Recipient", status=status) == [id]
    assert found(sender, status="Confirmed") == []
    assert found(sender, status="ReadyForPublish") == [waiting, id]
    for status in ("Initialized", "ReadyForPublish", "Failed"):
        assert found(recipient, "Recipient", status=status) == []
    assert found(recipient, "Recipient") == [id]


def test_each_set_of_statuses_is_looked_into_and_merged_by_time(
    sender: Api, recipient: Api
) -> None:
    ids = [sender.published(sendersReference="R") for _ in range(4)]
    for id, act in ((ids[0], "confirm"), (ids[1], "archive"), (ids[3], "confirm")):
        recipient.get(f"/correspondence/{id}/content")
        assert recipient.post(f"/correspondence/{id}/{act}").status_code == 200
    recipient.get(f"/correspondence/{ids[2]}")
    newest_first = ids[::-1]
    assert found(sender, status="Fetched") == newest_first
    assert found(sender, status="Fetched", offset="1", limit="2") == newest_first[1:3]
    assert found(recipient, "Recipient", status="Confirmed") == [ids[3], ids[0]]
    assert found(sender, status="Read", sendersReference="R") == [ids[3], ids[1], ids[0]]


def test_recipients_do_not_find_what_was_never_there_for_them(sender: Api) -> None:
    """A reserved one, and one that its sender took back, are 404 to them by their ids, too."""
    sender.initialize(recipients=[PERSON + RITA, f"0192:{ALT}"], requestedPublishTime=in_days(1))
    reserved, taken_back = (
        found(sender, status=status)[0] for status in ("Reserved", "Initialized")
    )
    assert sender.delete(f"/correspondence/{taken_back}/purge").status_code == 200
    for number, id in ((RITA, reserved), (ALT, taken_back)):
        to = person(RITA) if number == RITA else organization(ALT, READ)
        assert to.get(f"/correspondence/{id}").status_code == 404
        for status in ({}, {"status": "Reserved"}, {"status": "PurgedByAltinn"}):
            assert found(to, "Recipient", **status) == []


def test_from_and_to_exclude_themselves(sender: Api) -> None:
    moment = in_days(1)
    id = sender.sent(requestedPublishTime=moment)
    assert found(sender, **{"from": in_days(0), "to": in_days(2)}) == [id]
    assert found(sender, **{"from": moment}) == []
    assert found(sender, to=moment) == []
    answer = sender.get(
        "/correspondence",
        resourceId="ttd-letters",
        role="Sender",
        **{"from": in_days(2), "to": in_days(1)},
    )
    problem_of(answer, 400, 1027)


def test_the_senders_reference_is_matched_exactly(sender: Api) -> None:
    id = sender.sent(sendersReference="A-1")
    sender.sent(sendersReference="A-11")
    assert found(sender, sendersReference="A-1") == [id]
    assert found(sender, sendersReference="a-1") == []


def test_a_key_finds_its_letter_under_the_right_resource_and_role(
    sender: Api, recipient: Api
) -> None:
    id = sender.published(idempotentKey=KEY)
    sender.sent()
    assert found(sender, idempotentKey=KEY) == [id]
    assert found(recipient, "Recipient", idempotentKey=KEY) == [id]
    assert found(recipient, "Sender", idempotentKey=KEY) == []
    assert found(sender, idempotentKey=KEY[:-1] + "2") == []
    answer = sender.get(
        "/correspondence", resourceId="ttd-letters-bypass", role="Sender", idempotentKey=KEY
    )
    assert answer.json() == {"ids": []}


def test_on_behalf_of_needs_access_to_that_party(sender: Api, recipient: Api) -> None:
    id = sender.published()
    for party in (f"0192:{ALT}", ORGANIZATION + ALT):
        assert found(person(SIRI), "Recipient", onBehalfOf=party) == [id]
        assert found(recipient, "Recipient", onBehalfOf=party) == [id]
    assert found(person(SIRI), "Sender", onBehalfOf=f"0192:{ALT}") == []
    assert found(person(SIRI), "Recipient", onBehalfOf=" ") == []
    for stranger, party in (
        (person(FRODE), f"0192:{ALT}"),
        (person(SIRI), f"0192:{UTEN}"),
        (person(SIRI), PERSON + KARI),
        (organization(DIGDIR), f"0192:{TTD}"),
    ):
        answer = stranger.get(
            "/correspondence", resourceId="ttd-letters", role="Recipient", onBehalfOf=party
        )
        problem_of(answer, 403, 4001)


def test_all_that_is_wrong_with_a_query_is_told(sender: Api) -> None:
    answer = sender.get(
        "/correspondence",
        role="Reader",
        status="Gone",
        onBehalfOf=ALT,
        idempotentKey="x",
        limit="many",
        **{"from": "soon"},
    )
    assert answer.status_code == 400
    body = answer.json()
    assert body["code"] == "STD-00000"
    assert set(body["errors"]) == {
        *("resourceId", "role", "status", "from", "onBehalfOf", "idempotentKey", "limit")
    }


@pytest.mark.parametrize("query", [{"offset": "-1"}, {"limit": "-1"}])
def test_paging_is_not_negative(sender: Api, query: dict[str, str]) -> None:
    answer = sender.get("/correspondence", resourceId="ttd-letters", role="Sender", **query)
    problem_of(answer, 400, 1028)


def test_names_of_parameters_and_the_resources_prefix_are_understood(sender: Api) -> None:
    id = sender.sent()
    answer = sender.get("/correspondence", RESOURCEID="urn:altinn:resource:ttd-letters", Role="1")
    assert answer.json() == {"ids": [id]}


def test_a_search_takes_the_same_few_statements_however_much_is_found(
    sender: Api, django_assert_max_num_queries: Any
) -> None:
    for count in (1, 20):
        sender.initialize(recipients=[f"0192:{ALT}"])
        for _ in range(count - 1):
            sender.sent()
        with django_assert_max_num_queries(2):
            assert len(found(sender)) >= count
