"""Cells of spreadsheet files, written so that no program takes a text for a formula, and read back."""

import csv
import io
from collections.abc import Iterable

BOM = "\ufeff"
"""Before the first heading: spreadsheet programs need it to read UTF-8."""
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(value: object) -> str:
    """The text of a cell that no spreadsheet program takes for a formula (OWASP: CSV injection)."""
    text = "" if value is None else str(value)
    return "'" + text if text.lstrip(" \ufeff\u200b").startswith(_STARTS_A_FORMULA) else text


def meant_by(cell: str) -> str:
    """The text that `safe_cell` was given."""
    return cell[1:] if cell.startswith("'") and cell[1:] and safe_cell(cell[1:]) == cell else cell


def csv_line(values: Iterable[object]) -> str:
    """One row of a file."""
    piece = io.StringIO()
    csv.writer(piece, lineterminator="\r\n").writerow([safe_cell(value) for value in values])
    return piece.getvalue()
