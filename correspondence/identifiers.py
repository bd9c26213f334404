"""How parties and resources are written on the wire, and how they are stored (correspondence
contract 3.2).
"""

import re

from correspondence.callers import ORGANIZATION_URN, PERSON_URN
from notifications_platform.core.numbers import is_national_identity_number

EMAIL_URN = "urn:altinn:person:idporten-email:"
USER_NAME_URN = "urn:altinn:person:legacy-selfidentified:"
RESOURCE_URN = "urn:altinn:resource:"
ISO_6523 = "0192:"

LONGEST_PARTY = 300
_NINE_DIGITS = re.compile(r"[0-9]{9}")
_UNSEEN = re.compile(r"[\s\x00-\x1f\x7f]")


def stored_party(text: str) -> str | None:
    """An organisation or a person in the stored form; None for everything else."""
    text = text.lower()
    for prefix in (ISO_6523, ORGANIZATION_URN):
        if text.startswith(prefix):
            number = text.removeprefix(prefix)
            return ORGANIZATION_URN + number if _NINE_DIGITS.fullmatch(number) else None
    pid = text.removeprefix(PERSON_URN)
    return PERSON_URN + pid if is_national_identity_number(pid) else None


def stored_recipient(text: str) -> str | None:
    """As `stored_party`; self-registered users too."""
    text = text.lower()
    if len(text) > LONGEST_PARTY:
        return None
    if text.startswith(EMAIL_URN):
        local, _, domain = text.removeprefix(EMAIL_URN).partition("@")
        sound = local and domain and "@" not in domain and _is_one_word(local + domain)
        return text if sound else None
    if text.startswith(USER_NAME_URN):
        return text if _is_one_word(text.removeprefix(USER_NAME_URN)) else None
    return stored_party(text)


def stored_resource(text: str) -> str:
    return text.removeprefix(RESOURCE_URN)


def as_answered(urn: str) -> str:
    """A recipient in the answer to initialize: organisations as `0192:` + number (seed)."""
    if urn.startswith(ORGANIZATION_URN):
        return ISO_6523 + urn.removeprefix(ORGANIZATION_URN)
    return urn


def _is_one_word(text: str) -> bool:
    return bool(text) and ":" not in text and not _UNSEEN.search(text)
