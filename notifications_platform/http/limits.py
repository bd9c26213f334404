"""How large a body may be: 30,000,000 bytes where a contract names no other limit."""

from typing import IO, Any

from notifications_platform.http.refusals import BodyTooLarge

BODY_LIMIT = 30_000_000
_PIECE = 1 << 16


def read_body(stream: IO[bytes], limit: int = BODY_LIMIT, announced: Any = None) -> bytes:
    """The whole body. Raises BodyTooLarge (413), on the announced length before reading."""
    if announced and str(announced).isdecimal() and int(announced) > limit:
        raise BodyTooLarge
    pieces, size = [], 0
    while piece := stream.read(min(_PIECE, limit + 1 - size)):
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            raise BodyTooLarge
    return b"".join(pieces)
