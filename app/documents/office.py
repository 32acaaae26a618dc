"""Office files: which one a container is, and whether programs (macros) lie in it.

Office Open XML and OpenDocument are ZIPs; what they are stands in ``[Content_Types].xml`` and ``mimetype``.
"""

import re
import zipfile
from typing import BinaryIO

from app.documents import archives
from app.documents.verdict import Refused

MOST_UNPACKED, RATIO = 200_000_000, 100
_MAIN_PARTS = {
    b"wordprocessingml.document.main+xml": "docx",
    b"spreadsheetml.sheet.main+xml": "xlsx",
    b"presentationml.presentation.main+xml": "pptx",
}
_OPEN_DOCUMENTS = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
}
_PROGRAMS = re.compile(r"(?:^|/)(?:vbaProject\.bin|vbaData\.xml|macrosheets/|dialogsheets/)", re.IGNORECASE)
_CONTROLS = re.compile(r"(?:^|/)activeX/|(?:^|/)embeddings/oleObject|\.(?:exe|js|vbs|dll)$", re.IGNORECASE)
_OPEN_PROGRAMS = re.compile(r"^(?:Basic|Scripts)/.")
_OUTSIDE_TEMPLATE = re.compile(
    rb"<Relationship\b(?=[^>]*attachedTemplate)(?=[^>]*TargetMode=[\"']External)", re.IGNORECASE
)


def kind_of(file: BinaryIO) -> str | None:
    """docx, xlsx, pptx, odt or ods, checked; None for a ZIP that is no document. Raises `Refused`."""
    archive = archives.opened(file)
    names = [entry.filename for entry in archive.infolist()]
    if "[Content_Types].xml" in names:
        return _open_xml(archive, names)
    if names[0] == "mimetype":
        return _open_document(archive, names)
    return None


def _open_xml(archive: zipfile.ZipFile, names: list[str]) -> str | None:
    archives.check_unpacked(archive, MOST_UNPACKED, RATIO)
    types = archives.read_small(archive, "[Content_Types].xml")
    if any(_PROGRAMS.search(name) for name in names) or b"macroEnabled" in types or b"vbaProject" in types:
        raise macros()
    if any(_CONTROLS.search(name) for name in names):
        raise Refused(
            "active_content",
            "There are controls or other files inside this document, which could do harm when it is opened. Save it as"
            " PDF, and send that.",
        )
    for name in names:
        relations = archives.read_small(archive, name) if name.endswith(".rels") else b""
        if _OUTSIDE_TEMPLATE.search(relations):
            raise Refused(
                "active_content",
                "This document fetches a template from another computer when it is opened. Save it as PDF, and send"
                " that.",
            )
    return next((kind for part, kind in _MAIN_PARTS.items() if part in types), None)


def _open_document(archive: zipfile.ZipFile, names: list[str]) -> str | None:
    archives.check_unpacked(archive, MOST_UNPACKED, RATIO)
    if any(_OPEN_PROGRAMS.search(name) for name in names):
        raise macros()
    if b"encryption-data" in archives.read_small(archive, "META-INF/manifest.xml"):
        raise protected()
    return _OPEN_DOCUMENTS.get(archives.read_small(archive, "mimetype").strip())


def macros() -> Refused:
    return Refused(
        "macros",
        "There are macros in this document: programs that could do harm when it is opened. Save it without macros (as"
        " .docx, .xlsx or PDF), and send that.",
    )


def protected() -> Refused:
    return Refused(
        "protected",
        "This document is protected with a password, so what is in it cannot be checked. Save it without one, and send"
        " that.",
    )
