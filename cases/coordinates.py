"""One short key for a producer's coordinate of any length.

`(merkelapp, grupperingsid)` and `(merkelapp, eksternId)` may be longer than an index entry. Half
a SHA-256 stands for them: equal coordinates have equal keys, and nobody can make two that clash.
"""

import hashlib
from uuid import UUID


def koordinat(merkelapp: str, noekkel: str) -> UUID:
    # No text of a caller holds U+0000, so that the pair can be read in one way only.
    return digest(f"{merkelapp}\x00{noekkel}")


def digest(text: str) -> UUID:
    return UUID(bytes=hashlib.sha256(text.encode()).digest()[:16])
