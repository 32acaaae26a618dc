"""A file as people save it from a spreadsheet program, read into rows of text.

UTF-8 with or without a byte order mark, UTF-16 with one, or else Windows-1252, as Excel still writes; commas,
semicolons or tabs; line breaks inside quotes.
"""

import codecs
import csv
import io
from dataclasses import dataclass

from app.errors import field_problem
from app.spreadsheets import meant_by

LARGEST = 5 * 1024 * 1024
MOST_ROWS = 10_000
MOST_COLUMNS = 60
LONGEST_CELL = 4000
_SEPARATORS = ",;\t"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Table:
    """`rows`: pairs of the line where a row begins and its cells, as many as there are headings or more."""

    headings: list[str]
    rows: list[tuple[int, list[str]]]


def read_table(data: bytes) -> Table:
    """Raises `Problem` 422 at the field `file`, in a sentence that says what to do."""
    if len(data) > LARGEST:
        raise field_problem(
            "file", f"The file has {len(data) / 1024 / 1024:.1f} MB. Send 5 MB at most, in parts."
        )
    text = _decoded(data)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
        headings, rows = _rows(reader)
    except csv.Error:
        raise field_problem(
            "file",
            "The file cannot be read as CSV: a quotation mark is not closed. Save it again as CSV UTF-8.",
        ) from None
    if not any(headings):
        raise field_problem("file", "The file is empty. Its first line must name the columns.")
    if not rows:
        raise field_problem("file", "The file has headings and no rows beneath them.")
    return Table(headings, rows)


def _decoded(data: bytes) -> str:
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise field_problem("file", "This is an Excel workbook. Save it as “CSV UTF-8” and choose that file.")
    if data.startswith(_UTF_16):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data:
        raise field_problem(
            "file", "This is not a CSV file. Save the sheet as “CSV UTF-8” and choose that file."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _separator(text: str) -> str:
    """The sign that stands oftenest in the first line, outside quotes."""
    line, quoted = [], False
    for letter in text.lstrip("\r\n")[:20_000]:
        quoted ^= letter == '"'
        if letter in "\r\n" and not quoted:
            break
        if not quoted:
            line.append(letter)
    return max(_SEPARATORS, key=line.count)


def _rows(reader: "csv._reader") -> tuple[list[str], list[tuple[int, list[str]]]]:  # type: ignore[name-defined]
    headings: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    begins = 1
    for cells in reader:
        line, begins = begins, reader.line_num + 1
        if not any(cell.strip() for cell in cells):
            continue
        if not headings:
            headings = [" ".join(cell.split()) for cell in cells]
            if len(headings) > MOST_COLUMNS:
                raise field_problem(
                    "file", f"The file has {len(headings)} columns. Use {MOST_COLUMNS} at most."
                )
            continue
        if len(rows) == MOST_ROWS:
            raise field_problem("file", f"The file has more than {MOST_ROWS:,} rows. Send it in parts.")
        rows.append((line, [_kept(cell) for cell in cells]))
    return headings, rows


def _kept(cell: str) -> str:
    # A cell that is too long is refused by the field it is for; all of it need not be kept for that. The database
    # takes no NUL.
    return meant_by(cell.strip())[: LONGEST_CELL + 1].replace("\0", "")
