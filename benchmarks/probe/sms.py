"""Sends SMS over the gateway's XML: batches of 100 a call, over connections that take turns."""

import socket
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from xml.sax.saxutils import escape

from benchmarks.load import request
from benchmarks.probe.outbox import Row, Send

BATCH = 100
# The fastest of 1, 2, 4 and 10 where the gateway answers at once; 10 is a whole claim.
CONNECTIONS = 10
_LINE_END = b"\r\n"


@contextmanager
def sending(port: int, body: str, *, connections: int = CONNECTIONS) -> Iterator[Send]:
    """What sends each row as an SMS with `body`; the answers are the gateway's references."""
    lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
    try:
        yield lambda rows: _send(lines, rows, escape(body))
    finally:
        for line in lines:
            line.close()


def _send(lines: Sequence[socket.socket], rows: Sequence[Row], text: str) -> list[str]:
    batches = [rows[place : place + BATCH] for place in range(0, len(rows), BATCH)]
    answers: list[str] = []
    for place in range(0, len(batches), len(lines)):
        group = batches[place : place + len(lines)]
        for line, batch in zip(lines, group, strict=False):
            line.sendall(_call(batch, text))
        for line, batch in zip(lines, group, strict=False):
            answers += _references(_answer(line), len(batch))
    return answers


def _call(batch: Sequence[Row], text: str) -> bytes:
    messages = "".join(
        f"<MSG><ID>{number}</ID><TEXT>{text}</TEXT><RCV>{address[1:]}</RCV><SND>Altinn</SND>"
        "<TTL>2880</TTL><RCPREQ>Y</RCPREQ></MSG>"
        for number, (_, address, _) in enumerate(batch, start=1)
    )
    document = (
        "<?xml version='1.0' encoding='UTF-8'?>\n<SESSION><CLIENT>bench</CLIENT><PW>bench</PW>"
        f"<MSGLST>{messages}</MSGLST></SESSION>"
    )
    return request("POST", "/", {"Content-Type": "text/xml"}, document.encode())


def _answer(line: socket.socket) -> bytes:
    """The body of one answer."""
    received = line.recv(1 << 16)
    head, _, body = received.partition(_LINE_END * 2)
    length = int(head.lower().partition(b"content-length:")[2].partition(_LINE_END)[0])
    while len(body) < length:
        body += line.recv(1 << 16)
    return body


def _references(document: bytes, count: int) -> list[str]:
    """By the ID of each; all of them must have been taken."""
    found = {
        element.findtext("ID"): element.findtext("REF") or ""
        for element in ET.fromstring(document).iterfind("MSGLST/MSG")  # noqa: S314 our own sink's
        if element.findtext("STATUS") == "OK"
    }
    return [found[str(number)] for number in range(1, count + 1)]
