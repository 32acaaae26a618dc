"""Documents as the practice's staff have them: asked for, looked at, accepted or sent back, in both practices."""

import io
import json
import re
from zipfile import ZipFile

from sqlalchemy import select, update

from app.documents import deciding, erasing
from app.extensions import db
from app.models import AuditEvent, AuditView, Document, DocumentAsk, DocumentErasure, StoredFile
from app.tenancy import company_scope
from tests.documents.made import PDF
from tests.support.forms import read_forms
from tests.support.pages import links, words

HANNAH = "Hannah Whitlock"


def document(cast, company_id, **like) -> Document:
    return cast.read(company_id, select(Document).filter_by(**like).order_by(Document.created_at))[0]


def test_asked_with_one_press(jane, cast, outbox):
    request = cast.read(cast.abc, _new_of_hannah(cast))[0]
    page = jane.get(f"/documents/ask?request={request.id}")
    assert "Income statement" in words(page)
    assert "hannah" in words(page).lower() or "client@abc.test" in words(page)
    (form,) = [one for one in read_forms(page.get_data(as_text=True))[0] if "due_on" in one.fields]
    # What is open already is not asked twice, so another year is.
    ticked = re.findall(r'name="wanted"[^>]*value="([^"]+)"', page.get_data(as_text=True))
    assert len(ticked) == 3
    sent = {"wanted": ticked, "due_on": form.fields["due_on"], "tax_year": "2024", "doc_type": "Logbook"}
    answer = jane.post(f"/documents/ask?request={request.id}", sent)
    assert answer.status_code == 302
    asks = cast.read(cast.abc, select(DocumentAsk).filter_by(tax_year=2024))
    assert {ask.doc_type for ask in asks} == {
        "Income statement",
        "Bank interest",
        "Receipts for deductions",
        "Logbook",
    }
    assert all(ask.mailed_at and ask.asked_by == "Jane Doe" for ask in asks)
    (mail,) = outbox.all("documents_asked")
    assert "4 documents" in mail.subject
    # The same again: nothing is asked twice, nobody gets a second mail.
    again = jane.post(f"/documents/ask?request={request.id}", sent)
    assert again.status_code == 422
    assert "asked for already" in words(again)
    gone = next(ask for ask in asks if ask.doc_type == "Logbook")
    jane.post(f"/documents/asks/{gone.id}/withdraw")
    assert cast.read(cast.abc, select(DocumentAsk.state).filter_by(id=gone.id)) == ["withdrawn"]
    assert len(outbox.all("documents_asked")) == 1


def _new_of_hannah(cast):
    from app.models import ServiceRequest

    client = cast.client(cast.abc, HANNAH)
    return select(ServiceRequest).filter_by(client_id=client.id, status="new")


def test_asked_of_a_client_without_portal_people(jane, cast, outbox):
    client = cast.client(cast.abc, "Daniel Okafor")
    assert "Nobody looks at this client’s portal yet" in words(jane.get(f"/documents/ask?client={client.id}"))
    wrong = jane.post(
        f"/documents/ask?client={client.id}", {"doc_type": "Trust deed", "due_on": "2001-01-01"}
    )
    assert wrong.status_code == 422
    answer = jane.post(
        f"/documents/ask?client={client.id}",
        {"doc_type": "Trust deed", "due_on": _later()},
        follow_redirects=True,
    )
    assert "invite somebody there" in words(answer)
    assert not outbox.all("documents_asked")
    assert "Trust deed" in words(jane.get(f"/documents/missing?client={client.id}"))
    assert "no mail: nobody in the portal" in words(jane.get("/documents/missing?type=Trust deed"))


def _later() -> str:
    from datetime import UTC, datetime, timedelta

    return (datetime.now(UTC).date() + timedelta(days=30)).isoformat()


def test_checked_one_by_one(jane, browser, cast, outbox):
    first = document(cast, cast.abc, state="uploaded", name="Income statement.pdf")
    page = jane.get(f"/documents/{first.id}")
    assert "Not scanned" in words(page)
    content = jane.get(f"/documents/{first.id}/content")
    assert content.data.startswith(b"%PDF-")
    assert content.headers["Content-Type"] == "application/pdf"
    assert "sandbox" in content.headers["Content-Security-Policy"]
    assert content.headers["X-Content-Type-Options"] == "nosniff"
    assert content.headers["Content-Disposition"].startswith("inline;")
    download = jane.get(f"/documents/{first.id}/download")
    assert download.headers["Content-Disposition"] == 'attachment; filename="Income statement.pdf"'
    looks = cast.read(cast.abc, select(AuditView.what).filter_by(subject_id=first.id))
    assert sorted(looks) == ["document.downloaded", "document.opened", "document.read"]

    # Without a reason nothing is sent back; with one the client is told, and it is missing again.
    assert jane.post(f"/documents/{first.id}/reject", {"reason": " "}).status_code == 422
    jane.post(f"/documents/{first.id}/reject", {"reason": "Page 2 is missing.", "seen": "uploaded"})
    (mail,) = outbox.all("document_rejected")
    assert "Page 2 is missing." in mail.text
    # Mike, whose page is older, is told; what Jane decided stands.
    mike = browser("mike@abc.test")
    told = mike.post(f"/documents/{first.id}/accept", {"seen": "uploaded"})
    assert told.status_code == 409
    assert "was rejected by Jane Doe already" in words(told)
    # Taken back: the document is accepted after all, and its ask fulfilled.
    mike.post(f"/documents/{first.id}/accept", {"seen": "rejected"})
    after = document(cast, cast.abc, id=first.id)
    assert (after.state, after.decided_by, after.reason, after.push_state) == (
        "accepted",
        "Mike Brown",
        None,
        "skipped",
    )
    assert cast.read(cast.abc, select(DocumentAsk.state).filter_by(id=first.ask_id)) == ["fulfilled"]
    shown = words(jane.get(f"/documents/{first.id}"))
    assert "Accepted it" in shown
    assert "Page 2 is missing." in shown
    assert "Filing in Xero was switched off" in shown
    told = cast.read(
        cast.abc, select(AuditEvent.what).filter_by(subject_id=first.id).order_by(AuditEvent.sequence)
    )
    assert told == ["document.rejected", "document.accepted"]


def test_checked_many_at_once(jane, cast, outbox):
    waiting = cast.read(cast.abc, select(Document).filter_by(state="uploaded"))
    ids = [str(one.id) for one in waiting]
    assert len(ids) >= 3
    assert f"/documents/{ids[0]}" in links(jane.get("/documents"), "/documents/")
    nothing = jane.post("/documents/decide", {"decision": "accept"}, follow_redirects=True)
    assert "Choose at least one document." in words(nothing)
    foreign = document(cast, cast.smith, state="uploaded")
    by_hand = {"documents": [ids[0], str(foreign.id)], "decision": "reject", "reason": "Too dark to read."}
    back = jane.post("/documents/decide", by_hand, follow_redirects=True)
    assert "1 document was sent back." in words(back)
    rest = {"documents": ids, "decision": "accept"}
    done = words(jane.post("/documents/decide", rest, follow_redirects=True))
    assert f"{len(ids) - 1} documents were accepted." in done
    assert "was rejected by you already" in done
    assert "Nothing to check" in done
    assert document(cast, cast.smith, id=foreign.id).state == "uploaded"


def test_sent_by_the_staff(jane, cast):
    client = cast.client(cast.abc, "Daniel Okafor")
    address = f"/documents/upload?client={client.id}"
    assert jane.get(address).status_code == 200
    page = {"files": [(io.BytesIO(PDF), "Trust deed.pdf"), (io.BytesIO(b"MZ" + b"\0" * 99), "deed.pdf")]}
    wrong = jane.post(address, {**page, "doc_type": ""}, content_type="multipart/form-data")
    assert wrong.status_code == 422
    page = {"files": [(io.BytesIO(PDF), "Trust deed.pdf"), (io.BytesIO(b"MZ" + b"\0" * 99), "deed.pdf")]}
    answer = jane.post(
        address, {**page, "doc_type": "Trust deed"}, content_type="multipart/form-data", follow_redirects=True
    )
    assert "1 document was taken." in words(answer)
    assert "a program for Windows" in words(answer)
    made = document(cast, cast.abc, client_id=client.id)
    assert (made.name, made.uploaded_by, made.by_client) == ("Trust deed.pdf", "Jane Doe", False)


def test_lists_of_services_and_asking_by_itself(browser, api, cast, outbox):
    alice = browser("admin@abc.test")
    service = cast.service(cast.abc, "Company Tax")
    address = f"/documents/lists/{service.id}"
    lines = {
        "lines-0-doc_type": "Loan statements",
        "lines-0-required": "y",
        "lines-1-doc_type": "",
        "lines-1-note": "",
    }
    assert "Loan statements" in alice.post(address, {**lines, "do": "add"}).get_data(as_text=True)
    twice = {**lines, "lines-1-doc_type": "loan statements"}
    assert alice.post(address, {**twice, "do": "save"}).status_code == 422
    alice.post(address, {**lines, "do": "save"})
    assert "Loan statements" in words(alice.get(f"/services/{service.id}"))
    alice.post("/documents/lists", {"by_itself": "1"})
    client = cast.client(cast.abc, HANNAH)
    program = api("admin@abc.test")
    added = program.post("/api/requests", {"client_id": str(client.id), "service_id": str(service.id)})
    assert added.status_code == 201
    asked = cast.read(cast.abc, select(DocumentAsk).filter_by(doc_type="Loan statements"))
    assert [(ask.client_id, ask.state) for ask in asked] == [(client.id, "open")]
    assert len(outbox.all("documents_asked")) == 1
    assert "Loan statements" in words(alice.get(f"/requests/{asked[0].service_request_id}"))
    assert "1 document missing" in words(alice.get("/requests"))


def test_taken_along_and_erased(app, browser, cast):
    alice, client = browser("admin@abc.test"), cast.client(cast.abc, HANNAH)
    mine = cast.read(cast.abc, select(Document).filter_by(client_id=client.id))
    zipped = ZipFile(io.BytesIO(alice.post(f"/documents/clients/{client.id}/export").data))
    manifest = json.loads(zipped.read("manifest.json"))
    assert {one["sha256"] for one in manifest["documents"]} == {one.sha256 for one in mine}
    assert all(one["as_received"] for one in manifest["documents"])
    assert zipped.read(manifest["documents"][0]["file"])[:4] in {b"%PDF", b"\x89PNG"}

    address = f"/documents/clients/{client.id}/erase"
    assert alice.post(address, {"asked_by": ""}).status_code == 422
    check = alice.post(address, {"asked_by": "Hannah, by e-mail"})
    assert "Nothing is erased yet" in words(check)
    assert document(cast, cast.abc, client_id=client.id).state != "erased"
    with app.app_context(), company_scope(cast.abc):
        keys = set(db.session.scalars(select(Document.storage_key).filter_by(client_id=client.id)))
    alice.post(address, {"asked_by": "Hannah, by e-mail", "sure": "1"})
    after = cast.read(cast.abc, select(Document).filter_by(client_id=client.id))
    assert {(one.state, one.storage_key, one.name, one.reason) for one in after} == {
        ("erased", None, erasing.ERASED_NAME, None)
    }
    assert {one.sha256 for one in after} == {one.sha256 for one in mine}
    assert not keys & set(cast.read(cast.abc, select(StoredFile.key)))
    (record,) = cast.read(cast.abc, select(DocumentErasure))
    assert (record.documents, record.asked_by, record.done_by) == (
        len(mine),
        "Hannah, by e-mail",
        "Alice Carter",
    )
    assert record.finished_at
    assert alice.get(f"/documents/{after[0].id}/content").status_code == 404
    assert "was erased" in words(alice.get(f"/documents/{after[0].id}"))
    # Others' documents are untouched, and Smith's.
    assert (
        cast.read(
            cast.abc,
            select(Document.state).where(Document.client_id != client.id, Document.state == "erased"),
        )
        == []
    )
    assert "erased" not in cast.read(cast.smith, select(Document.state))


def test_an_erasure_that_was_interrupted_is_finished_by_the_clock(app, cast, monkeypatch):
    monkeypatch.setattr(erasing, "AT_ONCE", 1)
    client = cast.client(cast.abc, HANNAH)
    held = len(cast.read(cast.abc, select(Document.id).filter_by(client_id=client.id)))
    with app.app_context(), company_scope(cast.abc):
        erasure = DocumentErasure(
            client_id=client.id, asked_by="Hannah", done_by="Alice Carter", documents=held
        )
        db.session.add(erasure)
        db.session.commit()
        assert not erasing.go_on(erasure.id, batches=1)
    with app.app_context(), company_scope(cast.abc):
        assert erasing.unfinished_of(client.id) == held - 1 > 0
        erasing.finish_all()
        assert erasing.unfinished_of(client.id) == 0
    assert cast.read(cast.abc, select(DocumentErasure.finished_at)) != [None]


def test_who_may(browser, cast):
    mine = document(cast, cast.abc, state="uploaded")
    for email, expected in (("client@abc.test", 404), ("priya@smith.test", 404)):
        for part in ("", "/content", "/download"):
            assert browser(email).get(f"/documents/{mine.id}{part}").status_code == expected
        assert browser(email).post(f"/documents/{mine.id}/accept").status_code == expected
    assert browser("client@abc.test").get("/documents").status_code == 404
    assert browser("jane@abc.test").get(f"/documents/clients/{mine.client_id}").status_code == 403
    assert "Nothing to check" in words(browser("admin@xyz.test").get("/documents"))
    assert document(cast, cast.abc, id=mine.id).state == "uploaded"


def test_what_was_not_scanned_may_be_refused(app, jane, cast):
    app.extensions["settings"] = app.extensions["settings"].model_copy(update={"accept_unscanned": False})
    mine = document(cast, cast.abc, state="uploaded")
    assert "accepts only what was scanned" in words(jane.get(f"/documents/{mine.id}"))
    assert jane.post(f"/documents/{mine.id}/accept").status_code == 409
    with app.app_context(), company_scope(cast.abc):
        db.session.execute(update(Document).where(Document.id == mine.id).values(scan_state="clean"))
        db.session.commit()
    assert jane.post(f"/documents/{mine.id}/accept").status_code == 302
    assert deciding.MOST > 1
