"""What an e-mail address and a mobile number look like (orders contract 5)."""

import re

import phonenumbers

_ATOM = r"[A-Za-z0-9æøåÆØÅ!#$%&'*+\-=?^_`{|}~]+"
_LABEL = r"[A-Za-z0-9æøåÆØÅ](?:[A-Za-z0-9æøåÆØÅ-]{0,61}[A-Za-z0-9æøåÆØÅ])?"
_IPV4 = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"

# Also in the served schema, hence without anything that only Python's patterns know.
EMAIL_PATTERN = rf"{_ATOM}(?:\.{_ATOM})*@(?:(?:{_LABEL}\.){{1,9}}[A-Za-z]{{2,14}}|{_IPV4})"
LONGEST_EMAIL = 1000
LONGEST_NUMBER = 60
_EMAIL = re.compile(EMAIL_PATTERN)


def is_email_address(text: str) -> bool:
    """Judged after trimming; exactly one address."""
    address = text.strip()
    return len(address) <= LONGEST_EMAIL and bool(_EMAIL.fullmatch(address))


def to_e164(text: str) -> str | None:
    """`004790000002` or `+47 90 00 00 02` as `+4790000002`; None if it is no valid number.

    The country must be written: a leading `+` or `00`, no blank before it.
    """
    if len(text) > LONGEST_NUMBER or text.startswith("++"):
        return None
    number = f"+{text[2:]}" if text.startswith("00") else text
    if not number.startswith("+"):
        return None
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
