"""A stand-in for ClamAV's daemon: takes INSTREAM over TCP, and finds what holds the word that a test plants."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

VIRUS = b"TEST-VIRUS-IN-A-FILE"


class _Stream(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        content = b""
        while length := struct.unpack("!L", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
        if b"UNREADABLE" in content:
            self.wfile.write(b"stream: Can't allocate memory ERROR\0")
        elif b"HANGS UP" not in content:
            self.wfile.write(b"stream: Test.Virus-1 FOUND\0" if VIRUS in content else b"stream: OK\0")


@contextmanager
def fake_clamd() -> Iterator[str]:
    """Its CLAMD_URL."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Stream) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"tcp://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
