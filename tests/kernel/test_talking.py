"""What is said and heard on a connection during one call (delivery contract 5)."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest

from notifications_platform.http import talking
from notifications_platform.http.deadline import Deadline
from notifications_platform.http.kept import newly_made
from notifications_platform.http.talking import Wire
from tests.kernel.certificates import Certificates

SECOND = timedelta(seconds=1)
LARGE = b"x" * 50_000


@pytest.fixture(params=["plain", "secured"])
def connected(
    request: pytest.FixtureRequest, certificates: Certificates
) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Our end and theirs."""
    with ExitStack() as open_sockets:
        ours, theirs = map(open_sockets.enter_context, socket.socketpair())
        if request.param == "secured":
            secured: list[ssl.SSLSocket] = []
            server = certificates.server_context("known.example")
            accepting = threading.Thread(
                target=lambda: secured.append(server.wrap_socket(theirs, server_side=True))
            )
            accepting.start()
            client = certificates.client_context()
            ours = client.wrap_socket(ours, server_hostname="known.example")
            open_sockets.enter_context(ours)
            accepting.join(5)
            theirs = open_sockets.enter_context(secured[0])
        yield ours, theirs


def test_who_always_has_more_to_say_has_no_more_time_than_others(
    connected: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = connected
    theirs.sendall(LARGE)
    in_time = Wire(newly_made(ours), Deadline(SECOND * 60))
    assert in_time.receive().startswith(b"xx")

    with pytest.raises(TimeoutError):
        Wire(newly_made(ours), Deadline(SECOND * 0)).receive()


def test_a_rest_that_nobody_wants_is_not_read_for_as_long_as_there_is_some(
    connected: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talking, "_HURRY", SECOND * 0)
    ours, theirs = connected
    theirs.sendall(LARGE)
    wire = Wire(newly_made(ours), Deadline(SECOND * 60))
    assert wire.receive().startswith(b"xx")

    wire.hurry()
    with pytest.raises(TimeoutError):
        wire.receive()


def test_who_always_has_room_is_told_nothing_after_the_time_allowed(
    connected: tuple[socket.socket, socket.socket],
) -> None:
    ours, _ = connected
    with pytest.raises(TimeoutError):
        Wire(newly_made(ours), Deadline(SECOND * 0)).send(b"x")
