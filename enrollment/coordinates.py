"""What a notification, whose id is a number, is called where the engine asks for a UUID."""

import re
from uuid import UUID

# Version 8 (of our own making), variant 1; the number fills the lower half.
_UPPER = 0x656E726F_6C6C_8000
_VARIANT = 0b10 << 62
_DECIMAL = re.compile("0*([0-9]{1,19})", re.ASCII)
_LARGEST = (1 << 63) - 1


def read_id(text: str) -> int | None:
    """A notification's id as a caller wrote it; None for what can be none's (contract 4.1)."""
    found = _DECIMAL.fullmatch(text)
    number = int(found[1]) if found else 0
    return number if 0 < number <= _LARGEST else None


def owner_in_sql(column: str) -> str:
    """The same in SQL, for a column that holds the number."""
    return f"('656e726f6c6c8000' || lpad(to_hex({column} | {-(1 << 63)}), 16, '0'))::uuid"


def webhook_id_in_sql(column: str) -> str:
    return f"('een_' || {column})"


def owner_of(notification_id: int) -> UUID:
    """Takes 0 < notification_id < 2^62: more than a sequence ever gives out."""
    return UUID(int=_UPPER << 64 | _VARIANT | notification_id)


def id_of(owner: UUID) -> int:
    return owner.int & ((1 << 62) - 1)


def webhook_id(notification_id: int) -> str:
    """The same over retries and resends (contract 6)."""
    return f"een_{notification_id}"
