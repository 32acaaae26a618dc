"""Looking into ZIPs: for bombs, for what cannot be looked into, and for what lies in them."""

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Callable
from typing import BinaryIO

from app.documents.names import clean
from app.documents.verdict import Refused

MOST_ENTRIES = 200
MOST_UNPACKED = 50_000_000
MOST_OF_ONE = 10_000_000
_ARCHIVES = frozenset(
    ["zip", "rar", "7z", "gz", "tgz", "bz2", "xz", "tar", "cab", "arj", "lzh", "z", "iso", "jar"]
)
_LITTER = re.compile(r"(?:^|/)(?:__MACOSX/.*|\.DS_Store|Thumbs\.db|desktop\.ini)$", re.IGNORECASE)
"""What computers put in by themselves; counted, and not looked at."""
_ENCRYPTED = 0x1


def opened(file: BinaryIO) -> zipfile.ZipFile:
    """Its list of entries, from an archive that begins at the file's beginning. Raises `Refused`."""
    file.seek(0)
    try:
        archive = zipfile.ZipFile(file)
        entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, UnicodeDecodeError, EOFError, OSError):
        raise cut_off() from None
    if not entries:
        raise Refused("empty", "This archive is empty. Put the documents into it, or send them one by one.")
    if min(entry.header_offset for entry in entries) != 0:
        raise Refused(
            "two_things",
            "Something stands before this archive in the same file, so it is two things at once. Send the documents one"
            " by one.",
        )
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise Refused(
            "protected",
            "This archive is protected with a password, so what is in it cannot be checked. Send it without one.",
        )
    return archive


def cut_off() -> Refused:
    return Refused("cut_off", "This file is cut off or damaged. Save it again, and send that.")


def check_all(file: BinaryIO, look_at: Callable[[str, BinaryIO, int], object]) -> None:
    """Look at each file in a ZIP as if it had been sent alone. One is in memory at a time. Raises `Refused`."""
    archive = opened(file)
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MOST_ENTRIES:
        raise _bomb(f"has {len(entries):,} files in it, and {MOST_ENTRIES} may be")
    unpacked = 0
    for entry in entries:
        _check_entry(entry)
        content = _content(archive, entry, MOST_UNPACKED - unpacked)
        unpacked += len(content)
        if _LITTER.search(entry.filename):
            continue
        try:
            look_at(entry.filename, io.BytesIO(content), len(content))
        except Refused as refusal:
            name = entry.filename.rpartition("/")[2][:80]
            raise Refused(refusal.code, f"In the archive, “{name}”: {refusal.sentence}") from refusal
    if all(_LITTER.search(entry.filename) for entry in entries):
        raise Refused("empty", "There is no document in this archive. Send the documents one by one.")


def check_unpacked(archive: zipfile.ZipFile, most: int, ratio: int) -> None:
    """Raise `Refused` for a list of entries that says it unpacks to more than a document has."""
    told = sum(entry.file_size for entry in archive.infolist())
    packed = sum(entry.compress_size for entry in archive.infolist())
    if told > most or (told > most / 10 and told > ratio * max(packed, 1)):
        raise _bomb(f"unpacks to {told // 1_000_000:,} MB")


def read_small(archive: zipfile.ZipFile, name: str, most: int = 1_000_000) -> bytes:
    """An entry that is never large; b"" when it is not there. Raises `Refused`."""
    try:
        return _content(archive, archive.getinfo(name), most)
    except KeyError:
        return b""


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    if name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or re.match(r"[A-Za-z]:", name):
        raise Refused(
            "path",
            "This archive would unpack into folders that are not its own. Make it anew, or send the documents one by"
            " one.",
        )
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Refused(
            "path", "There is a link to another place in this archive. Send the documents one by one."
        )
    ending = clean(name).rpartition(".")[2].lower()
    if ending in _ARCHIVES:
        raise Refused(
            "nested",
            f"There is an archive (“{clean(name)[:80]}”) inside this archive. Unpack it, and send what is in it.",
        )


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """What the entry really unpacks to, whatever its header says."""
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise Refused(
            "unreadable",
            "This archive is packed in a way that cannot be checked. Make it anew with your computer’s own tool.",
        )
    limit = min(most, MOST_OF_ONE)
    try:
        with archive.open(entry) as packed:
            content = packed.read(limit + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, NotImplementedError, OSError):
        raise cut_off() from None
    if len(content) > limit:
        raise _bomb("unpacks to far more than may be sent")
    return content


def _bomb(what: str) -> Refused:
    return Refused(
        "bomb",
        f"This file {what}, as files made to stop a computer do. Send the documents one by one.",
    )
