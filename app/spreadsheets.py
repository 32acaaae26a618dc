"""Cells of spreadsheet files, written so that no program takes a text for a formula, and read back."""

import csv
import io
from collections.abc import Iterable
from decimal import Decimal

from flask import Response

BOM = "\ufeff"
"""Before the first heading: spreadsheet programs need it to read UTF-8."""
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(value: object) -> str:
    """The text of a cell that no spreadsheet program takes for a formula (OWASP: CSV injection)."""
    text = "" if value is None else str(value)
    if isinstance(value, int | Decimal):
        return text  # a sum below nought begins with a sign and is no formula
    return "'" + text if text.lstrip(" \ufeff\u200b").startswith(_STARTS_A_FORMULA) else text


def meant_by(cell: str) -> str:
    """The text that `safe_cell` was given."""
    return cell[1:] if cell.startswith("'") and cell[1:] and safe_cell(cell[1:]) == cell else cell


def csv_line(values: Iterable[object]) -> str:
    """One row of a file."""
    piece = io.StringIO()
    csv.writer(piece, lineterminator="\r\n").writerow([safe_cell(value) for value in values])
    return piece.getvalue()


def spreadsheet(name: str, lines: Iterable[str]) -> Response:
    """These lines of CSV as a file to keep.

    Written whole before the answer begins, in the request's own scope: an answer that still reads rows while it is sent
    would hold a company's scope open. A hundred thousand lines are some 15 MB.
    """
    return Response(
        "".join(lines), mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
