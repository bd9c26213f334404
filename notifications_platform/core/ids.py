"""Time-ordered identifiers (UUID version 7, RFC 9562), rising within a process."""

import os
import threading
import time
from uuid import UUID

_COUNTER_BITS = 12
_lock = threading.Lock()
_last = 0


def uuid7() -> UUID:
    """A new id: the system clock's milliseconds, a counter within them, 62 random bits.

    Ids made one after the other in a process sort in that order, even if the system clock is
    set back; rows written together are read back as they were written.
    """
    global _last
    with _lock:
        _last = moment = max(time.time_ns() // 1_000_000 << _COUNTER_BITS, _last + 1)
    milliseconds, counter = moment >> _COUNTER_BITS, moment & (1 << _COUNTER_BITS) - 1
    random = int.from_bytes(os.urandom(8)) >> 2
    return UUID(int=milliseconds << 80 | 7 << 76 | counter << 64 | 0b10 << 62 | random)
