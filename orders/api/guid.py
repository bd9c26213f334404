"""Order ids in paths, as .NET reads a GUID (orders contract 1)."""

import re
from uuid import UUID

from notifications_platform.http.refusals import ValidationProblem

_HEX = r"[0-9a-fA-F]"
_DIGITS = rf"(?:{_HEX}{{32}}|{_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}})"
_GUID = re.compile(rf"(?:{_DIGITS}|\{{{_DIGITS}\}}|\({_DIGITS}\))")


def read_guid(text: str) -> UUID:
    """Any letter case, with or without hyphens, in `{}` or `()` or bare. Raises
    ValidationProblem under the key `id`.
    """
    if not _GUID.fullmatch(text):
        raise ValidationProblem({"id": ["An order id is a GUID."]})
    return UUID(text.strip("{}()"))
