"""Primary keys as browsers send them: whatever somebody wrote into a form."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model


def possible(model: type[Model], keys: Iterable[str]) -> bool:
    """Whether a row of this model might have each of these; asks no database, which answers with
    an error of its own where a column could never hold a key.
    """
    key_column: Any = model._meta.pk
    column = getattr(key_column, "target_field", key_column)
    return all(_holds(column, key) for key in keys)


def _holds(column: Any, key: str) -> bool:
    if "\0" in key:
        return False
    try:
        column.run_validators(column.to_python(key))
    except (ValidationError, ValueError):
        return False
    return True
