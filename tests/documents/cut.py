"""Forms with a file, whole and broken in every way."""

import io
from dataclasses import dataclass
from typing import Any

from tests.documents.made import PDF

BOUNDARY = "a-boundary-of-a-form"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def form(fields: dict[str, str], name: str, file: str = "file") -> bytes:
    """A whole form with a PDF, its parts in the order in which browsers send them."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
        for field, value in fields.items()
    ]
    head = (
        f'Content-Disposition: form-data; name="{file}"; filename="{name}"\r\nContent-Type: application/pdf'
    )
    paper = f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + PDF + b"\r\n"
    return b"".join([*parts, paper, f"--{BOUNDARY}--\r\n".encode()])


@dataclass(frozen=True)
class Sent:
    body: bytes
    length: int | None = None
    """What is said to come, where that is not so."""
    content_type: str = TYPE

    @property
    def call(self) -> dict[str, Any]:
        """For the test client."""
        length = len(self.body) if self.length is None else self.length
        stream, said = io.BytesIO(self.body), {"CONTENT_LENGTH": str(length)}
        return {"input_stream": stream, "content_type": self.content_type, "environ_overrides": said}


def cut(whole: bytes) -> dict[str, Sent]:
    """The same form, broken in every way."""
    in_head = whole.index(b"Content-Type: application/pdf")
    in_body = whole.index(b"%PDF") + 20
    last = whole.rindex(f"--{BOUNDARY}--".encode())
    return {
        "in the middle of the first head": Sent(whole[:60]),
        "in the middle of the file's head": Sent(whole[: in_head + 9]),
        "after the file's head": Sent(whole[: whole.index(b"%PDF")]),
        "in the middle of the file": Sent(whole[:in_body]),
        "without the last boundary": Sent(whole[:last]),
        "with half of the last boundary": Sent(whole[: last + 9]),
        "with a boundary that ends no form": Sent(whole[:last] + f"--{BOUNDARY}\r\n".encode()),
        "shorter than it is said to be": Sent(whole[:in_body], len(whole)),
        "whole, and said to be longer": Sent(whole, len(whole) + 100),
        "longer than it is said to be": Sent(whole, in_body),
        "said to be empty": Sent(whole, 0),
        "nothing at all": Sent(b""),
        "with another boundary": Sent(whole, content_type="multipart/form-data; boundary=another"),
        "without a boundary": Sent(whole, content_type="multipart/form-data"),
        "a part without a name": Sent(whole.replace(b"Content-Disposition: form-data;", b"X-Part: yes;")),
    }
