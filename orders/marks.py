"""Whom a message is for, as its row keeps it: kind and number."""

from collections.abc import Mapping

from notifications_platform.registers.subjects import Subject


def mark(recipient: Mapping[str, str]) -> str:
    """Of a recipient in wire words; empty for a mere address."""
    if number := recipient.get("nationalIdentityNumber"):
        return f"person:{number}"
    if number := recipient.get("organizationNumber"):
        return f"organization:{number}"
    return ""


def whom(written: str) -> Subject | None:
    """Reads what `mark` writes."""
    kind, _, number = written.partition(":")
    match kind:
        case "person" | "organization":
            return Subject(kind, number)
    return None
