"""What a letter is, of all that it has ever been (contract 7.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correspondence.states import AVAILABLE, PURGED, CorrespondenceStatus, current, named

S = CorrespondenceStatus


def _ever(*statuses: CorrespondenceStatus) -> int:
    return sum(status.bit for status in statuses)


@pytest.mark.parametrize(
    ("been", "shown"),
    [
        ((S.Initialized,), S.Initialized),
        ((S.Initialized, S.ReadyForPublish, S.Published), S.Published),
        ((S.Initialized, S.ReadyForPublish, S.Published, S.Fetched), S.Published),
        ((S.Published, S.Fetched, S.Read), S.Read),
        ((S.Published, S.Read, S.AttachmentsDownloaded), S.AttachmentsDownloaded),
        ((S.Published, S.AttachmentsDownloaded, S.Read, S.Confirmed), S.AttachmentsDownloaded),
        ((S.Published, S.AttachmentsDownloaded, S.PurgedByRecipient), S.PurgedByRecipient),
        ((S.Initialized, S.Failed, S.PurgedByAltinn), S.PurgedByAltinn),
        ((S.Initialized, S.Reserved), S.Reserved),
    ],
)
def test_the_highest_number_counts_but_fetched_does_not_and_a_purge_beats_all(been, shown):
    assert current(_ever(*been)) is shown


@given(st.sets(st.sampled_from(list(S)), min_size=1))
def test_a_letter_that_has_been_purged_is_never_available_again(been):
    shown = current(_ever(*been))
    assert shown in been
    if been & PURGED:
        assert shown in PURGED
        assert shown not in AVAILABLE


@pytest.mark.parametrize("given_", ["Published", "published", "PUBLISHED", 2, "2"])
def test_a_status_is_read_by_name_in_any_case_or_by_number(given_):
    assert named(S, given_) is S.Published


@pytest.mark.parametrize("given_", ["", "Publish", 14, -1, True, None, 2.0, "٢", []])
def test_what_names_no_status_is_none(given_):
    assert named(S, given_) is None
