"""The type of a text that may be looked up in the reader's language only when it is shown."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text
else:
    Text = str

__all__ = ["Text"]
