"""Finds the signature that every scanner finds, and nothing else: for trying things out."""

from collections.abc import Iterable

# In two halves: scanners would find this file as well.
SIGNATURE = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + rb"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class EicarScanner:
    def scan(self, pieces: Iterable[bytes]) -> str:
        tail = b""
        for piece in pieces:
            window = tail + piece
            if SIGNATURE in window:
                return "Malware was found: EICAR test signature"
            tail = window[1 - len(SIGNATURE) :]
        return ""
