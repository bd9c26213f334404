"""What a malware scanner does."""

from collections.abc import Iterable
from typing import Protocol

from notifications_platform.core.errors import Unavailable


class ScannerUnavailable(Unavailable):
    """The scanner does not answer, or not in its protocol: no verdict yet."""

    code = "scanner_unavailable"


class Scanner(Protocol):
    def scan(self, pieces: Iterable[bytes]) -> str:
        """Why these bytes may not be passed on, in words for their sender; empty: they are
        clean. Raises ScannerUnavailable; what `pieces` raises comes through.
        """
