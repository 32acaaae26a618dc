"""Bodies over a line that breaks, in front of the real web server."""

import socket
from uuid import UUID

import pytest
from sqlalchemy import select

from app.models import Document, StoredFile
from tests.documents.cut import TYPE, form
from tests.support.people import Cast
from tests.support.stack import Stack

pytestmark = [pytest.mark.fault, pytest.mark.timeout(120)]


@pytest.mark.usefixtures("no_documents")
def test_uploads_over_lines_that_break(stack: Stack, cast: Cast, api):
    """Chunks that end early, and a connection closed in the middle, as the web server itself reads them."""
    stack.start("web")
    stack.start("worker")
    stack.wait_ready()
    headers, client_id = api("jane@abc.test").headers, cast.client(cast.abc).id
    whole = form({"client_id": str(client_id), "doc_type": "Lease"}, "lease.pdf")
    half = whole[:-200]
    chunk = b"%x\r\n" % len(half) + half
    chunked, sized = "Transfer-Encoding: chunked", f"Content-Length: {len(whole)}"
    for how, (said, body) in {
        "a chunk that ends early": (chunked, chunk[:-30]),
        "chunks without a last one": (chunked, chunk + b"\r\n"),
        "a chunk without its end": (chunked, chunk),
        "a last chunk too early": (chunked, chunk + b"\r\n0\r\n\r\n"),
        "a length that is none": (chunked, b"zz\r\n" + half),
        "closed in the middle": (sized, half),
        "closed at once": (sized, b""),
    }.items():
        status, told = _over_the_line(stack, headers["Authorization"], said, body)
        assert status == 400, f"{how}: {told}"
        assert "did not arrive whole" in told, how
    for model in (Document, StoredFile):
        assert cast.read(cast.abc, select(model)) == []
    assert "Unforeseen" not in stack.log("web")
    status, told = _over_the_line(
        stack, headers["Authorization"], chunked, b"%x\r\n" % len(whole) + whole + b"\r\n0\r\n\r\n"
    )
    assert status == 201, told
    assert UUID(told.split('"id":"')[1][:36])


def _over_the_line(stack: Stack, token: str, said: str, body: bytes) -> tuple[int, str]:
    """Send a call's head and so much of its body, then nothing more; what is answered."""
    with socket.create_connection(("localhost", int(stack.environment["PORT"])), timeout=20) as line:
        head = f"POST /api/documents HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\nContent-Type: {TYPE}"
        line.sendall(f"{head}\r\n{said}\r\nConnection: close\r\n\r\n".encode() + body)
        line.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: line.recv(65536), b"")).decode()
    return int(answer.split(" ", 2)[1]) if answer else 0, answer
