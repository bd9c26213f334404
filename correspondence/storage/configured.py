"""The storage that ATTACHMENTS_URL names (runtime contract 2)."""

import functools
import importlib
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from correspondence.storage.base import Storage
from correspondence.storage.files import FileStorage

_FORMS = "give file:///folder or s3://bucket/prefix"


def storage() -> Storage:
    """Raises ImproperlyConfigured; the start has checked it."""
    return storage_at(settings.ATTACHMENTS_URL)


@functools.cache
def storage_at(url: str) -> Storage:
    parts = urlsplit(url)
    match parts.scheme:
        case "file" if parts.path.startswith("/") and parts.netloc in ("", "localhost"):
            return FileStorage(Path(unquote(parts.path)))
        case "s3" if parts.netloc:
            return _s3(parts)
    raise ImproperlyConfigured(f"ATTACHMENTS_URL is {url!r}: {_FORMS}")


def _s3(parts: SplitResult) -> Storage:
    """Its module needs packages that are not installed everywhere."""
    try:
        module = importlib.import_module("correspondence.storage.s3")
    except ModuleNotFoundError as error:
        raise ImproperlyConfigured(
            f"ATTACHMENTS_URL is s3://…, for which {error.name} is missing:"
            " .venv/bin/pip install -r requirements-s3.txt"
        ) from error
    made: Storage = module.S3Storage(parts.netloc, parts.path.strip("/"))
    return made
