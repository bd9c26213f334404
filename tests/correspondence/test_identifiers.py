"""Parties and resources on the wire and in store (correspondence contract 3.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correspondence.identifiers import (
    as_answered,
    stored_party,
    stored_recipient,
    stored_resource,
)

ORGANIZATION = "urn:altinn:organization:identifier-no:"
PERSON = "urn:altinn:person:identifier-no:"
EMAIL = "urn:altinn:person:idporten-email:"
USER = "urn:altinn:person:legacy-selfidentified:"


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("0192:314100107", f"{ORGANIZATION}314100107"),
        (f"{ORGANIZATION}314100107", f"{ORGANIZATION}314100107"),
        (f"{ORGANIZATION}314100107".upper(), f"{ORGANIZATION}314100107"),
        ("01819590008", f"{PERSON}01819590008"),
        (f"{PERSON}01819590008", f"{PERSON}01819590008"),
    ],
)
def test_parties_are_stored_in_one_form(text, stored):
    assert stored_party(text) == stored_recipient(text) == stored


@pytest.mark.parametrize(
    "text",
    [
        "",
        "314100107",
        "9908:314100107",
        "0192:31410010",
        "0192:3141001070",
        "0192:31410010\u0667",
        "0192: 314100107",
        "01819590009",
        "0192:01819590008",
        f"{ORGANIZATION}01819590008",
        f"{PERSON}314100107",
        f"{PERSON}01819590009",
        "urn:altinn:person:identifier-no",
    ],
)
def test_other_forms_are_refused(text):
    assert stored_party(text) is None
    assert stored_recipient(text) is None


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        (f"{EMAIL}Kari@Example.com", True),
        (f"{EMAIL}kari", False),
        (f"{EMAIL}@example.com", False),
        (f"{EMAIL}kari@", False),
        (f"{EMAIL}a@b@example.com", False),
        (f"{EMAIL}a:b@example.com", False),
        (f"{EMAIL}a b@example.com", False),
        (f"{EMAIL}{'a' * 300}@example.com", False),
        (f"{USER}Kari", True),
        (f"{USER}", False),
        (f"{USER}a:b", False),
    ],
)
def test_self_registered_users_are_recipients_only(text, sound):
    assert stored_recipient(text) == (text.lower() if sound else None)
    assert stored_party(text) is None


def test_the_answer_shows_organisations_by_their_iso_form():
    assert as_answered(f"{ORGANIZATION}314100107") == "0192:314100107"
    assert as_answered(f"{PERSON}01819590008") == f"{PERSON}01819590008"


def test_the_prefix_of_a_resource_is_taken_away():
    assert stored_resource("urn:altinn:resource:ttd-letters") == "ttd-letters"
    assert stored_resource("ttd-letters") == "ttd-letters"


@given(st.text() | st.text().map(EMAIL.__add__) | st.text().map(USER.__add__))
def test_what_is_stored_once_is_stored_the_same_again(text):
    stored = stored_recipient(text)

    if stored is not None:
        assert len(stored) <= 300
        assert stored_recipient(stored) == stored


@given(st.from_regex(r"[0-9]{9}", fullmatch=True))
def test_both_forms_of_an_organisation_are_the_same_party(number):
    urn = stored_recipient(f"0192:{number}")

    assert urn is not None
    assert urn == stored_recipient(ORGANIZATION + number)
    assert stored_recipient(as_answered(urn)) == urn
