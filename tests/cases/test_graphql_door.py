"""GraphQL over HTTP (cases contract 2)."""

import pytest

from tests.cases.graphql_door import APP, PATH, Door

WHOAMI = {"query": "{ whoami }"}


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.mark.parametrize("path", [PATH, f"{PATH}/"])
def test_a_query_is_answered(door: Door, path: str) -> None:
    answer = door.send(WHOAMI, path=path)

    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/json")
    assert answer.json() == {"data": {"whoami": APP}}
