"""The little of HTTP/1.1 that the SMS sink needs: POST, Content-Length, kept connections."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

_LARGEST_BODY = 20_000_000
_LARGEST_HEAD = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` 0 breaks the connection off instead of answering."""

    status: int
    body: bytes = b""
    content_type: str = "text/xml; charset=utf-8"


Handler = Callable[[bytes], Awaitable[Answer]]


class _Refused(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


async def serve(handler: Handler, host: str, port: int) -> asyncio.Server:
    """Listen on `host`:`port` and hand each posted body to `handler`; port 0 takes a free one."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await _exchange(handler, reader, writer):
                await writer.drain()
        except (OSError, EOFError, asyncio.LimitOverrunError):
            writer.transport.abort()
        finally:
            writer.close()

    return await asyncio.start_server(connected, host, port, limit=_LARGEST_HEAD)


async def _exchange(
    handler: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """One request and its answer. Returns whether the connection stays open."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        request_line, *lines = head.split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in _pairs(lines)}
        answer = await handler(await _body(request_line, headers, reader, writer))
        keep = headers.get("connection", "").lower() != "close"
    except _Refused as refusal:
        answer, keep = Answer(refusal.status), False
    if not answer.status:
        writer.transport.abort()
        return False
    writer.write(_written(answer, keep))
    return keep


def _pairs(lines: list[str]) -> list[tuple[str, str, str]]:
    return [line.partition(":") for line in lines if line]


async def _body(
    request_line: str,
    headers: Mapping[str, str],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> bytes:
    if not request_line.startswith("POST "):
        raise _Refused(405)
    length = headers.get("content-length", "")
    if not length.isdecimal():
        raise _Refused(411)
    if int(length) > _LARGEST_BODY:
        raise _Refused(413)
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    return await reader.readexactly(int(length))


def _written(answer: Answer, keep: bool) -> bytes:
    lines = [
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
        f"Content-Type: {answer.content_type}",
        f"Content-Length: {len(answer.body)}",
        f"Connection: {'keep-alive' if keep else 'close'}",
    ]
    if answer.status == 405:
        lines.append("Allow: POST")
    return "\r\n".join([*lines, "", ""]).encode() + answer.body
