"""Asking ClamAV's daemon (CLAMD_URL) about a file, by its INSTREAM command.

INSTREAM: pieces, each after its length in four bytes, big-endian; a piece of length 0 ends it. The answer is
``stream: OK``, ``stream: <name> FOUND`` or ``… ERROR`` (clamd(8)).
"""

import logging
import socket
import struct
from contextlib import closing
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import urlsplit

from app.extensions import settings

log = logging.getLogger(__name__)

PIECE = 64 * 1024
CONNECT_SECONDS, ANSWER_SECONDS = 2.0, 30.0
CLEAN, NOT_SCANNED, INFECTED = "clean", "not_scanned", "infected"


@dataclass(frozen=True)
class Scan:
    """`state`: clean, infected, or not_scanned when ClamAV is not there or could not tell; `virus`: what it found."""

    state: str
    virus: str = ""


def scan(file: BinaryIO) -> Scan:
    """Have the whole file looked through, from its beginning."""
    url = settings().clamd_url
    if url is None:
        return Scan(NOT_SCANNED)
    try:
        with closing(_connect(url)) as daemon:
            answer = _ask(daemon, file)
    except OSError as problem:
        log.warning("ClamAV does not answer: a document was not scanned (%s)", type(problem).__name__)
        return Scan(NOT_SCANNED)
    if answer.endswith(" FOUND"):
        return Scan(INFECTED, answer.removesuffix(" FOUND").rpartition(": ")[2])
    if answer.endswith(": OK"):
        return Scan(CLEAN)
    log.warning("ClamAV could not scan a document: %.80s", answer)
    return Scan(NOT_SCANNED)


def may_be_accepted(scan_state: str) -> bool:
    """Whether a document in this state may be accepted here (ACCEPT_UNSCANNED)."""
    return scan_state == CLEAN or (scan_state == NOT_SCANNED and settings().accept_unscanned)


def _connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        daemon = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        daemon.settimeout(CONNECT_SECONDS)
        daemon.connect(parts.path)
    else:
        assert parts.hostname is not None
        daemon = socket.create_connection((parts.hostname, parts.port or 3310), CONNECT_SECONDS)
    daemon.settimeout(ANSWER_SECONDS)
    return daemon


def _ask(daemon: socket.socket, file: BinaryIO) -> str:
    file.seek(0)
    daemon.sendall(b"zINSTREAM\0")
    while piece := file.read(PIECE):
        daemon.sendall(struct.pack("!L", len(piece)) + piece)
    daemon.sendall(struct.pack("!L", 0))
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < 4096:
        got = daemon.recv(1024)
        if not got:
            break
        answer += got
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")
