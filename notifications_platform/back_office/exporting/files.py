"""Tables of any length as files, a chunk of rows in memory at a time."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from xlsxwriter import Workbook

from notifications_platform.back_office.exporting.cells import Cell

Rows = Iterable[Sequence[Cell]]

# What a sheet holds, below the line of headers.
MOST_ROWS = 1_048_575
_LONGEST_CELL = 32_767
_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
_WIDTH = 24


@dataclass(frozen=True, slots=True)
class Written:
    """`complete` says whether all rows had room."""

    rows: int
    complete: bool


def csv_pieces(headers: Sequence[str], chunks: Iterable[Rows]) -> Iterator[bytes]:
    """The headers, then a piece for each chunk: UTF-8 with the mark by which Excel knows it,
    commas, lines that end in CR LF.
    """
    yield _csv([headers], first=_MARK)
    for chunk in chunks:
        yield _csv(chunk)


def _csv(rows: Rows, *, first: str = "") -> bytes:
    text = io.StringIO()
    text.write(first)
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def workbook(
    headers: Sequence[str], chunks: Iterable[Rows], *, title: str, cut: str
) -> tuple[IO[bytes], Written]:
    """A file on disk, which goes when it is closed, and what is in it. A sheet has room for
    `MOST_ROWS`; when there are more, a second sheet says so in the words of `cut`.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    try:
        with Workbook(file, {"constant_memory": True, "strings_to_formulas": False}) as book:
            written = _fill(book, headers, chunks, title=title)
            if not written.complete:
                book.add_worksheet("!").write_string(0, 0, cut)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file, written


def _fill(book: Any, headers: Sequence[str], chunks: Iterable[Rows], *, title: str) -> Written:
    sheet = book.add_worksheet(_sheet_name(title))
    sheet.set_column(0, len(headers) - 1, _WIDTH)
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, headers, book.add_format({"bold": True}))
    number = 0
    for chunk in chunks:
        for row in chunk:
            if number == MOST_ROWS:
                return Written(number, complete=False)
            number += 1
            _write(sheet, number, row)
    return Written(number, complete=True)


def _write(sheet: Any, line: int, row: Sequence[Cell]) -> None:
    for place, cell in enumerate(row):
        if isinstance(cell, str):
            sheet.write_string(line, place, cell[:_LONGEST_CELL])
        else:
            sheet.write_number(line, place, cell)


def _sheet_name(title: str) -> str:
    """Without what a workbook forbids in the name of a sheet."""
    return "".join(" " if sign in "[]:*?/\\" else sign for sign in title)[:31].strip("' ") or "1"
