"""What the start refuses: a storage or a scanner that cannot be used as it is set."""

from collections.abc import Callable
from typing import Any

from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

from correspondence.scanning.configured import scanner
from correspondence.storage.configured import storage


def check_storage(**_: Any) -> list[CheckMessage]:
    return _unusable(storage, "correspondence.E001")


def check_scanner(**_: Any) -> list[CheckMessage]:
    return _unusable(scanner, "correspondence.E002")


def _unusable(make: Callable[[], object], id: str) -> list[CheckMessage]:
    try:
        make()
    except ImproperlyConfigured as error:
        return [Error(f"{error}.", id=id)]
    return []
