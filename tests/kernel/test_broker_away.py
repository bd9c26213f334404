"""What workers and scheduler do while the broker is away."""

import socket
from typing import Any

import pytest
from celery import current_app
from kombu.exceptions import OperationalError
from kombu.utils import functional


def test_a_broker_that_is_away_is_looked_for_every_two_seconds_however_long_it_takes(monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr(functional, "sleep", slept.append)
    pauses: list[float] = []
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = f"redis://127.0.0.1:{free.getsockname()[1]}/0"
    with current_app.connection_for_read(nobody) as connection, pytest.raises(OperationalError):
        # As Celery's worker and its scheduler call it.
        connection.ensure_connection(lambda _error, pause: pauses.append(pause), 20)
    assert pauses == [2] * 20
    assert sum(slept) == 40


def test_what_is_left_of_a_lost_connection_fails_as_lost_and_not_as_a_defect():
    connection: Any = current_app.connection_for_read()
    left = connection.channel()
    # What a worker does with it while it starts over: anything but an error of the connection
    # would end the worker.
    connection._do_close_transport()
    with left.conn_or_acquire() as client:
        assert client.ping()
