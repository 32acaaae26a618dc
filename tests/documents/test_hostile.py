"""What may be sent and what may not: two tables, each row with its answer."""

import io
import tracemalloc

import pytest

from app.documents.checking import look_at
from app.documents.kinds import TYPES
from app.documents.verdict import Refused
from tests.documents.hostile import REFUSED, TAKEN
from tests.documents.made import PDF, pdf_with


@pytest.mark.parametrize(("name", "content", "called"), TAKEN, ids=[called[-30:] for _, _, called in TAKEN])
def test_taken(name: str, content: bytes, called: str):
    fit = look_at(name, io.BytesIO(content), len(content))
    assert fit.name == called
    assert called.lower().endswith(f".{fit.extension}")


def test_every_type_is_taken():
    kinds = {look_at(name, io.BytesIO(content), len(content)).mime_type for name, content, _ in TAKEN}
    assert kinds == set(TYPES.values())


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what: str):
    name, content, code = REFUSED[what]
    content = content() if callable(content) else content
    with pytest.raises(Refused) as refused:
        look_at(name, io.BytesIO(content), len(content))
    sentence = refused.value.sentence
    assert refused.value.code == code, sentence
    # What it is, why, and what to do: more than a word, and an order at the end.
    assert sentence.endswith(".")
    assert len(sentence) > 40
    assert any(verb in sentence for verb in ("end", "ave", "rint", "ake", "ename", "ut ", "npack")), sentence


def test_words_of_a_page_are_no_orders():
    """ "/JS" by chance in a picture's bytes, "<html" in a mail's text, a minus in a table."""
    harmless = pdf_with(b"<</Length 8>>stream\n\x01/JS \x02\x03\nendstream ") + b""
    assert look_at("a.pdf", io.BytesIO(harmless), len(harmless)).extension == "pdf"
    assert look_at("a.csv", io.BytesIO(b"a|b!,-5\n"), 8).extension == "csv"


def test_a_large_file_is_not_whole_in_memory():
    class Large(io.RawIOBase):
        """10 MB that nobody holds."""

        at, size = 0, 9_999_000 + len(PDF)

        def seek(self, offset: int, whence: int = 0) -> int:
            self.at = offset + (0, self.at, self.size)[whence]
            return self.at

        def read(self, length: int = -1) -> bytes:
            start, self.at = self.at, min(self.at + length, self.size)
            whole = PDF[start : self.at].ljust(min(self.at, len(PDF)) - min(start, len(PDF)), b" ")
            tail = max(0, self.at - max(start, len(PDF)))
            end = b" " * tail
            return whole + (end[:-6] + b"%%EOF\n" if self.at == self.size and tail > 6 else end)

    tracemalloc.start()
    look_at("large.pdf", Large(), Large.size)  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000
