"""Rules about a letter alone, in their order (correspondence contract 4.3)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correspondence import rules
from correspondence.errors import BusinessError
from correspondence.inputs import ExternalReference, NewAttachment, NewContent, NewLetter
from correspondence.inputs import ReplyOption as Option
from correspondence.states import ReferenceType as Type

NOW = datetime(2031, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DIALOG = ExternalReference(
    value="019a0c1d-1111-7222-8333-444455556666", type=Type.DialogportenDialogId
)
TRANSMISSION = ExternalReference(value="Alert", type=Type.DialogportenTransmissionType)


def letter(**members: Any) -> NewLetter:
    content: dict[str, Any] = {"language": "nb", "title": "Decision", "body": "**Granted**"}
    content |= {name: members.pop(name) for name in list(members) if name in _CONTENT}
    return NewLetter(
        resource_id="ttd-letters",
        senders_reference="r",
        content=NewContent(**content),
        recipients=["urn:altinn:organization:identifier-no:314100107"],
        **members,
    )


_CONTENT = {"language", "title", "body", "summary", "attachments"}


def file(name="a.pdf", **members):
    return NewAttachment(file_name=name, senders_reference="r", **members)


def number(check, *arguments, **more):
    """Of the rule that is broken; None if all are kept."""
    try:
        check(*arguments, **more)
    except BusinessError as error:
        return error.number
    return None


def test_a_confirmation_needs_a_due_date():
    assert number(rules.check_confirmation, letter(is_confirmation_needed=True)) == 1016
    assert (
        number(rules.check_confirmation, letter(is_confirmation_needed=True, due_date_time=NOW))
        is None
    )


@pytest.mark.parametrize(
    ("due", "publish", "delete", "broken"),
    [
        (-1, None, None, 1008),
        (-1, 2, -1, 1008),
        (1, 2, -1, 1009),
        (0, -5, None, None),
        (2, 2, 2, None),
        (None, None, -1, 1010),
        (None, 2, 1, 1011),
        (3, 2, 2, 1012),
        (3, 2, 3, None),
        (None, None, None, None),
    ],
)
def test_dates_follow_each_other(due, publish, delete, broken):
    def at(hours):
        return None if hours is None else NOW + hours * HOUR

    new = letter(
        due_date_time=at(due),
        requested_publish_time=at(publish),
        allow_system_delete_after=at(delete),
    )

    assert number(rules.check_dates, new, now=NOW) == broken


@pytest.mark.parametrize(
    ("members", "broken"),
    [
        ({}, None),
        ({"title": " "}, 1020),
        ({"title": "<b>x</b>"}, 1002),
        ({"title": "<b>" + "x" * 255}, 1002),
        ({"title": "x" * 256}, 1037),
        ({"title": "x" * 255}, None),
        ({"summary": "x" * 256}, 1042),
        ({"summary": "<b>x</b>"}, None),
        ({"body": "<b>x</b>"}, 1003),
        ({"body": "a<br>b"}, None),
        ({"body": "\n\n"}, 1021),
        ({"body": "x" * 30_001}, 1022),
        ({"body": "x" * 30_000}, None),
        ({"language": "de"}, 1023),
        ({"language": "eng"}, 1023),
        ({"language": "nn"}, None),
        ({"message_sender": "# Us"}, 1039),
        ({"message_sender": "Us & them"}, None),
        ({"external_references": [TRANSMISSION, TRANSMISSION]}, 1052),
        ({"external_references": [TRANSMISSION]}, 1053),
        ({"external_references": [TRANSMISSION, DIALOG]}, None),
        ({"external_references": [replace(DIALOG, value="7")]}, 1048),
        ({"external_references": [replace(DIALOG, value=DIALOG.value.replace("-", ""))]}, None),
        ({"external_references": [replace(DIALOG, value=DIALOG.value.replace("-", "", 1))]}, 1048),
    ],
)
def test_the_rules_of_content(members, broken):
    assert number(rules.check_content, letter(**members)) == broken


def test_of_several_broken_rules_of_content_the_first_answers():
    broken: dict[str, Any] = {
        "title": "<b>" + "x" * 255,
        "summary": "x" * 256,
        "body": "<b>" + "x" * 30_000,
        "language": "de",
        "message_sender": "<b>",
        "external_references": [TRANSMISSION, TRANSMISSION, replace(DIALOG, value="7")],
    }
    mended: list[tuple[int, dict[str, Any]]] = [
        (1002, {"title": "x" * 256}),
        (1037, {"title": "x"}),
        (1042, {"summary": ""}),
        (1003, {"body": "x" * 30_001}),
        (1022, {"body": ""}),
        (1021, {"body": "x"}),
        (1023, {"language": "nb"}),
        (1039, {"message_sender": ""}),
        (1052, {"external_references": [TRANSMISSION]}),
        (1053, {"external_references": [TRANSMISSION, replace(DIALOG, value="7")]}),
        (1048, {"external_references": []}),
    ]
    for expected, mending in mended:
        assert number(rules.check_content, letter(**broken)) == expected
        broken |= mending
    assert number(rules.check_content, letter(**broken)) is None


def test_a_refusal_tells_the_place_and_nothing_of_the_text():
    with pytest.raises(BusinessError) as refusal:
        rules.check_content(letter(body="Dear Kari\n\nyou <secret>"))

    assert "content.messageBody, line 3, character 5" in refusal.value.detail
    assert "secret" not in refusal.value.detail


@pytest.mark.parametrize(
    ("names", "sizes", "broken"),
    [
        ([], [], None),
        (["a.pdf"], [1], None),
        (["a.pdf"], [2_000_000_000], None),
        (["", "a.exe"], [], 2010),
        (["a.pdf", "a.exe"], [0], 2013),
        (["a.pdf"], [], 1005),
        (["a.pdf"], None, 1005),
        ([], [5], 1005),
        (["a.pdf"], [0], 2004),
        (["a.pdf"], [2_000_000_001], 2004),
    ],
)
def test_new_attachments_are_named_matched_and_of_some_size(names, sizes, broken):
    new = letter(attachments=[file(name) for name in names])

    assert number(rules.check_new_attachments, new, sizes) == broken


@pytest.mark.parametrize(
    ("sandbox", "days", "broken"),
    [
        (False, 13, 2017),
        (False, 14, None),
        (False, None, None),
        (True, 1, None),
        (True, 0, 2017),
        (True, -1, 2017),
    ],
)
def test_an_attachment_lives_for_some_days(settings, sandbox, days, broken):
    settings.SANDBOX = sandbox
    new = letter(attachments=[file(expiration_in_days=days)])

    assert number(rules.check_new_attachments, new, [1]) == broken
    assert number(rules.check_new_attachments, new, [0]) == 2004


@pytest.mark.parametrize(
    ("entries", "files", "matched"),
    [
        ("", "", []),
        ("ab", "ab", [0, 1]),
        ("ab", "ba", [1, 0]),
        ("aa", "aa", [0, 1]),
        ("aba", "aab", None),
        ("ab", "a", None),
        ("a", "ab", None),
        ("a", "", None),
        ("aa", "a", None),
        ("ab", "ac", None),
        ("aab", "baa", None),
    ],
)
def test_files_are_matched_by_position_and_name(entries, files, matched):
    given = [file(name) for name in entries]

    if matched is None:
        assert number(rules.match_files, given, list(files)) == 1005
    else:
        assert rules.match_files(given, list(files)) == matched


@given(st.lists(st.sampled_from("abcd"), max_size=6), st.randoms())
def test_matched_files_have_the_names_of_their_entries(names, random):
    files = random.sample(names, len(names))
    entries = [file(name) for name in names]

    if number(rules.match_files, entries, files):
        assert len(set(names)) < len(names)
    else:
        matched = rules.match_files(entries, files)
        assert [files[at] for at in matched] == names
        assert sorted(matched) == list(range(len(files)))


@pytest.mark.parametrize(
    ("link", "sound"),
    [
        ("https://example.com", True),
        ("HTTPS://example.com/a?b=c#d", True),
        ("https://example.com/%C3%B8", True),
        ("https://example.com/" + "x" * 235, True),
        ("https://example.com/" + "x" * 236, False),
        ("http://example.com", False),
        ("https:/example.com", False),
        ("https://", False),
        ("https://exa mple.com", False),
        ("https://example.com/<b>", False),
        ("https://example.com/%zz", False),
        ("https://example.com:port/", False),
        ("https://[::1", False),
        ("//example.com", False),
        ("javascript:alert(1)", False),
        (" https://example.com", False),
        ("", False),
    ],
)
def test_reply_options_lead_to_https_addresses(link, sound):
    new = letter(reply_options=[Option(link_url="https://example.com"), Option(link_url=link)])

    assert number(rules.check_reply_options, new) == (None if sound else 1035)


@given(st.text())
def test_any_text_is_a_link_or_is_not(text):
    assert rules.is_link(text) in {True, False}
