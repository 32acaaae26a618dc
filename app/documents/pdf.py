"""What a PDF would do when it is opened. Readers run scripts and start programs at its wish, so one that wishes it is
not taken, nor is one that cannot be looked into.

Names may be written with escapes (``/J#61vaScript``), and objects may lie packed in streams (PDF 1.7, 7.3.5 and 7.5.7):
both are seen through.
"""

import re
import zlib
from typing import BinaryIO

from app.documents.verdict import Refused
from app.documents.windows import contains, tail, windows

MOST_UNPACKED = 64 * 1024 * 1024
"""Of a PDF's packed objects, together."""
_STEP = 64 * 1024


def _name(name: str, more: bytes = rb"(?=[\s\x00()<>\[\]{}/%]|$)") -> bytes:
    letters = "".join(f"(?:{letter}|#{ord(letter):02x}|#{ord(letter):02X})" for letter in name)
    return b"/" + letters.encode() + more


_ACTIVE = {
    "a script (JavaScript)": _name("JavaScript"),
    "an order to start a program": _name("Launch"),
    "an order to send or fetch data": b"(?:" + _name("SubmitForm") + b"|" + _name("ImportData") + b")",
    "a film or a 3D scene that runs code": _name("RichMedia"),
    "a form that runs code (XFA)": _name("XFA", rb"\s*[\[\d<(]"),
    "other files inside it": _name("EmbeddedFile"),
}
_ANY_ACTIVE = re.compile(
    b"|".join(b"(?P<a%d>%s)" % (number, pattern) for number, pattern in enumerate(_ACTIVE.values()))
)
_ENCRYPTED = re.compile(_name("Encrypt", rb"\s*(?:\d|<<)"))
_PACKED = re.compile(_name("ObjStm"))
_STREAM = re.compile(rb"stream\r?\n")
_ONLY_FLATE = re.compile(rb"/Filter\s*(?:/FlateDecode|\[\s*/FlateDecode\s*\])(?=[\s/>])")


def check(file: BinaryIO, size: int) -> None:
    """Raise `Refused` for a PDF that is cut off, protected or active."""
    if b"%%EOF" not in tail(file, size, 2048):
        raise Refused(
            "cut_off", "This PDF is cut off: its end is missing. Save or scan it again, and send that."
        )
    if contains(file, _ENCRYPTED):
        raise Refused(
            "protected",
            "This PDF is protected, so what is in it cannot be checked. Print it to a new PDF without protection, and"
            " send that.",
        )
    packed: list[int] = []
    for begins, window in windows(file):
        _look(window)
        packed += [begins + found.end() for found in _PACKED.finditer(window)]
    left = MOST_UNPACKED
    for at in sorted(set(packed)):
        left -= _look_into(file, at, left)


def _look(text: bytes) -> None:
    found = _ANY_ACTIVE.search(text)
    if found is not None:
        what = list(_ACTIVE)[int((found.lastgroup or "a0")[1:])]
        raise Refused(
            "active_content",
            f"This PDF has {what} inside, which could do harm when it is opened. Print it to a new PDF, and send that.",
        )


def _look_into(file: BinaryIO, at: int, most: int) -> int:
    """Look through the packed objects whose name stands before `at`; how many bytes they unpacked to."""
    start = max(0, at - 1024)
    file.seek(start)
    around = file.read(1024 + 4096)
    stream = _STREAM.search(around, at - start)
    if stream is None:
        return 0
    head = around[: stream.start()].rpartition(b" obj")[2]
    if b"Filter" not in head and b"#" not in head:
        # Not packed at all: it was seen with the rest.
        return 0
    if not _ONLY_FLATE.search(head) or b"DecodeParms" in head or b"#" in head:
        raise _unreadable()
    file.seek(start + stream.end())
    return _unpack(file, most)


def _unpack(file: BinaryIO, most: int) -> int:
    packed, unpacked, kept = zlib.decompressobj(), 0, b""
    try:
        while not packed.eof:
            piece = packed.unconsumed_tail or file.read(_STEP)
            if not piece:
                break
            text = packed.decompress(piece, _STEP)
            unpacked += len(text)
            _look(kept + text)
            kept = (kept + text)[-256:]
            if unpacked > most:
                raise Refused(
                    "bomb",
                    "This PDF unpacks to far more than a document has, as files made to stop a computer do. Print it to"
                    " a new PDF, and send that.",
                )
    except zlib.error:
        raise _unreadable() from None
    return unpacked


def _unreadable() -> Refused:
    return Refused(
        "unreadable",
        "Parts of this PDF are packed in a way that cannot be checked. Print it to a new PDF, and send that.",
    )
