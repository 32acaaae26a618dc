"""Files on their way in: whole or in pieces, once, checked, by whoever sends them and nobody else."""

import hashlib
import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from app import storage
from app.auth.viewer import Viewer
from app.documents import receiving, scanning
from app.documents.receiving import Destination
from app.errors import Problem, WrongState
from app.extensions import db
from app.models import AuditEvent, Document, DocumentAsk, DocumentUpload, StoredFile
from app.tenancy import company_scope
from tests.documents.made import EXE, PDF
from tests.support.clamd import VIRUS, fake_clamd
from tests.support.people import Cast

pytestmark = pytest.mark.usefixtures("no_documents")

LONG = b"A line of a long statement.\n" * 100_000


@contextmanager
def at_work(app: Flask, company_id: UUID) -> Iterator[None]:
    with app.app_context(), company_scope(company_id):
        yield
        db.session.commit()


def viewer(role: str = "accountant", client_id: UUID | None = None) -> Viewer:
    return Viewer(
        uuid4(), uuid4(), "Lee Ames", "lee@abc.test", "auto", True, False, None, role, None, client_id
    )


def send(
    destination: Destination, by: Viewer, name: str = "statement.txt", content: bytes = LONG
) -> Document:
    outcome = receiving.receive_whole(destination, name, io.BytesIO(content), by)
    db.session.commit()
    return outcome.document_or_problem()


def test_in_one_go(app: Flask, cast: Cast):
    client = cast.client(cast.abc)
    by = viewer("client", client.id)
    to = Destination(client.id, "Bank statements", tax_year=2026)
    with at_work(app, cast.abc):
        made = send(to, by)
        assert (made.size, made.sha256) == (len(LONG), hashlib.sha256(LONG).hexdigest())
        assert (made.state, made.scan_state, made.by_client) == ("uploaded", "not_scanned", True)
        assert b"".join(storage.pieces_of(made.storage_key)) == LONG
        # Pressed twice, or the answer was lost: the same document, and no second file.
        assert send(to, by).id == made.id
        assert send(replace(to, tax_year=2025), by).id != made.id
        assert len(list(storage.keys_of_company())) == 2
    with at_work(app, cast.abc):
        with pytest.raises(Problem) as problem:
            send(to, by, "statement.pdf", EXE)
        assert problem.value.fields == {"file": [problem.value.message]}
        with pytest.raises(Problem, match="10 MB are taken at most"):
            send(to, by, "large.txt", b"a" * 10_000_001)
        # Refusals leave no file, and stand in the audit log with who and why.
        assert len(list(storage.keys_of_company())) == 2
        told = db.session.scalars(select(AuditEvent).where(AuditEvent.what == "document.refused")).all()
        assert len(told) == 2
        assert "a program for Windows" in json.dumps([one.after for one in told])


def test_only_where_it_belongs(app: Flask, cast: Cast):
    ours, other = cast.client(cast.abc), cast.read(cast.abc, select(cast.client(cast.abc).__class__))[1]
    request = cast.request(cast.abc)
    stranger = cast.client(cast.xyz)
    with at_work(app, cast.abc):
        ask = DocumentAsk(client_id=ours.id, doc_type="Payslips", tax_year=2026, asked_by="Alice")
        gone = DocumentAsk(client_id=ours.id, doc_type="Old", asked_by="Alice", state="withdrawn")
        db.session.add_all([ask, gone])
        db.session.flush()
        to = Destination(ours.id, "Payslips")
        wrong = {
            "another client's portal": (replace(to, client_id=other.id), viewer("client", ours.id), ""),
            "another practice's client": (replace(to, client_id=stranger.id), viewer(), ""),
            "another client's ask": (replace(to, client_id=other.id, ask_id=ask.id), viewer(), "ask_id"),
            "what is no longer asked": (replace(to, ask_id=gone.id), viewer(), "ask_id"),
            "another client's request": (
                replace(to, client_id=ours.id if request.client_id != ours.id else other.id).__class__(
                    ours.id if request.client_id != ours.id else other.id,
                    "Payslips",
                    service_request_id=request.id,
                ),
                viewer(),
                "service_request_id",
            ),
            "no type": (replace(to, doc_type=" "), viewer(), "doc_type"),
            "a long type": (replace(to, doc_type="x" * 101), viewer(), "doc_type"),
            "a year of long ago": (replace(to, tax_year=1066), viewer(), "tax_year"),
        }
        for what, (destination, by, field) in wrong.items():
            with pytest.raises(Problem) as problem:
                send(destination, by)
            assert list(problem.value.fields) == [field] if field else problem.value.status == 404, what
        asked = send(replace(to, doc_type="anything", ask_id=ask.id), viewer("client", ours.id))
        assert (asked.doc_type, asked.tax_year, asked.ask_id) == ("Payslips", 2026, ask.id)


def test_in_pieces_through_every_mishap(app: Flask, cast: Cast):
    client = cast.client(cast.abc)
    by = viewer("client", client.id)
    to, digest = Destination(client.id, "Bank statements"), hashlib.sha256(LONG).hexdigest()

    def begin() -> UUID:
        with at_work(app, cast.abc):
            return receiving.begin(to, "statement.txt", len(LONG), by, digest).id

    upload_id = begin()
    assert begin() == upload_id, "the answer was lost, or the page was opened again"

    def take(offset: int, length: int = 1_000_000, who: Viewer = by) -> int:
        with at_work(app, cast.abc):
            upload = receiving.find(upload_id, who)
            return receiving.take(upload, offset, LONG[offset : offset + length])

    assert take(0) == 1_000_000
    assert take(0) == 1_000_000, "sent again"
    assert take(500_000) == 1_000_000, "another tab is further on"
    assert take(2_000_000) == 1_000_000, "a piece is missing before it"
    for nobody in (viewer("client", client.id), replace(by, user_id=uuid4())):
        with pytest.raises(Problem, match="not there any more"):
            take(1_000_000, who=nobody)
    with at_work(app, cast.xyz), pytest.raises(Problem, match="not there any more"):
        receiving.find(upload_id, by)
    with at_work(app, cast.abc), pytest.raises(WrongState, match=r"1,000,000 of 2,800,000 bytes"):
        receiving.finish(receiving.find(upload_id, by), by)

    # A process that dies before its commit: the piece is sent again.
    with app.app_context(), company_scope(cast.abc):
        assert receiving.take(receiving.find(upload_id, by), 1_000_000, os.urandom(1_000_000)) == 2_000_000
        db.session.rollback()
    assert take(1_000_000) == 2_000_000
    assert take(2_000_000) == len(LONG)
    with at_work(app, cast.abc), pytest.raises(Problem, match="1 MiB"):
        receiving.piece_of(io.BytesIO(b"a" * (1024 * 1024 + 1)))

    for _ in range(2):
        with at_work(app, cast.abc):
            made = receiving.finish(receiving.find(upload_id, by), by).document_or_problem()
            assert (made.id, made.sha256) == (upload_id, digest)
            assert b"".join(storage.pieces_of(made.storage_key)) == LONG
    assert len(cast.read(cast.abc, select(Document))) == 1
    assert take(0) == len(LONG), "sent again after it was whole"


def test_what_does_not_become_a_document_goes(app: Flask, cast: Cast):
    client = cast.client(cast.abc)
    by, to = viewer(), Destination(client.id, "Bank statements")
    with at_work(app, cast.abc):
        for size, why in ((0, "is empty"), (10_000_001, "10 MB")):
            with pytest.raises(Problem, match=why):
                receiving.begin(to, "a.txt", size, by)
        changed = receiving.begin(to, "a.txt", 5, by, hashlib.sha256(b"other").hexdigest())
        with pytest.raises(Problem, match="More has come"):
            receiving.take(changed, 0, b"too much")
        receiving.take(changed, 0, b"these")
        hostile = receiving.begin(to, "a.pdf", len(EXE), by)
        receiving.take(hostile, 0, EXE)
        for upload, code in ((changed, "changed_on_the_way"), (hostile, "wrong_content")):
            outcome = receiving.finish(upload, by)
            assert outcome.refusal is not None
            assert outcome.refusal.code == code
        db.session.commit()
        assert db.session.scalars(select(StoredFile)).all() == []
        assert db.session.scalars(select(DocumentUpload)).all() == []
        for number in range(receiving.MOST_OPEN):
            receiving.begin(to, f"{number}.txt", 5, by)
        with pytest.raises(WrongState, match="under way already"):
            receiving.begin(to, "one more.txt", 5, by)
        receiving.begin(to, "somebody else's.txt", 5, viewer())


def test_looked_through_for_viruses(app: Flask, cast: Cast):
    to, by = Destination(cast.client(cast.abc).id, "Bank statements"), viewer()

    def use(**settings: object) -> None:
        app.extensions["settings"] = app.extensions["settings"].model_copy(update=settings)

    with fake_clamd() as url:
        use(clamd_url=url)
        with at_work(app, cast.abc):
            assert send(to, by).scan_state == "clean"
            with pytest.raises(Problem, match=r"A virus was found in this file \(Test\.Virus-1\)"):
                send(to, by, "a.txt", LONG + VIRUS)
            assert len(list(storage.keys_of_company())) == 1
            for trouble in (b"UNREADABLE", b"HANGS UP"):
                assert send(to, by, "a.txt", trouble).scan_state == "not_scanned"
    with at_work(app, cast.abc):
        # It does not answer any more: the document is taken, and says so.
        unscanned = send(to, by, "b.pdf", PDF)
        assert unscanned.scan_state == "not_scanned"
        assert scanning.may_be_accepted("not_scanned")
        use(accept_unscanned=False)
        assert not scanning.may_be_accepted(unscanned.scan_state)
        assert scanning.may_be_accepted("clean")
