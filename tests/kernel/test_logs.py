"""What a log line keeps of an error, and what it does not."""

import io
import logging

import pytest
import structlog
from django.db import DatabaseError, connection, transaction

from notifications_platform.core.logs import mask_personal_data
from tests.factories import make_messages

SECRET = "the diagnosis"
TEXT = f"first line\n\n{SECRET}\nlast line"


def _break_a_rule() -> None:
    """The server names the rule, and quotes the row in a DETAIL of several lines."""
    (message,) = make_messages()
    rule = "ALTER TABLE delivery_message ADD CONSTRAINT nobody CHECK (recipient = '')"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(rule)
        cursor.execute(
            "UPDATE delivery_message SET recipient = %s WHERE id = %s", [TEXT, message.pk]
        )


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the platform's own handler writes."""
    stream = io.StringIO()
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter):
            monkeypatch.setattr(handler, "stream", stream)
    return stream


@pytest.mark.django_db
def test_the_row_that_the_database_refused_is_not_quoted(written: io.StringIO) -> None:
    with pytest.raises(DatabaseError, match=SECRET) as failed:
        _break_a_rule()
    error = failed.value
    structlog.get_logger("tests").error("failed", error=str(error), shown=repr(error))
    structlog.get_logger("tests").error("failed", exc_info=error)
    logging.getLogger("tests").error("failed: %r", error, exc_info=error)
    line = written.getvalue()
    assert SECRET not in line
    assert "last line" not in line
    assert line.count('violates check constraint "nobody"') >= 4
    # Both of the chain: the driver's error and Django's.
    assert line.count("The above exception was the direct cause") == 2
    assert line.count("_break_a_rule") >= 2


def test_an_error_without_a_quotation_is_kept_whole() -> None:
    told = "Traceback\n  DETAIL is a word\nValueError: more\nlines"
    assert mask_personal_data(None, "", {"exception": told})["exception"] == told
