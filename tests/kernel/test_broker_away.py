"""What workers and scheduler do while the broker is away."""

import socket

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
