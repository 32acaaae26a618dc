"""OLE compound files: older Office and Outlook. Their own little file system is read ([MS-CFB]), to tell what one is,
and whether programs lie in it."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from app.documents.archives import cut_off
from app.documents.names import PROGRAMS, WEB_PAGES
from app.documents.office import macros, protected
from app.documents.verdict import Refused

_END, _MOST = 0xFFFFFFFA, 20_000
"""From here on a number of a sector means something else; and more sectors than 10 MB have."""
_ATTACHED = ("__substg1.0_3703001F", "__substg1.0_3707001F", "__substg1.0_3704001F")
"""Of an Outlook message's attachment: its ending, its long name, its short one ([MS-OXPROPS])."""
_FILEPASS, _SHEET, _MACRO_SHEET, _EOF = 0x2F, 0x85, 1, 0x0A
_PPT_MACROS = b"\x1f\x00\xff\x03\x14\x00\x00\x00"


@dataclass(frozen=True)
class Entry:
    """A stream (or, with kind 1 or 5, a storage): its name, first sector and length in bytes."""

    name: str
    kind: int
    start: int
    length: int


class Compound:
    """Raises `Refused` for a file that is cut off or goes in circles."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        try:
            self._read_header()
            self.entries = list(self._directory())
            root = next(entry for entry in self.entries if entry.kind == 5)
            self._small = b"".join(self._chain(root.start, self._fat, 10_000_000))[: root.length]
        except (struct.error, IndexError, StopIteration, ValueError):
            raise cut_off() from None
        self.names = {entry.name for entry in self.entries}

    def _read_header(self) -> None:
        self._file.seek(0)
        header = self._file.read(512)
        shift, small_shift = struct.unpack_from("<HH", header, 30)
        if shift not in {9, 12} or small_shift != 6:
            raise ValueError("no such size of sectors")
        self._size, self._small_size = 1 << shift, 1 << small_shift
        self._first, self._cutoff, small_fat, _, more, count = struct.unpack_from("<I4xIIIII", header, 48)
        tables = list(struct.unpack_from("<109I", header, 76))
        for _ in range(min(count, _MOST)):
            if more >= _END:
                break
            sector = struct.unpack(f"<{self._size // 4}I", self._sector(more))
            tables += sector[:-1]
            more = sector[-1]
        self._fat: list[int] = []
        for table in tables:
            if table < _END:
                self._fat += struct.unpack(f"<{self._size // 4}I", self._sector(table))
        packed = b"".join(self._chain(small_fat, self._fat, 10_000_000))
        self._small_fat = list(struct.unpack(f"<{len(packed) // 4}I", packed))

    def _sector(self, number: int) -> bytes:
        self._file.seek((number + 1) * self._size)
        found = self._file.read(self._size)
        if not found:
            raise ValueError("past the end")
        # The last sector of a file may be written short.
        return found.ljust(self._size, b"\0")

    def _chain(self, start: int, fat: list[int], most: int) -> Iterator[bytes]:
        for _ in range(most // self._size + 1):
            if start >= _END:
                return
            yield self._sector(start)
            start = fat[start]
        raise ValueError("in circles")

    def _directory(self) -> Iterator[Entry]:
        for sector in self._chain(self._first, self._fat, 2_000_000):
            for at in range(0, self._size, 128):
                entry = sector[at : at + 128]
                length, kind = struct.unpack_from("<HB", entry, 64)
                if kind:
                    start, size = struct.unpack_from("<II", entry, 116)
                    yield Entry(entry[: max(length - 2, 0)].decode("utf-16-le", "replace"), kind, start, size)

    def stream(self, entry: Entry, most: int) -> bytes:
        """The first bytes of a stream."""
        try:
            if entry.length >= self._cutoff:
                pieces, size = self._chain(entry.start, self._fat, 20_000_000), 0
                kept = []
                for piece in pieces:
                    kept.append(piece)
                    size += len(piece)
                    if size >= most:
                        break
                return b"".join(kept)[: min(entry.length, most)]
            return self._small_stream(entry)[:most]
        except (struct.error, IndexError, ValueError):
            raise cut_off() from None

    def _small_stream(self, entry: Entry) -> bytes:
        found, number = b"", entry.start
        while number < _END and len(found) < entry.length:
            found += self._small[number * self._small_size : (number + 1) * self._small_size]
            number = self._small_fat[number]
        return found[: entry.length]


def kind_of(file: BinaryIO) -> str | None:
    """doc, xls, ppt or msg, checked; None for another compound file. Raises `Refused`."""
    found = Compound(file)
    if "EncryptedPackage" in found.names:
        raise protected()
    if found.names & {"_VBA_PROJECT", "_VBA_PROJECT_CUR", "VBA", "Macros"}:
        raise macros()
    for entry in found.entries:
        if entry.kind != 2:
            continue
        match entry.name:
            case "WordDocument":
                return _word(found, entry)
            case "Workbook" | "Book":
                return _excel(found, entry)
            case "PowerPoint Document":
                return _powerpoint(found, entry)
            case "__properties_version1.0":
                return _message(found)
    return None


def _word(found: Compound, entry: Entry) -> str:
    # The flag fEncrypted of the file information block ([MS-DOC] 2.5.2).
    (flags,) = struct.unpack_from("<H", found.stream(entry, 64).ljust(12, b"\0"), 10)
    if flags & 0x0100:
        raise protected()
    return "doc"


def _excel(found: Compound, entry: Entry) -> str:
    workbook, at = found.stream(entry, 1_000_000), 0
    while at + 4 <= len(workbook):
        record, length = struct.unpack_from("<HH", workbook, at)
        if record == _FILEPASS:
            raise protected()
        if record == _SHEET and length > 5 and workbook[at + 9] == _MACRO_SHEET:
            raise macros()
        if record == _EOF:
            break
        at += 4 + length
    return "xls"


def _powerpoint(found: Compound, entry: Entry) -> str:
    if _PPT_MACROS in found.stream(entry, 10_000_000):
        raise macros()
    return "ppt"


def _message(found: Compound) -> str:
    for entry in found.entries:
        if entry.kind == 2 and entry.name in _ATTACHED:
            name = found.stream(entry, 1000).decode("utf-16-le", "replace").rstrip("\0 .")
            if name.rpartition(".")[2].lower() in PROGRAMS | WEB_PAGES:
                raise Refused(
                    "active_content",
                    f"A file that could do harm (“{name[:80]}”) is attached to this message. Send the documents in it"
                    " one by one.",
                )
    return "msg"
