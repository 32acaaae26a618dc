"""Pictures: whole, of a size that a page can show, and nothing else beside."""

import re
import struct
from typing import BinaryIO

from app.documents.verdict import Refused
from app.documents.windows import contains, tail

MOST_PIXELS = 200_000_000
_CODE = re.compile(rb"<script\b|<\?php|<!doctype html|<html[\s>]|<iframe\b", re.IGNORECASE)
_ENDS = {"png": b"IEND", "gif": b"\x3b", "jpg": b"\xff\xd9"}


def check(kind: str, file: BinaryIO, size: int) -> None:
    """Raise `Refused` for a picture that is cut off, far too large, or holds something else too."""
    if contains(file, _CODE) or b"PK\x05\x06" in tail(file, size, 66_000):
        raise Refused(
            "two_things",
            "There is something else than a picture in this file: a web page, a program or an archive. Take the picture"
            " again or save it anew, and send that.",
        )
    ends = _ENDS.get(kind)
    # Telephones write more after a JPEG's end, so it is looked for anywhere.
    if ends and not (
        contains(file, re.compile(re.escape(ends))) if kind == "jpg" else ends in tail(file, size, 64)
    ):
        raise Refused("cut_off", "This picture is cut off: its end is missing. Send it again.")
    file.seek(0)
    width, height = _measures(kind, file.read(64))
    if width * height > MOST_PIXELS:
        raise Refused(
            "bomb",
            f"This picture would be {width:,} by {height:,} dots, more than any page can show. Save it smaller, and"
            " send that.",
        )


def _measures(kind: str, head: bytes) -> tuple[int, int]:
    try:
        if kind == "png":
            width, height = struct.unpack_from(">II", head, 16)
        elif kind == "gif":
            width, height = struct.unpack_from("<HH", head, 6)
        elif kind == "bmp":
            width, height = struct.unpack_from("<ii", head, 18)
        else:
            return 0, 0
    except struct.error:
        raise Refused("cut_off", "This picture is cut off. Send it again.") from None
    return abs(width), abs(height)
