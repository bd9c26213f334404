"""Uploads of attachments through the real web process: large ones, slow ones, many at once."""

import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.conf import settings

from correspondence.models import Attachment
from correspondence.states import AttachmentStatus
from notifications_platform.registers.loading import load
from tests.abuse.server import WebProcess
from tests.correspondence.uploads import DIGDIR, made
from tests.kernel.sinks import eventually
from tests.tokens import bearer

PIECE = bytes(1 << 20)
MEGABYTES = 300
# As many as there is room for, and some. Of the room each sender has half.
MANY = 9
TTD_ORG, DIGDIR_ORG = "991825827", "310131172"


@pytest.fixture(autouse=True)
def _registers(transactional_db: None) -> None:
    """The web process sees what is committed."""
    load(Path(settings.BASE_DIR) / "notifications_platform/sandbox/demo_registers.json")


def begin(one: Attachment, *, length: int | None, sender: str = TTD_ORG) -> bytes:
    token = bearer("", "altinn:correspondence.write", organization_number=sender)
    lines = [
        f"POST /correspondence/api/v1/attachment/{one.id}/upload HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/octet-stream",
        "Connection: close",
        *(f"{name}: {value}" for name, value in token.items()),
        "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def body(megabytes: int, *, chunked: bool) -> Iterator[bytes]:
    for _ in range(megabytes):
        yield b"100000\r\n" + PIECE + b"\r\n" if chunked else PIECE
    yield b"0\r\n\r\n" if chunked else b""


@contextlib.contextmanager
def most_memory(web: WebProcess) -> Iterator[list[float]]:
    """What the web process takes at most, in MB, while the `with` lasts."""
    seen, over = [web.megabytes()], threading.Event()

    def look() -> None:
        while not over.wait(0.2):
            seen.append(web.megabytes())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunks"])
def test_a_large_upload_takes_no_memory(web: WebProcess, chunked: bool) -> None:
    one, size = made(), MEGABYTES << 20
    assert web.is_alive()
    with most_memory(web) as seen, web.connect(60) as connection:
        connection.sendall(begin(one, length=None if chunked else size))
        for piece in body(MEGABYTES, chunked=chunked):
            connection.sendall(piece)
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
    one.refresh_from_db()
    assert (one.size, one.status) == (size, AttachmentStatus.UploadProcessing)
    assert max(seen) - seen[0] < 40, seen


def test_an_upload_that_breaks_off_fails_its_attachment(web: WebProcess) -> None:
    one = made()
    with web.connect() as connection:
        connection.sendall(begin(one, length=1000) + b"half")
    assert eventually(lambda: _status(one) == AttachmentStatus.Failed)


def test_uploads_hold_some_threads_and_never_all_nor_one_sender_those_of_others(
    web: WebProcess,
) -> None:
    several = [made() for _ in range(MANY)]
    others = [_of_digdir(one) for one in (made(), made())]
    with ExitStack() as opened:

        def start(one: Attachment, sender: str) -> socket.socket:
            connection = opened.enter_context(web.connect())
            connection.sendall(begin(one, length=1000, sender=sender) + b"x" * 64)
            return connection

        taken = {AttachmentStatus.UploadProcessing}
        connections = [start(one, TTD_ORG) for one in several]
        assert eventually(lambda: len([one for one in several if _status(one) in taken]) == 2)
        refused = eventually(lambda: _answered(connections, at_least=MANY - 2))
        assert {one.recv(13) for one in refused} == {b"HTTP/1.1 503 "}
        for one in others:
            start(one, DIGDIR_ORG)
        assert eventually(lambda: all(_status(one) in taken for one in others))
        assert web.is_alive()
    assert eventually(lambda: not [one for one in (*several, *others) if _status(one) in taken])
    statuses = [_status(one) for one in several]
    assert statuses.count(AttachmentStatus.Initialized) == MANY - 2


def _of_digdir(one: Attachment) -> Attachment:
    one.sender, one.service_owner = DIGDIR.urn, "digdir"
    one.save()
    return one


def _answered(connections: list[socket.socket], *, at_least: int) -> list[socket.socket]:
    answered, _, _ = select.select(connections, [], [], 0)
    return answered if len(answered) >= at_least else []


def _status(one: Attachment) -> int:
    one.refresh_from_db()
    return one.status
