"""A deadline over several steps: connecting, a handshake, every read of an answer."""

import time
from datetime import timedelta


class Deadline:
    """Counts real, monotonic seconds from the moment it is made."""

    def __init__(self, timeout: timedelta) -> None:
        self._at = time.monotonic() + timeout.total_seconds()

    def left(self) -> float:
        """Seconds left, always above zero. Raises TimeoutError once there are none."""
        seconds = self._at - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the time allowed is over")
        return seconds
