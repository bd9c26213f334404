"""What a list shows, as cells of a spreadsheet.

A spreadsheet computes a cell that begins like a formula, and whoever made up a reference or a
reason would have it computed on the desk of whoever opens the file. Such texts get an apostrophe
before them, which spreadsheets show as text; also behind what another program may take for the
border of a cell.
"""

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import label_for_field
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from notifications_platform.core.windows import OSLO

Cell = str | int | float | Decimal
Reader = Callable[[Any], object]

# Where a cell may begin, before what makes a formula of it; the wide signs are those of East Asia.
_BEFORE_A_FORMULA = re.compile(
    r"^(?=[\t\r\n])"
    r"|(?:^|(?<=[;,|\t\r\n]))(?=[\s\"]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])"
)
_TAG = re.compile(r"<[^>]*>")
# Spreadsheets keep fifteen digits of a number.
_EXACT = 10**15


def headers(model_admin: "ModelAdmin[Any]", columns: Sequence[str]) -> list[str]:
    """What the list writes above these columns."""
    model = model_admin.model
    return [
        harmless(str(label_for_field(name, model, model_admin=model_admin))) for name in columns
    ]


def readers(model_admin: "ModelAdmin[Any]", columns: Sequence[str]) -> list[Reader]:
    """How to read each of these columns off a row: as the list does, looked up once."""
    return [_reader(model_admin, name) for name in columns]


def cells(row: Any, reads: Sequence[Reader]) -> list[Cell]:
    return [cell(read(row)) for read in reads]


def cell(value: object) -> Cell:
    """A number, or a text that no spreadsheet computes. Moments are in Oslo's time, with its
    offset from UTC.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float | Decimal) and -_EXACT < value < _EXACT:
        return value
    return harmless(_text(value))


def harmless(text: str) -> str:
    """`text` with an apostrophe before each part that would be computed."""
    return _BEFORE_A_FORMULA.sub("'", text)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(OSLO).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, SafeString):
        # Our own: no value in it has an angle bracket of its own.
        return html.unescape(_TAG.sub("", value))
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(map(str, value))
    return str(value)


def _reader(model_admin: Any, name: str) -> Reader:
    try:
        field = model_admin.opts.get_field(name)
    except FieldDoesNotExist:
        field = None
    if isinstance(field, Field):
        return _field_reader(field)
    if own := getattr(model_admin, name, None):
        method: Reader = own
        return method
    return lambda row: getattr(row, name)


def _field_reader(field: "Field[Any, Any]") -> Reader:
    name = field.attname
    if not field.flatchoices:
        return lambda row: getattr(row, name)
    words = dict(field.flatchoices)
    return lambda row: words.get(getattr(row, name), getattr(row, name))
