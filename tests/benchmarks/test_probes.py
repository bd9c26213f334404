"""The limits that delivery stands beside: they send and record each message once, too."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager

import orjson
import psycopg
import pytest

from benchmarks.limits.intake import intake_rate
from benchmarks.probe import mail, outbox, sms
from benchmarks.sinks import Sink

BODY = "Blåbær & <rømme>"
# Neither a whole number of claims, nor of batches or connections.
COUNT = 1234


@pytest.fixture
def connection() -> Iterator[psycopg.Connection]:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        yield connection
        connection.execute("DROP TABLE IF EXISTS probe_message, probe_attempt")


@pytest.mark.parametrize("sending", [mail.sending, mail.sending_by_threads])
def test_the_probe_sends_each_mail_once(sending, connection, tmp_path):
    addresses = [f"receiver{number}@bench.example" for number in range(COUNT)]
    with Sink("smtp", keep=tmp_path / "mail") as sink:
        recorded = _run(connection, addresses, sending(sink.port, BODY))
        kept = sink.kept()
    assert recorded == dict.fromkeys(addresses, "250 taken")
    assert sorted(address for _, address, _ in kept) == sorted(addresses)


def test_the_probe_records_each_sms_with_its_own_reference(connection, tmp_path):
    numbers = [f"+47{40_000_000 + number}" for number in range(COUNT)]
    with Sink("pswin", keep=tmp_path / "sms") as sink:
        recorded = _run(connection, numbers, sms.sending(sink.port, BODY))
        kept = {f"+{address}": reference for _, address, reference in sink.kept()}
    assert recorded == kept
    assert sorted(kept) == sorted(numbers)


def test_the_limit_of_accepting_stores_no_order_with_a_bad_address(connection):
    body = orjson.dumps({"recipients": [{"emailAddress": "a@bench.example"}]})
    bad = orjson.dumps({"recipients": [{"emailAddress": "a@b@bench.example"}]})
    assert intake_rate(connection, [body], seconds=0.01) > 0
    with pytest.raises(ValueError, match="no address"):
        intake_rate(connection, [bad], seconds=0.01)
    assert connection.execute("SELECT count(*) FROM limit_recipient").fetchone() == (0,)
    connection.execute("DROP TABLE limit_recipient")


def _run(
    connection: psycopg.Connection,
    addresses: list[str],
    sending: AbstractContextManager[outbox.Send],
) -> dict[str, str]:
    """What was answered, by address, of all messages that are recorded as sent."""
    outbox.fill(connection, addresses)
    with sending as send:
        assert outbox.run(connection, send) > 0
    rows = connection.execute(
        "SELECT address, answer FROM probe_message AS message JOIN probe_attempt AS attempt "
        "ON attempt.message_id = message.id WHERE state = 'sent' AND number = attempts"
    ).fetchall()
    assert len(rows) == len(addresses)
    return dict(rows)
