"""What a document is called in Xero Files: by the practice's pattern, in letters that Xero takes, each name once."""

import re
import unicodedata

from sqlalchemy import func, select

from app.extensions import db
from app.models import Client, Company, Connection, Document

LONGEST = 120
"""Xero names no limit; with a suffix this stays well below the 255 of most."""
_FIELDS = re.compile(r"\{(client|type|year)\}")
_NOT_TAKEN = re.compile(r'[<>:"/\\|?*+{}%#&\x00-\x1f\x7f]')
_OTHERS = str.maketrans(
    {
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "ß": "ss",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "&": "and",
    }
    | dict.fromkeys("‘’ʼ`´", "'")
    | dict.fromkeys("–—", "-")
)


def plain(text: str, otherwise: str) -> str:
    """In ASCII letters that Xero takes, or `otherwise` when none is left of it."""
    apart = unicodedata.normalize("NFKD", text.translate(_OTHERS))
    ascii_only = apart.encode("ascii", "ignore").decode()
    kept = " ".join(_NOT_TAKEN.sub(" ", ascii_only).split()).strip(". ")
    return kept if re.search(r"[A-Za-z0-9]", kept) else otherwise


def filled(pattern: str, client: str, number: str, doc_type: str, year: int | None) -> str:
    """The name without its ending. A year that is not known is left out, with the sign before it."""
    values = {"client": plain(client, number), "type": plain(doc_type, "Document"), "year": str(year or "")}
    name = _FIELDS.sub(lambda found: values[found[1]], pattern)
    name = _NOT_TAKEN.sub(" ", name).encode("ascii", "ignore").decode()
    name = re.sub(r"([_\- ])[_\- ]+", r"\1", name)
    return name[:LONGEST].strip("_-. ") or f"{values['client']}_{values['type']}"[:LONGEST]


def unknown_words(pattern: str) -> str | None:
    """The first thing in curly brackets that is none of ours, or a bracket that stands alone."""
    unknown = re.search(r"\{[^{}]*\}|[{}]", _FIELDS.sub("", pattern))
    return unknown.group() if unknown else None


def folder_name(company: Company, year: int | None) -> str:
    """The folder for documents of this tax year."""
    base = plain(company.document_folder, "Countinghouse")[:LONGEST]
    return f"{base} {year}" if company.document_folder_yearly and year else base


def reserve(document: Document, client: Client, company: Company, connection: Connection) -> str:
    """The document's name in this organisation, chosen once and kept, with a number after it where another document
    has it already (not committed). By this name a file whose answer was lost is found again."""
    if document.connection_id == connection.id and document.xero_name:
        return document.xero_name
    # Two workers that choose at the same moment must not choose the same.
    lock = func.pg_advisory_xact_lock(func.hashtextextended(f"file names {connection.id}", 0))
    db.session.execute(select(lock))
    base = filled(
        company.document_name_pattern, client.name, client.number, document.doc_type, document.tax_year
    )
    taken = {
        name.casefold()
        for name in db.session.scalars(
            select(Document.xero_name).where(
                Document.connection_id == connection.id, Document.xero_name.istartswith(base, autoescape=True)
            )
        )
        if name
    }
    name, number = f"{base}.{document.extension}", 2
    while name.casefold() in taken:
        name, number = f"{base}_{number}.{document.extension}", number + 1
    document.connection_id, document.xero_name, document.xero_file_id = connection.id, name, None
    db.session.flush()
    return name
