"""A spreadsheet file as the answer to a request."""

from collections.abc import Iterable

from flask import Response


def spreadsheet(name: str, lines: Iterable[str]) -> Response:
    """These lines of CSV as a file to keep.

    Written whole before the answer begins, in the request's own scope: an answer that still reads rows while it is sent
    would hold a company's scope open. A hundred thousand lines are some 15 MB.
    """
    return Response(
        "".join(lines), mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
