"""What may be sent, and what bytes are: each type by its ending, its media type and its first bytes."""

import re
from dataclasses import dataclass

HEAD = 4096
"""So many bytes from the beginning tell what a file is."""

TYPES: dict[str, str] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "csv": "text/csv",
    "txt": "text/plain",
    "rtf": "application/rtf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "tif": "image/tiff",
    "heic": "image/heic",
    "eml": "message/rfc822",
    "msg": "application/vnd.ms-outlook",
    "zip": "application/zip",
}
"""What Xero Files takes as well (facts 6), but for RAR, 7-Zip and Apple's own formats, which cannot be looked into."""
ALIASES = {"jpeg": "jpg", "tiff": "tif"}
"""Two endings of one type; both are kept as they came."""
IMAGES = frozenset({"jpg", "png", "gif", "bmp", "tif", "heic"})
TEXTS = frozenset({"csv", "txt", "eml"})
IN_WORDS = "PDF, Word, Excel, PowerPoint, OpenDocument, CSV, text, RTF, pictures (JPEG, PNG, HEIC, …), e-mails and ZIP"
ACCEPT = ",".join(f".{ending}" for ending in (*TYPES, *ALIASES))
"""For the `accept` of a form's field."""

CONTAINER, COMPOUND, TEXT = "container", "compound", "text"
"""Bytes that need a second look: a ZIP (Office files are ones), an OLE file (older Office, Outlook), and text."""


@dataclass(frozen=True)
class Foreign:
    """Bytes of something that is not taken, in words: "a program"."""

    words: str


_FOREIGN = (
    (b"MZ", "a program for Windows"),
    (b"\x7fELF", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\xce\xfa\xed\xfe", "a program"),
    (b"\xfe\xed\xfa", "a program"),
    (b"#!", "a script"),
    (b"<?php", "a script"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "a shortcut of Windows"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"MSCF", "a cabinet archive"),
    (b"FWS", "a Flash film"),
    (b"CWS", "a Flash film"),
    (b"ITSF", "a help file of Windows"),
    (b"!<arch>", "a package of programs"),
)
_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_MARKUP = re.compile(
    rb"<\s*(?:!doctype|\?xml|html|head|body|script|svg|iframe|object|embed|x?:?xsl)\b", re.IGNORECASE
)
_MAIL = re.compile(
    rb"^(?:from|to|subject|date|received|return-path|message-id|mime-version|delivered-to|x-[\w-]+):",
    re.IGNORECASE | re.MULTILINE,
)


def by_bytes(head: bytes) -> str | Foreign:
    """The ending that fits these first bytes, or CONTAINER, COMPOUND, TEXT; `Foreign` for what is not taken."""
    for magic, words in _FOREIGN:
        if head.startswith(magic):
            return Foreign(words)
    if head.startswith(b"PK\x03\x04"):
        return CONTAINER
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return COMPOUND
    return _document_or_picture(head) or _text(head)


def _document_or_picture(head: bytes) -> str | None:
    simple = {
        b"%PDF-": "pdf",
        b"{\\rtf": "rtf",
        b"\xff\xd8\xff": "jpg",
        b"\x89PNG\r\n\x1a\n": "png",
        b"GIF87a": "gif",
        b"GIF89a": "gif",
        b"II*\x00": "tif",
        b"MM\x00*": "tif",
    }
    for magic, ending in simple.items():
        if head.startswith(magic):
            return ending
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC:
        return "heic"
    # "BM" alone could begin a text: the header's length is one of a few.
    if head.startswith(b"BM") and head[14:18] in {
        bytes([n, 0, 0, 0]) for n in (12, 40, 52, 56, 64, 108, 124)
    }:
        return "bmp"
    return None


def _text(head: bytes) -> str | Foreign:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        plain = head.decode("utf-16", "ignore").encode()
    else:
        plain = head.removeprefix(b"\xef\xbb\xbf")
        if re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", plain):
            return Foreign("of a type that is not known here")
    if _MARKUP.search(plain[:1024]) and not _MAIL.match(plain):
        return Foreign("a web page, a drawing with code (SVG) or XML")
    return TEXT


def is_mail(head: bytes) -> bool:
    """Whether text begins as an e-mail does: with at least two of its header's lines."""
    return len(_MAIL.findall(head.removeprefix(b"\xef\xbb\xbf"))) >= 2 and bool(
        re.match(rb"[\w-]+:", head.removeprefix(b"\xef\xbb\xbf"))
    )
