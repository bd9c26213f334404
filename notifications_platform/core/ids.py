"""Time-ordered identifiers (UUID version 7, RFC 9562)."""

import os
import time
from uuid import UUID


def uuid7() -> UUID:
    """A new id whose first 48 bits are the system clock's milliseconds."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (1 << 48) - 1) << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0b11 << 62) | 0b10 << 62
    return UUID(int=value)
