"""Documents in the portal: what is wanted, sending it with and without a script, what became of it, whose it is."""

import hashlib
import io
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from app.extensions import db
from app.models import AuditView, Document, DocumentUpload, ServiceRequest, StoredFile, now
from app.tenancy import company_scope
from tests.documents.made import EXE, PDF
from tests.portal.papers import HANNAH, OTTO, another_client, ask, clear, decide, person_of
from tests.support.pages import links, same_but_for, words

LONG = b"A line of a long statement.\n" * 60_000
TEXT = LONG[:280_000]


@pytest.fixture(autouse=True)
def nothing_yet(app, cast):
    clear(app, cast)


def files(*named: tuple[str, bytes], **fields: object) -> dict:
    return {"files": [(io.BytesIO(content), name) for name, content in named], **fields}


def documents(cast, company_id=None):
    return cast.read(company_id or cast.abc, select(Document).order_by(Document.created_at, Document.id))


def test_asked_sent_returned_sent_again_accepted(app, browser, cast):
    client_id = cast.member(cast.abc, "Hannah").client_id
    request = cast.read(cast.abc, select(ServiceRequest).filter_by(client_id=client_id))[0]
    asked = ask(
        app, cast.abc, client_id, tax_year=2026, note="All pages, please.", service_request_id=request.id
    )
    ask(
        app, cast.abc, client_id, "Rental agreement", due_on=now().date() - timedelta(days=40), required=False
    )
    hannah = browser(HANNAH)

    page = words(hannah.get("/portal"))
    assert "What we need from you Rental agreement If you have it We hoped to have it by" in page
    assert "Bank statements, 2026 All pages, please. Please send it by" in page
    assert page.index("Rental agreement") < page.index("Bank statements"), "what was due first stands first"
    to = f"/portal/documents/new?ask_id={asked}"
    assert to in links(hannah.get(f"/portal/requests/{request.id}"), "/portal/documents/new")
    form = hannah.get(to)
    assert "Send: Bank statements, 2026" in words(form)
    assert "Each may have 10 MB at most. We take PDF, Word" in words(form)
    assert 'name="doc_type"' not in form.text

    # One is taken, one is not; pressed again, nothing is there twice.
    sent = files(("July 2026.txt", TEXT), ("August.pdf", EXE), ask_id=str(asked))
    answer = hannah.post("/portal/documents/new", sent)
    assert answer.status_code == 422
    assert "We have “July 2026.txt”" in words(answer)
    assert "“August.pdf” was not taken What is in this file is a program for Windows" in words(answer)
    answer = hannah.post("/portal/documents/new", files(("July 2026.txt", TEXT), ask_id=str(asked)))
    (july,) = documents(cast)
    assert answer.location == f"/portal/documents/{july.id}"
    assert (july.ask_id, july.service_request_id, july.tax_year, july.by_client) == (
        asked,
        request.id,
        2026,
        True,
    )

    receipt = words(hannah.get(answer.location))
    assert "Thank you, we have your document." in receipt
    assert "July 2026.txt Received We have it, and are checking it." in receipt
    assert f"SHA-256: {hashlib.sha256(TEXT).hexdigest()}" in receipt
    assert "280 kB (280,000 bytes)" in receipt
    assert "Time in Australia/Sydney" in receipt
    page = words(hannah.get("/portal"))
    assert "We have July 2026.txt, and are checking it. You need do nothing now." in page

    decide(app, cast.abc, july.id, "rejected", "The last page is missing.")
    for path in ("/portal", "/portal/documents", f"/portal/requests/{request.id}"):
        page = words(hannah.get(path))
        assert "Please send again We could not use “July 2026.txt”: The last page is missing." in page, path
    assert to in links(hannah.get(f"/portal/documents/{july.id}"), "/portal/documents/new")

    again = files(("July 2026, whole.txt", TEXT + b"The last page."), ask_id=str(asked))
    assert hannah.post("/portal/documents/new", again).status_code == 302
    page = words(hannah.get("/portal"))
    assert "We could not use" not in page
    assert "We have July 2026, whole.txt, and are checking it." in page
    decide(app, cast.abc, documents(cast)[-1].id, "accepted")
    page = words(hannah.get("/portal"))
    assert "Bank statements" not in page
    assert "July 2026, whole.txt Accepted Bank statements, 2026" in words(hannah.get("/portal/documents"))


def test_ones_own_files_again(app, browser, cast):
    hannah, mine = browser(HANNAH), cast.member(cast.abc, "Hannah").client_id
    other = another_client(cast, mine)
    person_of(app, cast.abc, other.id)
    hannah.post("/portal/documents/new", files(("Müller & Söhne.txt", TEXT), doc_type="Lease"))
    (document,) = documents(cast)
    path = f"/portal/documents/{document.id}/download"
    assert links(hannah.get(f"/portal/documents/{document.id}"), path) == [path]

    def looks() -> list[str]:
        theirs = select(AuditView.what).filter_by(subject_id=document.id)
        return cast.read(cast.abc, theirs.order_by(AuditView.at, AuditView.id))

    before = looks()
    answer = hannah.get(path)
    assert hashlib.sha256(answer.data).hexdigest() == document.sha256
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.headers["Content-Length"] == str(len(TEXT))
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith('attachment; filename="Muller & Sohne.txt"; filename*=UTF-8')
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert looks() == [*before, "document.downloaded"]
    for email in (OTTO, "jane@abc.test", "admin@smith.test"):
        answers = [browser(email).get(f"/portal/documents/{one}/download") for one in (document.id, uuid4())]
        assert [one.status_code for one in answers] == [404, 404]
        assert same_but_for(answers[0], document.id) == same_but_for(answers[1])
    assert browser(None).get(path).status_code == 302
    assert looks() == [*before, "document.downloaded"], "nobody else has seen it"

    # What a virus was found in, and what was erased, is given to nobody.
    gone = {"state": "erased", "storage_key": None, "scan_state": "clean"}
    for wrong in ({"scan_state": "infected"}, gone):
        with app.app_context(), company_scope(cast.abc):
            db.session.execute(update(Document).where(Document.id == document.id).values(**wrong))
            db.session.commit()
        assert hannah.get(path).status_code == 404
        assert links(hannah.get(f"/portal/documents/{document.id}"), path) == []


def test_sent_without_being_asked(app, browser, cast):
    hannah = browser(HANNAH)
    assert "Nothing here yet" in words(hannah.get("/portal/documents"))
    page = hannah.post("/portal/documents/new", files(("a.pdf", PDF)))
    assert page.status_code == 422
    assert "Say what the document is" in words(page)
    page = hannah.post("/portal/documents/new", files(("a.pdf", PDF), doc_type="Lease", tax_year="last"))
    assert "four figures, such as 2026" in words(page)
    page = hannah.post("/portal/documents/new", {"doc_type": "Lease"})
    assert "Choose at least one file." in words(page)
    assert documents(cast) == []

    two = files(("a.pdf", PDF), ("b.txt", TEXT), doc_type="Lease", tax_year="2026")
    assert hannah.post("/portal/documents/new", two).location == "/portal/documents"
    assert "Thank you, we have your 2 documents." in words(hannah.get("/portal/documents"))
    first = next(one for one in documents(cast) if one.name == "a.pdf")
    decide(app, cast.abc, first.id, "rejected", "It is upside down.")
    to = f"/portal/documents/new?document_id={first.id}"
    assert to in links(hannah.get("/portal"), "/portal/documents/new")
    page = hannah.get(to)
    assert "It is upside down." in words(page)
    assert 'value="Lease"' in page.text
    again = files(("photo.txt", TEXT + b"."), doc_type="Lease", document_id=str(first.id))
    assert hannah.post("/portal/documents/new", again).status_code == 302
    assert "It is upside down." not in words(hannah.get("/portal"))


def test_in_pieces(browser, cast):
    hannah, digest = browser(HANNAH), hashlib.sha256(LONG).hexdigest()
    what = {"doc_type": "Lease", "name": "lease.txt", "size": str(len(LONG)), "sha256": digest}

    def begin(who=hannah, **other: str):
        return who.post("/portal/uploads", {**what, **other})

    wrong = {
        "10 MB are taken at most": {"size": "10000001"},
        "Must be a number of bytes": {"size": "many"},
        "Say what the document is": {"doc_type": ""},
        "64 hexadecimal digits": {"sha256": "abc"},
    }
    for sentence, other in wrong.items():
        answer = begin(**other)
        assert answer.status_code == 422, other
        assert sentence in answer.json["error"]["message"]
    upload = begin().json["upload"]
    assert upload["received"] == 0
    address = f"/portal/uploads/{upload['id']}"
    raw = hannah.raw

    def send(offset: int, length: int = 1_000_000):
        headers = {"X-CSRFToken": hannah._token()}
        return raw.post(
            f"{address}/pieces?offset={offset}",
            data=LONG[offset : offset + length],
            headers=headers,
            content_type="application/octet-stream",
        )

    assert raw.post(f"{address}/pieces?offset=0", data=LONG[:9]).status_code == 400, "no token, no piece"
    assert send(0).json == {"received": 1_000_000}
    assert hannah.post(f"{address}/finish").status_code == 409
    # The page was closed: the same file, chosen again, goes on.
    assert begin().json["upload"] == {"id": upload["id"], "received": 1_000_000}
    assert send(1_000_000).json == {"received": len(LONG)}
    made = hannah.post(f"{address}/finish").json["document"]
    assert hannah.post(f"{address}/finish").json["document"] == made, "the answer was lost"
    assert begin().json == {"document": made}, "it is here already"
    # Nobody knew its checksum when it began: it is found to be here at the end.
    twin = begin(sha256="").json["upload"]["id"]
    address = f"/portal/uploads/{twin}"
    send(0), send(1_000_000)
    assert hannah.post(f"{address}/finish").json["document"] == made
    assert len(documents(cast)) == 1

    gone = begin(name="other.txt", size="5", sha256="").json["upload"]["id"]
    assert hannah.post(f"/portal/uploads/{gone}/cancel").json == {"cancelled": True}
    assert hannah.post(f"/portal/uploads/{gone}/cancel").status_code == 404
    assert len(cast.read(cast.abc, select(StoredFile))) == 1
    kept = cast.read(cast.abc, select(DocumentUpload.document_id))
    assert set(kept) == {UUID(made["id"])}


def test_another_clients_are_as_if_they_were_not_there(app, browser, cast):
    mine = cast.member(cast.abc, "Hannah").client_id
    other = another_client(cast, mine)
    person_of(app, cast.abc, other.id)
    asked = ask(app, cast.abc, other.id, "Otto’s will")
    otto, hannah = browser(OTTO), browser(HANNAH)
    otto.post("/portal/documents/new", files(("will.txt", TEXT), ask_id=str(asked)))
    (document,) = documents(cast)
    decide(app, cast.abc, document.id, "rejected", "Not signed.")
    upload = otto.post("/portal/uploads", {"ask_id": str(asked), "name": "x.txt", "size": "5"}).json["upload"]
    theirs = cast.request(cast.smith)
    assert "Otto’s will" in words(otto.get("/portal"))

    for path in ("/portal", "/portal/documents"):
        assert "Otto’s will" not in words(hannah.get(path))
    nobody = uuid4()
    for address, id_ in {
        "/portal/documents/{}": document.id,
        "/portal/documents/new?ask_id={}": asked,
        "/portal/documents/new?document_id={}": document.id,
        "/portal/documents/new?request_id={}": theirs.id,
    }.items():
        answers = [hannah.get(address.format(one)) for one in (id_, nobody)]
        assert same_but_for(answers[0], id_) == same_but_for(answers[1], nobody)
        assert answers[0].status_code == 404
    for field, id_ in {"ask_id": asked, "document_id": document.id, "request_id": theirs.id}.items():
        sent = {"doc_type": "Mine", "name": "x.txt", "size": "5", field: str(id_)}
        assert hannah.post("/portal/uploads", sent).status_code == 404
        assert (
            hannah.post("/portal/documents/new", files(("x.txt", TEXT), **{field: str(id_)})).status_code
            == 404
        )
    for step in ("pieces?offset=0", "finish", "cancel"):
        assert hannah.post(f"/portal/uploads/{upload['id']}/{step}").status_code == 404
    # Fields that name the client are read by nobody.
    sent = files(("mine.txt", TEXT), doc_type="Mine", client_id=str(other.id))
    assert hannah.post("/portal/documents/new", sent).status_code == 302
    assert {one.client_id for one in documents(cast) if one.doc_type == "Mine"} == {mine}
    assert documents(cast, cast.smith) == []
    for staff in ("admin@abc.test", "jane@abc.test"):
        assert browser(staff).get("/portal/documents").status_code == 404
        assert browser(staff).post("/portal/uploads", {}).status_code == 404
