"""Whether a file that somebody sends may be taken: `look_at` gives the one verdict, in plain sentences.

What is allowed stands in `kinds.TYPES`; what cannot be looked into is not taken.
"""

import re
from typing import BinaryIO

from app.documents import archives, compound, kinds, office, pdf, pictures
from app.documents.kinds import Foreign
from app.documents.names import PROGRAMS, WEB_PAGES, check_hidden_ending, clean, ending_of
from app.documents.verdict import Fit, Refused
from app.documents.windows import contains, windows

LARGEST = 10_000_000
"""Bytes, as Xero takes at most (facts 6)."""
_OBJECTS_IN_RTF = re.compile(
    rb"\\(?:obj(?:data|ocx|autlink|link|emb|update|html)|ddeauto|dde\b|template\b)", re.IGNORECASE
)
_ORDERS_IN_CSV = re.compile(
    rb"(?:^|[,;\t\"\r\n])\s*[=+@-][^,;\r\n]{0,100}\|[^\r\n]{0,100}!|=\s*(?:call|exec|register)\s*\(",
    re.IGNORECASE,
)
_ATTACHED = re.compile(
    rb"(?:;|^)\s*(?:file)?name\*?\d*\*?\s*=\s*\"?[^\r\n\";]{0,150}\.([A-Za-z0-9-]{1,16})[\";\s]",
    re.IGNORECASE | re.MULTILINE,
)
_HARMFUL = (PROGRAMS | WEB_PAGES) - {"com", "htm", "html"}
"""Attached to an e-mail, whose own text is often a web page."""


def check_size(size: int) -> None:
    """Raise `Refused` for an empty file or one above 10 MB; before it is sent, and after."""
    if size <= 0:
        raise Refused(
            "empty", "This file is empty: it has no content. Look at it on your computer, and send it again."
        )
    if size > LARGEST:
        told = (
            f"This file has {size / 1_000_000:.1f} MB" if size < 1_000_000_000 else "This file is very large"
        )
        raise Refused(
            "too_large",
            f"{told}, and 10 MB are taken at most, as in Xero. Save it smaller, or send it in parts.",
        )


def look_at(name: str, file: BinaryIO, size: int, *, inside: bool = False) -> Fit:
    """The verdict on a whole file. `inside`: it lies in an archive. Raises `Refused`."""
    shown = clean(name)
    ending = _known_ending(shown)
    check_size(size)
    file.seek(0)
    head = file.read(kinds.HEAD)
    kind = _kind(head, ending, file, inside=inside)
    canonical = kinds.ALIASES.get(ending, ending)
    if kind != canonical:
        if kind in kinds.IMAGES and canonical in kinds.IMAGES:
            # Telephones and messengers do this to pictures every day: it gets the ending that it should have.
            shown, ending = f"{shown.rpartition('.')[0]}.{kind}", kind
        else:
            raise Refused(
                "wrong_ending",
                f"“{shown}” is called .{ending}, but what is in it is {_in_words(kind)}. Send the file as it was saved,"
                " without changing its name’s ending.",
            )
    _check_content(kind, file, size)
    return Fit(shown, ending, kinds.TYPES[kind])


def _known_ending(name: str) -> str:
    ending = ending_of(name)
    if ending in PROGRAMS:
        raise Refused(
            "not_allowed",
            f"Programs and scripts (.{ending}) are not taken. Send the document itself, as PDF.",
        )
    if ending in WEB_PAGES:
        raise Refused(
            "not_allowed",
            f"Web pages and drawings with code (.{ending}) are not taken, for they can do things when they are opened."
            " Print it to a PDF, and send that.",
        )
    if kinds.ALIASES.get(ending, ending) not in kinds.TYPES:
        called = f"Files ending in .{ending}" if ending else "Files without an ending (such as .pdf)"
        raise Refused("not_allowed", f"{called} are not taken. Taken are {kinds.IN_WORDS}.")
    check_hidden_ending(name)
    return ending


def _kind(head: bytes, ending: str, file: BinaryIO, *, inside: bool) -> str:
    """What the bytes are: an ending of `kinds.TYPES`. Raises `Refused` for what is not taken."""
    found = kinds.by_bytes(head)
    if isinstance(found, Foreign):
        raise Refused(
            "wrong_content",
            f"What is in this file is {found.words}, whatever it is called, and that is not taken. Taken are"
            f" {kinds.IN_WORDS}.",
        )
    if found == kinds.CONTAINER:
        document = office.kind_of(file)
        if document is None and inside:
            raise Refused("nested", "It is an archive inside the archive. Unpack it, and send what is in it.")
        return document or "zip"
    if found == kinds.COMPOUND:
        document = compound.kind_of(file)
        if document is None:
            raise Refused(
                "wrong_content",
                f"This is not a document of Word, Excel, PowerPoint or Outlook. Taken are {kinds.IN_WORDS}.",
            )
        return document
    if found == kinds.TEXT:
        if ending == "eml":
            return "eml" if kinds.is_mail(head) else "txt"
        return ending if ending in kinds.TEXTS else "txt"
    return found


def _check_content(kind: str, file: BinaryIO, size: int) -> None:
    if kind == "pdf":
        pdf.check(file, size)
    elif kind in kinds.IMAGES:
        pictures.check(kind, file, size)
    elif kind == "zip":
        archives.check_all(file, lambda name, entry, length: look_at(name, entry, length, inside=True))
    elif kind == "rtf" and contains(file, _OBJECTS_IN_RTF):
        raise Refused(
            "active_content",
            "There are other files or links inside this RTF document, which could do harm when it is opened. Save it as"
            " PDF, and send that.",
        )
    elif kind == "csv" and contains(file, _ORDERS_IN_CSV):
        raise Refused(
            "active_content",
            "A cell of this table would start a program when it is opened in Excel. Remove the formula, and send it"
            " again.",
        )
    elif kind == "eml":
        _check_mail(file)
    elif kind in kinds.TEXTS and contains(file, re.compile(rb"\x00")) and not _wide(file):
        raise Refused("wrong_content", f"What is in this file is no text. Taken are {kinds.IN_WORDS}.")


def _check_mail(file: BinaryIO) -> None:
    for _, window in windows(file):
        for found in _ATTACHED.finditer(window):
            if found[1].decode().lower() in _HARMFUL:
                raise Refused(
                    "active_content",
                    f"A file that could do harm (.{found[1].decode().lower()}) is attached to this e-mail. Send the"
                    " documents in it one by one.",
                )


def _wide(file: BinaryIO) -> bool:
    """Whether text is written in two bytes a letter."""
    file.seek(0)
    return file.read(2) in {b"\xff\xfe", b"\xfe\xff"}


def _in_words(kind: str) -> str:
    words = {"zip": "a ZIP archive", "txt": "plain text", "eml": "an e-mail", "msg": "an e-mail"}
    return words.get(kind, f"a {kind.upper()} file")
