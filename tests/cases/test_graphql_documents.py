"""Documents that are kept, and those that must not be (cases contract 11)."""

import pytest

from cases.graphql.answering import SCHEMA
from cases.graphql.documents import CHARACTERS_KEPT, LONGEST_KEPT, Documents
from cases.graphql.refusals import Refused


@pytest.fixture
def documents() -> Documents:
    return Documents(SCHEMA)


def test_the_same_document_is_parsed_once(documents: Documents) -> None:
    query = "query($id: ID!) { hentSak(id: $id) { __typename } }"
    assert documents.read(query) is documents.read(query)
    assert documents.read(query + " ") is not documents.read(query)


@pytest.mark.parametrize(
    "query",
    [
        '{ hentSakMedGrupperingsid(merkelapp: "Kari", grupperingsid: "1") { __typename } }',
        '{ hentSakMedGrupperingsid(merkelapp: """Kari""", grupperingsid: """""") { __typename } }',
        "{ hentSak(id: 1012012345) { __typename } }",
        'query($id: ID = "1012012345") { hentSak(id: $id) { __typename } }',
        "query($first: Int = 5) { mineNotifikasjoner(first: $first) { __typename } }",
    ],
)
def test_what_holds_texts_or_numbers_is_never_kept(documents: Documents, query: str) -> None:
    documents.read(query)
    assert len(documents) == 0


def test_nothing_of_a_comment_is_kept(documents: Documents) -> None:
    query = "{ # Kari Nordmann\n  whoami # 01012012345\r\n}\n# og Ola"
    document = documents.read(query)

    assert documents.read(query) is document
    assert document.loc is not None
    assert "".join(document.loc.source.body.split()) == "{whoami}"
    kept = repr(vars(documents))
    assert "Kari" not in kept
    # Everything stands where it stood.
    with pytest.raises(Refused) as refusal:
        documents.read("{ # one\n # two\n nothing }")
    assert refusal.value.errors[0].locations == [(3, 2)]


def test_a_sign_for_comments_within_a_text_begins_none(documents: Documents) -> None:
    query = '{ hentSakMedGrupperingsid(merkelapp: "# a", grupperingsid: "b") { __typename } }'
    (operation,) = documents.read(query).definitions
    assert '"# a"' in operation.loc.source.body  # type: ignore[union-attr]


def test_the_oldest_makes_room(documents: Documents) -> None:
    first = documents.read("query first { whoami }")
    second = documents.read("query second { whoami }")
    long = " " * (LONGEST_KEPT - 50)
    for number in range(CHARACTERS_KEPT // LONGEST_KEPT + 1):
        documents.read("query first { whoami }")
        documents.read(f"query n{number} {{ whoami }}{long}")

    assert len(documents) == CHARACTERS_KEPT // LONGEST_KEPT + 1
    assert documents.read("query first { whoami }") is first
    assert documents.read("query second { whoami }") is not second


def test_a_very_long_one_is_not_kept(documents: Documents) -> None:
    documents.read("{ whoami }" + " " * LONGEST_KEPT)
    assert len(documents) == 0


@pytest.mark.parametrize("query", ["{", "{ nothing }", "{ " + "whoami " * 26 + "}"])
def test_a_refused_one_is_not_kept(documents: Documents, query: str) -> None:
    for _ in range(2):
        with pytest.raises(Refused):
            documents.read(query)
    assert len(documents) == 0
