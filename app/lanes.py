"""Large bodies one at a time in a process, and what computes over a whole file: whoever loads a page does not queue
behind whoever uploads.

An upload that waits its turn costs a thread and nothing else: its bytes stay in the network until they are read.
gunicorn.conf.py therefore has many threads.
"""

import re
import threading
from collections.abc import Iterable
from typing import Any

from werkzeug.wrappers import Response

LARGE = 128 * 1024
"""A body of so many bytes is an upload, or a piece of one."""
WHOLE_FILE = re.compile(r"/uploads/[^/]+/finish\Z")
"""Addresses that put a file together from its pieces and look into it, though they are sent nothing."""
PATIENCE = 120.0
_BUSY = "So many files are being sent just now that this one found no room. Nothing was kept; please send it again."


class Lanes:
    """WSGI middleware. One that has waited for two minutes is told to come again (503, Retry-After)."""

    def __init__(self, app: Any, *, at_once: int = 1) -> None:
        self._app = app
        self._lane = threading.BoundedSemaphore(at_once)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not _is_large(environ) and not WHOLE_FILE.search(environ.get("PATH_INFO", "")):
            return self._app(environ, start_response)  # type: ignore[no-any-return]
        if not self._lane.acquire(timeout=PATIENCE):
            busy = Response(_BUSY, 503, {"Retry-After": "10"}, mimetype="text/plain")
            return busy(environ, start_response)
        try:
            return self._app(environ, start_response)  # type: ignore[no-any-return]
        finally:
            self._lane.release()


def _is_large(environ: dict[str, Any]) -> bool:
    length = environ.get("CONTENT_LENGTH") or ""
    return int(length) >= LARGE if length.isdigit() else "HTTP_TRANSFER_ENCODING" in environ
