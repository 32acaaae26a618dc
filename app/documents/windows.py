"""Looking through a file a window at a time."""

import re
from collections.abc import Iterator
from typing import BinaryIO

WINDOW = 256 * 1024
OVERLAP = 256
"""As long as anything that is looked for: nothing hides on the edge of two windows."""


def windows(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The file from its beginning in windows that overlap: (where it begins, bytes)."""
    file.seek(0)
    at, kept = 0, b""
    while piece := file.read(WINDOW):
        window = kept + piece
        yield at - len(kept), window
        at, kept = at + len(piece), window[-OVERLAP:]


def contains(file: BinaryIO, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
    """The first match anywhere in the file; of 256 bytes at most."""
    return next((found for _, window in windows(file) if (found := pattern.search(window))), None)


def tail(file: BinaryIO, size: int, length: int) -> bytes:
    """The last bytes of a file of this size."""
    file.seek(max(0, size - length))
    return file.read(length)
