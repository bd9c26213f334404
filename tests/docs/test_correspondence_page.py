"""What docs/correspondence.md shows is what the platform answers."""

import pytest
from django.conf import settings

from correspondence.states import AttachmentStatus, CorrespondenceStatus, NotificationResult
from tests.docs.demo_platform import Reader
from tests.docs.examples import Answer, steps

PAGE = settings.BASE_DIR / "docs" / "correspondence.md"
# Words of the wire that nothing here ever becomes.
_UNUSED = {CorrespondenceStatus.Replied, CorrespondenceStatus.Forwarded}


@pytest.mark.django_db(transaction=True)
def test_every_example_of_the_page_is_answered_as_it_says(reader: Reader) -> None:
    compared = reader.follow(list(steps(PAGE)))

    assert not reader.found, "\n".join(reader.found)
    assert compared >= 20


def test_the_page_names_every_word_that_the_api_may_answer() -> None:
    text = PAGE.read_text()
    statuses = [*(set(CorrespondenceStatus) - _UNUSED), *AttachmentStatus]
    words = [*(status.name for status in statuses), *NotificationResult]
    assert [word for word in words if f"`{word}`" not in text] == []


def test_the_page_shows_refusals_of_several_kinds() -> None:
    shown = {step.status for step in steps(PAGE) if isinstance(step, Answer)}
    assert {400, 404, 409} <= shown
