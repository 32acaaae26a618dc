"""How a file's bytes are sealed: AES-256-GCM in pieces of 64 KiB, so that none is ever whole in memory.

    "CHF1", then of each piece: nonce (12 bytes), ciphertext, tag (16 bytes)

Company, file, what it is (the whole, or a piece of an upload), the piece's number and whether it is the last are
associated data: pieces cannot be swapped, left out, cut off at the end or moved to another file or company. The key is
the file's own.
"""

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.crypto import SealBrokenError

PIECE = 64 * 1024
MAGIC = b"CHF1"
_NONCE, _TAG = 12, 16
_SEALED = _NONCE + PIECE + _TAG


@dataclass(frozen=True)
class Seal:
    """The key of one file, and what its bytes are bound to."""

    key: bytes
    company_id: UUID
    file_id: UUID
    what: str
    """"whole", or the name of a piece of an upload."""

    def bound_to(self, number: int, last: bool) -> bytes:
        return f"{self.company_id}|{self.file_id}|{self.what}|{number}|{last:d}".encode()


class SealedWriter:
    """Seals what is written into `out`; `close` writes the last piece, without which nothing opens."""

    def __init__(self, out: BinaryIO, seal: Seal) -> None:
        self._out, self._seal, self._cipher = out, seal, AESGCM(seal.key)
        self._waiting, self._number = bytearray(), 0
        self.size = 0
        """Bytes written so far, unsealed."""
        out.write(MAGIC)

    def write(self, data: bytes) -> None:
        self._waiting += data
        self.size += len(data)
        # A full piece waits for more: only then is it known not to be the last.
        while len(self._waiting) > PIECE:
            self._put(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]

    def close(self) -> None:
        self._put(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _put(self, piece: bytes, *, last: bool) -> None:
        nonce = os.urandom(_NONCE)
        self._out.write(nonce + self._cipher.encrypt(nonce, piece, self._seal.bound_to(self._number, last)))
        self._number += 1


class SealedReader(io.RawIOBase):
    """What was sealed, readable from anywhere; one piece is in memory at a time. `stored`: bytes of the sealed file.

    Reading raises `SealBrokenError`.
    """

    def __init__(self, source: BinaryIO, stored: int, seal: Seal) -> None:
        super().__init__()
        self._source, self._seal, self._cipher = source, seal, AESGCM(seal.key)
        body = stored - len(MAGIC)
        self._count = -(-body // _SEALED)
        self.length = body - self._count * (_NONCE + _TAG)
        """Bytes, unsealed."""
        self._at, self._number, self._piece = 0, -1, b""
        if self._count < 1 or self.length < 0 or source.read(len(MAGIC)) != MAGIC:
            raise SealBrokenError("The stored file is cut off or is no sealed file.")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.length}[whence]
        if start + offset < 0:
            raise ValueError("a place before the beginning")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        # At its end nothing is left to read, but an empty file's seal must have been seen as well.
        number = min(self._at // PIECE, self._count - 1)
        piece = self._open(number)
        found = piece[self._at - number * PIECE :][: len(buffer)]
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)

    def _open(self, number: int) -> bytes:
        if number != self._number:
            self._source.seek(len(MAGIC) + number * _SEALED)
            sealed = self._source.read(_SEALED)
            try:
                bound = self._seal.bound_to(number, last=number == self._count - 1)
                self._piece = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], bound)
            except (InvalidTag, ValueError):
                raise SealBrokenError("The stored file is not what was stored.") from None
            self._number = number
        return self._piece

    def close(self) -> None:
        self._source.close()
        super().close()


def pieces(file: BinaryIO) -> Iterator[bytes]:
    """A file in pieces of 64 KiB, closed at the end."""
    with file:
        while piece := file.read(PIECE):
            yield piece
