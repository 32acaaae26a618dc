"""Documents over the JSON API: sent, read, downloaded, decided."""

import hashlib
import io

import pytest
from sqlalchemy import select

from app.models import Document
from tests.documents.made import EXE, PDF

FIELDS = {"doc_type": "Bank statements", "tax_year": "2026"}


@pytest.fixture
def jane(api):
    return api("jane@abc.test")


def send(program, content=PDF, name="statement.pdf", headers=None, **fields):
    data = {**fields, "file": (io.BytesIO(content), name)}
    return program.post(
        "/api/documents", data=data, content_type="multipart/form-data", headers=headers or {}
    )


def test_a_document_from_its_arrival_to_its_acceptance(jane, api, cast):
    client, stranger = cast.client(cast.abc), cast.client(cast.smith)
    made = send(jane, client_id=str(client.id), **FIELDS)
    assert made.status_code == 201
    assert made.json["client"] == {"id": str(client.id), "name": client.name}
    assert (made.json["mime_type"], made.json["state"], made.json["push_state"]) == (
        "application/pdf",
        "uploaded",
        None,
    )
    assert made.json["sha256"] == hashlib.sha256(PDF).hexdigest()
    path = f"/api/documents/{made.json['id']}"
    content = jane.get(f"{path}/content")
    assert content.data == PDF
    assert content.headers["Content-Disposition"] == 'attachment; filename="statement.pdf"'

    for wrong, field in (
        ({"client_id": str(stranger.id), **FIELDS}, None),
        ({"client_id": "7", **FIELDS}, "client_id"),
        ({"client_id": str(client.id)}, "doc_type"),
        ({"client_id": str(client.id), **FIELDS, "tax_year": "soon"}, "tax_year"),
        ({"client_id": str(client.id), **FIELDS, "colour": "red"}, "colour"),
    ):
        refused = send(jane, **wrong)
        assert refused.status_code == (422 if field else 404)
        assert field is None or field in refused.json["error"]["fields"]
    assert "file" in send(jane, EXE, client_id=str(client.id), **FIELDS).json["error"]["fields"]
    assert jane.post("/api/documents", {"client_id": str(client.id)}).status_code == 415
    no_file = jane.post("/api/documents", data=FIELDS, content_type="multipart/form-data")
    assert "file" in no_file.json["error"]["fields"]

    assert jane.post(f"{path}/reject", {"reason": ""}).status_code == 422
    assert jane.post(f"{path}/reject", {"reason": "Too dark."}).json["reason"] == "Too dark."
    assert jane.post(f"{path}/reject", {"reason": "Too dark."}).status_code == 409
    assert jane.post(f"{path}/push").status_code == 409
    accepted = jane.post(f"{path}/accept").json
    assert (accepted["state"], accepted["reason"], accepted["push_state"]) == ("accepted", None, "skipped")
    assert "switched off" in jane.post(f"{path}/push").json["push_error"]
    listed = jane.get(f"/api/documents?client_id={client.id}&state=accepted&filed=stuck").json["items"]
    assert accepted["id"] in [one["id"] for one in listed]

    tom = api("admin@smith.test")
    for method, part in (("GET", ""), ("GET", "/content"), ("POST", "/accept"), ("POST", "/push")):
        assert tom._open(method, path + part).status_code == 404
    assert api("client@abc.test").get(path).status_code == 404


def test_sent_twice_under_one_key(jane, cast):
    client, key = cast.client(cast.abc), {"Idempotency-Key": "one-document"}
    first = send(jane, client_id=str(client.id), headers=key, **FIELDS)
    again = send(jane, client_id=str(client.id), headers=key, **FIELDS)
    assert first.status_code == again.status_code == 201
    assert first.json == again.json
    assert again.headers["Idempotent-Replay"] == "true"
    other = send(jane, PDF + b"\n", client_id=str(client.id), headers=key, **FIELDS)
    assert other.json["error"]["code"] == "idempotency_key_reused"
    made = select(Document).filter_by(client_id=client.id, doc_type="Bank statements", tax_year=2026)
    assert len(cast.read(cast.abc, made.where(Document.name == "statement.pdf"))) == 1
