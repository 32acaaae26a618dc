"""Uploads that do not arrive whole: what is said, and that no row and no byte is left of them."""

import io

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.models import ApiReply, AuditEvent, Document, DocumentUpload, StoredFile
from tests.documents.cut import Sent, cut, form
from tests.documents.made import EXE, PDF
from tests.support.pages import words
from tests.support.people import Api, Cast

pytestmark = pytest.mark.usefixtures("no_documents")
TOLD = "did not arrive whole"


def rows(cast: Cast) -> list[int]:
    counted = (Document, DocumentUpload, StoredFile)
    return [cast.read(cast.abc, select(func.count()).select_from(model))[0] for model in counted]


def test_over_the_json_api(app: Flask, api, cast: Cast):
    jane, client_id = api("jane@abc.test"), str(cast.client(cast.abc).id)
    whole = form({"client_id": client_id, "doc_type": "Bank statements"}, "statement.pdf")
    for number, (how, sent) in enumerate(cut(whole).items()):
        answer = _call(jane, sent, f"cut-{number}")
        assert answer.status_code == 400, how
        assert (answer.json["error"]["code"], TOLD in answer.json["error"]["message"]) == ("cut_off", True), (
            how
        )
        assert rows(cast) == [0, 0, 0], how
    assert cast.read(cast.abc, select(ApiReply)) == [], "no key is used up by it"
    assert _call(jane, Sent(whole), "cut-0").status_code == 201, "and the same form, whole, is taken"


def _call(jane: Api, sent: Sent, key: str):
    return jane._client.post("/api/documents", **sent.call, headers={**jane.headers, "Idempotency-Key": key})


@pytest.mark.parametrize(
    ("email", "path"), [("jane@abc.test", "/documents/upload"), ("client@abc.test", "/portal/documents/new")]
)
def test_by_the_pages_forms(browser, cast: Cast, email: str, path: str):
    person, client_id = browser(email), cast.client(cast.abc).id
    address = f"{path}?client={client_id}" if "upload" in path else path
    # The token comes first, as in the page: what is cut off behind it is not refused for want of it.
    whole = form({"csrf_token": person._token(), "doc_type": "Lease"}, "lease.pdf", "files")
    for how, sent in cut(whole).items():
        answer = _post(person, address, sent)
        assert answer.status_code == 400, how
        assert TOLD in words(answer), how
        assert rows(cast) == [0, 0, 0], how
    assert _post(person, address, Sent(whole)).status_code == 302
    assert rows(cast) == [1, 0, 1]


def _post(person, address: str, sent: Sent):
    return person._checked(address, person.raw.post(address, **sent.call))


def test_a_piece_that_was_cut_off_did_not_come(browser, cast: Cast):
    hannah = browser("client@abc.test")
    about = {"doc_type": "Lease", "name": "lease.pdf", "size": str(len(PDF))}
    upload = hannah.post("/portal/uploads", about).json["upload"]["id"]
    address = f"/portal/uploads/{upload}/pieces?offset=0"
    for body in (PDF[:40], b""):
        sent = Sent(body, len(PDF), "application/octet-stream")
        answer = hannah.raw.post(address, **sent.call, headers={"X-CSRFToken": hannah._token()})
        assert answer.status_code == 400
        assert cast.read(cast.abc, select(DocumentUpload.received)) == [0]


def test_a_refusal_under_a_key_stands_in_the_audit_log_and_leaves_no_byte(app: Flask, api, cast: Cast):
    jane, client_id = api("jane@abc.test"), str(cast.client(cast.abc).id)
    refusals = select(AuditEvent).where(AuditEvent.what == "document.refused").order_by(AuditEvent.sequence)

    def send(content: bytes):
        data = {"client_id": client_id, "doc_type": "Lease", "file": (io.BytesIO(content), "lease.pdf")}
        headers = {"Idempotency-Key": "one-lease"}
        return jane.post("/api/documents", data=data, content_type="multipart/form-data", headers=headers)

    before = len(cast.read(cast.abc, refusals))
    for times in (1, 2):
        answer = send(EXE)
        assert (answer.status_code, list(answer.json["error"]["fields"])) == (422, ["file"])
        assert "Idempotent-Replay" not in answer.headers
        told = cast.read(cast.abc, refusals)[before:]
        assert len(told) == times
        assert told[-1].actor_name == "Jane Doe"
        assert rows(cast) == [0, 0, 0]
    # A refused call may be mended under its key, and counts once from then on.
    assert send(PDF).status_code == 201
    assert send(PDF).headers["Idempotent-Replay"] == "true"
    assert send(EXE).json["error"]["code"] == "idempotency_key_reused"
    assert rows(cast) == [1, 0, 1]
