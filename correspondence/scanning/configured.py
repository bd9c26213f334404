"""The scanner that MALWARE_SCANNER names (runtime contract 2)."""

import functools
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from correspondence.scanning.base import Scanner
from correspondence.scanning.clamd import ClamdScanner
from correspondence.scanning.eicar import EicarScanner

_FORMS = "give eicar, clamd://host:port or clamd+unix:///path"


def scanner() -> Scanner:
    """Raises ImproperlyConfigured; the start has checked it."""
    return scanner_at(settings.MALWARE_SCANNER)


@functools.cache
def scanner_at(text: str) -> Scanner:
    if text == "eicar":
        return EicarScanner()
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise _unusable(text) from error
    match parts.scheme:
        case "clamd" if parts.hostname and port:
            return ClamdScanner((parts.hostname, port))
        case "clamd+unix" if parts.path.startswith("/") and not parts.netloc:
            return ClamdScanner(unquote(parts.path))
    raise _unusable(text)


def _unusable(text: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"MALWARE_SCANNER is {text!r}: {_FORMS}")
