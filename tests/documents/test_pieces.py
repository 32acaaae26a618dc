"""Staff send files in pieces, as the portal does; by whom, to whom, and what is told otherwise."""

import hashlib
import re
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from app.extensions import db
from app.models import Client, Document, DocumentUpload, now
from app.tenancy import company_scope
from tests.documents.made import EXE
from tests.portal.papers import ask
from tests.support.pages import same_but_for, words

pytestmark = pytest.mark.usefixtures("no_documents")
LONG = b"A line of a long statement.\n" * 60_000
DIGEST = hashlib.sha256(LONG).hexdigest()


def begin(person, client_id, **other: str):
    about = {"doc_type": "Lease", "name": "lease.txt", "size": str(len(LONG)), "sha256": DIGEST}
    return person.post("/documents/uploads", {"client_id": str(client_id), **about, **other})


def send(person, upload_id: str, offset: int, content: bytes = LONG):
    return person.raw.post(
        f"/documents/uploads/{upload_id}/pieces?offset={offset}",
        data=content[offset : offset + 1_000_000],
        headers={"X-CSRFToken": person._token()},
        content_type="application/octet-stream",
    )


def test_in_pieces_and_gone_on_with(app, browser, cast):
    jane, client_id = browser("jane@abc.test"), cast.client(cast.abc, "Daniel Okafor").id
    asked = ask(app, cast.abc, client_id, tax_year=2026)
    page = jane.get(f"/documents/upload?client={client_id}&ask={asked}")
    assert 'data-upload="/documents/uploads"' in page.text
    assert "Each may have 10 MB at most." in words(page)
    assert "choose 20 files at most in one go, with 12 MB together" in words(page)

    upload = begin(jane, client_id, ask_id=str(asked), doc_type="").json["upload"]
    assert send(jane, upload["id"], 0).json == {"received": 1_000_000}
    assert jane.post(f"/documents/uploads/{upload['id']}/finish").status_code == 409
    again = begin(jane, client_id, ask_id=str(asked), doc_type="").json["upload"]
    assert again == {"id": upload["id"], "received": 1_000_000}, "chosen again, it goes on"
    assert send(jane, upload["id"], 1_000_000).json == {"received": len(LONG)}
    made = jane.post(f"/documents/uploads/{upload['id']}/finish").json["document"]
    assert made["url"] == f"/documents/{made['id']}"
    assert begin(jane, client_id, ask_id=str(asked)).json == {"document": made}, "it is here already"
    (document,) = cast.read(cast.abc, select(Document))
    assert (document.client_id, document.ask_id, document.doc_type, document.tax_year) == (
        client_id,
        asked,
        "Bank statements",
        2026,
    )
    assert (document.by_client, document.uploaded_by, document.sha256) == (False, "Jane Doe", DIGEST)

    # What cannot be taken is said of the file; nothing of it is left.
    bad = begin(jane, client_id, name="lease.pdf", size=str(len(EXE)), sha256="").json["upload"]["id"]
    send(jane, bad, 0, EXE)
    answer = jane.post(f"/documents/uploads/{bad}/finish")
    assert (answer.status_code, list(answer.json["error"]["fields"])) == (422, ["file"])
    gone = begin(jane, client_id, name="other.txt", sha256="").json["upload"]["id"]
    assert jane.post(f"/documents/uploads/{gone}/cancel").json == {"cancelled": True}
    left = cast.read(cast.abc, select(DocumentUpload.document_id))
    assert [str(one) for one in left] == [made["id"]]
    for wrong, field in (
        ({"doc_type": ""}, "doc_type"),
        ({"tax_year": "last"}, "tax_year"),
        ({"ask_id": str(uuid4())}, "ask_id"),
        ({"service_request_id": str(cast.request(cast.smith).id)}, "service_request_id"),
        ({"size": "10000001"}, "file"),
    ):
        refused = begin(jane, client_id, **{"sha256": "", **wrong})
        assert (refused.status_code, list(refused.json["error"]["fields"])) == (422, [field])


def test_nobody_elses(app, browser, cast):
    jane, hannah = browser("jane@abc.test"), browser("client@abc.test")
    hannahs, stranger = cast.member(cast.abc, "Hannah").client_id, cast.client(cast.smith).id
    theirs, nobodys = begin(jane, stranger), begin(jane, uuid4())
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json == nobodys.json

    upload = begin(jane, hannahs).json["upload"]["id"]
    own = hannah.post("/portal/uploads", {"doc_type": "Lease", "name": "lease.txt", "size": "9"})
    hers = own.json["upload"]["id"]
    for step in ("pieces?offset=0", "finish", "cancel"):
        # Another of the staff, another practice's, and an upload of the portal: as if there were none.
        for person, id_ in (
            (browser("mike@abc.test"), upload),
            (browser("admin@smith.test"), upload),
            (jane, hers),
        ):
            there, none = (person.post(f"/documents/uploads/{one}/{step}") for one in (id_, uuid4()))
            assert there.status_code == 404
            assert same_but_for(there, id_) == same_but_for(none, id_)
        # Each room is for its own people, whoever's the upload is.
        assert hannah.post(f"/documents/uploads/{hers}/{step}").status_code == 404
        assert jane.post(f"/portal/uploads/{upload}/{step}").status_code == 404
    assert begin(hannah, hannahs).status_code == 404
    assert browser(None).post("/documents/uploads").status_code == 302
    assert [one.received for one in cast.read(cast.abc, select(DocumentUpload))] == [0, 0]

    with app.app_context(), company_scope(cast.abc):
        db.session.execute(update(Client).where(Client.id == hannahs).values(archived_at=now()))
        db.session.commit()
    refused = begin(jane, hannahs, name="another.txt")
    assert (refused.status_code, list(refused.json["error"]["fields"])) == (422, ["client_id"])


def test_too_much_for_the_plain_form(browser, cast):
    """A browser without scripts sends all in one go: how much that may be stands on the page, and is said again."""
    jane, client_id = browser("jane@abc.test"), cast.client(cast.abc).id
    for email, path in (
        ("jane@abc.test", f"/documents/upload?client={client_id}"),
        ("client@abc.test", "/portal/documents/new"),
    ):
        person = browser(email)
        assert re.search("one go.* 12 MB", words(person.get(path)))
        answer = person._checked(
            path,
            person.raw.post(
                path,
                data=b"",
                content_type="multipart/form-data; boundary=x",
                environ_overrides={"CONTENT_LENGTH": "25000000"},
                headers={"Referer": f"http://localhost{path}"},
            ),
        )
        assert answer.status_code == 413
        assert (
            "may have 12 MB together, and documents 10 MB each. These have 25 MB. Nothing was kept."
            in words(answer)
        )
        assert path.replace("&", "&amp;") in answer.text, "the way back"
    assert jane.get(f"/documents/upload?client={client_id}").status_code == 200
    assert cast.read(cast.abc, select(Document)) == []
