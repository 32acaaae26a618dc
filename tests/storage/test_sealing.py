"""Sealed bytes open as they were stored, or not at all."""

import io
from dataclasses import replace
from uuid import uuid4

import pytest

from app.crypto import SealBrokenError
from app.storage.sealing import MAGIC, PIECE, Seal, SealedReader, SealedWriter

SEAL = Seal(b"k" * 32, uuid4(), uuid4(), "whole")
SEALED = PIECE + 28
BODY = bytes(range(256)) * (PIECE // 256) * 2 + b"the rest"


def sealed(content: bytes, seal: Seal = SEAL) -> bytes:
    out = io.BytesIO()
    writer = SealedWriter(out, seal)
    for at in range(0, len(content), 10_000):
        writer.write(content[at : at + 10_000])
    writer.close()
    return out.getvalue()


def opened(stored: bytes, seal: Seal = SEAL) -> bytes:
    return io.BufferedReader(SealedReader(io.BytesIO(stored), len(stored), seal), PIECE).read()


@pytest.mark.parametrize("length", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, len(BODY)])
def test_what_was_sealed_opens(length: int):
    stored = sealed(BODY[:length])
    assert opened(stored) == BODY[:length]
    assert BODY[100:200] not in stored


def test_it_is_read_from_anywhere():
    stored = sealed(BODY)
    with io.BufferedReader(SealedReader(io.BytesIO(stored), len(stored), SEAL), PIECE) as file:
        for at in (len(BODY) - 5, 0, PIECE - 2, 2 * PIECE):
            file.seek(at)
            assert file.read(7) == BODY[at : at + 7]
        assert file.seek(-8, io.SEEK_END) == len(BODY) - 8
        assert file.read() == b"the rest"


PIECES = [sealed(BODY)[len(MAGIC) :][at * SEALED : (at + 1) * SEALED] for at in range(3)]
TAMPERED = {
    "the end cut off": MAGIC + PIECES[0] + PIECES[1],
    "cut in the middle of a piece": MAGIC + PIECES[0] + PIECES[1][:1000],
    "pieces swapped": MAGIC + PIECES[1] + PIECES[0] + PIECES[2],
    "a piece left out": MAGIC + PIECES[0] + PIECES[2],
    "a piece twice": MAGIC + PIECES[0] + PIECES[0] + PIECES[1] + PIECES[2],
    "lengthened": MAGIC + b"".join(PIECES) + PIECES[2],
    "a bit turned": MAGIC + PIECES[0] + PIECES[1][:-1] + bytes([PIECES[1][-1] ^ 1]) + PIECES[2],
    "nothing": b"",
    "a beginning only": MAGIC,
    "something else": b"%PDF-1.7 not sealed at all, but long enough",
}


@pytest.mark.parametrize("how", TAMPERED)
def test_what_was_changed_does_not_open(how: str):
    with pytest.raises(SealBrokenError):
        opened(TAMPERED[how])


@pytest.mark.parametrize(
    "other",
    [
        replace(SEAL, company_id=uuid4()),
        replace(SEAL, file_id=uuid4()),
        replace(SEAL, what="a piece"),
        replace(SEAL, key=b"l" * 32),
    ],
)
def test_it_opens_for_what_it_was_sealed_for_only(other: Seal):
    with pytest.raises(SealBrokenError):
        opened(sealed(BODY), other)
