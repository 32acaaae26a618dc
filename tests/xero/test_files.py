from typing import Any

import pytest
import requests_mock as rm
from hypothesis import given
from hypothesis import strategies as st

from app.xero.errors import Permanent
from app.xero.files import FilesApi, safe_name
from app.xero.transport import Transport
from tests.xero.doubles import API

BASE = f"{API}/files.xro/1.0"
FILE = {
    "Id": "f1",
    "Name": "return.pdf",
    "MimeType": "application/pdf",
    "Size": 1234,
    "FolderId": "d1",
    "CreatedDateUtc": "2026-11-20T01:02:03.0000000",
    "User": {"Name": "x"},
}
TIE = {"FileId": "f1", "ObjectId": "c1", "ObjectGroup": "Contact", "ObjectType": "Business"}


@pytest.fixture
def api(transport: Transport) -> FilesApi:
    return FilesApi(transport)


def test_all_files_in_as_few_calls_as_pages(api: FilesApi, requests_mock: rm.Mocker) -> None:
    def page(request: Any, _: Any) -> dict[str, Any]:
        number = int(request.qs["page"][0])
        items = [{**FILE, "Id": f"f{number}-{n}"} for n in range(100 if number == 1 else 3)]
        return {"TotalCount": 103, "Page": number, "PerPage": 100, "Items": items}

    requests_mock.get(f"{BASE}/Files", json=page)
    assert [len(found) for found in api.files()] == [100, 3]
    assert requests_mock.call_count == 2
    assert requests_mock.request_history[0].qs["pagesize"] == ["100"]
    assert len(api.folder_files("d1")) == 103
    assert api.folder_files("d2") == []


def test_uploading_sends_one_real_part(api: FilesApi, requests_mock: rm.Mocker) -> None:
    requests_mock.post(f"{BASE}/Files/d1", status_code=201, json=FILE)
    made = api.upload('re/turn: "2026".pdf', b"%PDF-1.7", "application/pdf", "d1", "k")
    assert (made.id, made.size, made.folder_id) == ("f1", 1234, "d1")
    sent = requests_mock.last_request
    assert sent.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert sent.body.count(b"Content-Disposition") == 1
    assert b'name="file"; filename="re turn 2026.pdf"' in sent.body
    assert b"Content-Type: application/pdf" in sent.body
    assert b"%PDF-1.7" in sent.body
    assert sent.headers["Idempotency-Key"] == "k"


def test_into_the_inbox(api: FilesApi, requests_mock: rm.Mocker) -> None:
    requests_mock.post(f"{BASE}/Files", status_code=201, json=FILE)
    assert api.upload("a.pdf", b"x", "application/pdf").id == "f1"


@pytest.mark.parametrize("content", [b"", b"x" * 10_000_001])
def test_the_size_is_checked_before_sending(api: FilesApi, content: bytes) -> None:
    with pytest.raises(ValueError):
        api.upload("a.pdf", content, "application/pdf")


def test_an_extension_xero_does_not_take(api: FilesApi, requests_mock: rm.Mocker) -> None:
    body = [
        {
            "type": "Validation",
            "title": "Validation failure",
            "detail": "Extension: exe is not a valid File extension",
        }
    ]
    requests_mock.post(f"{BASE}/Files", status_code=400, json=body)
    with pytest.raises(Permanent) as caught:
        api.upload("a.exe", b"x", "application/octet-stream")
    assert "exe is not a valid" in caught.value.sentence


def test_one_file(api: FilesApi, requests_mock: rm.Mocker) -> None:
    requests_mock.get(f"{BASE}/Files/f1", json=FILE)
    requests_mock.get(
        f"{BASE}/Files/f1/Content", content=b"\x00%PDF", headers={"Content-Type": "application/json"}
    )
    requests_mock.put(f"{BASE}/Files/f1", json={**FILE, "Name": "b.pdf"})
    requests_mock.delete(f"{BASE}/Files/f1", status_code=204)
    assert api.file("f1").mime_type == "application/pdf"
    assert api.content("f1") == b"\x00%PDF"
    assert api.update("f1", name="b.pdf", folder_id="d2").name == "b.pdf"
    assert requests_mock.last_request.json() == {"Name": "b.pdf", "FolderId": "d2"}
    api.delete("f1")
    assert requests_mock.last_request.method == "DELETE"


def test_folders(api: FilesApi, requests_mock: rm.Mocker) -> None:
    inbox = {"Id": "d0", "Name": "Inbox", "FileCount": 2, "IsInbox": True, "Email": "in@xerofiles.test"}
    folder = {"Id": "d1", "Name": "Clients", "FileCount": 0, "IsInbox": False}
    requests_mock.get(f"{BASE}/Folders", json=[inbox, folder])
    requests_mock.get(f"{BASE}/Inbox", json=inbox)
    requests_mock.post(f"{BASE}/Folders", json=folder)
    requests_mock.put(f"{BASE}/Folders/d1", json={**folder, "Name": "Old"})
    assert [found.is_inbox for found in api.folders()] == [True, False]
    assert api.inbox().email == "in@xerofiles.test"
    assert api.create_folder("Clients", "k").id == "d1"
    assert api.rename_folder("d1", "Old").name == "Old"


def test_associations(api: FilesApi, requests_mock: rm.Mocker) -> None:
    path = f"{BASE}/Files/f1/Associations"
    requests_mock.get(path, json=[TIE])
    requests_mock.post(path, status_code=201, json=TIE)
    requests_mock.delete(f"{path}/c1", status_code=204)
    requests_mock.get(f"{BASE}/Associations/c1", json=[TIE])
    assert api.associations("f1")[0].object_id == "c1"
    api.associate("f1", "c1", "Contact", key="k")
    assert requests_mock.last_request.json() == {
        "ObjectId": "c1",
        "ObjectGroup": "Contact",
        "ObjectType": "Business",
    }
    api.associate("f1", "i1", "Invoice")
    assert requests_mock.last_request.json()["ObjectType"] == "AccRec"
    api.dissociate("f1", "c1")
    assert api.files_of("c1")[0].file_id == "f1"


class TestNames:
    @pytest.mark.parametrize(
        ("name", "safe"),
        [
            ("tax return.pdf", "tax return.pdf"),
            ("../../etc/passwd", "etc passwd"),
            ('a<b>c:d"e|f?g*h+i.pdf', "a b c d e f g h i.pdf"),
            ("x\x00y.pdf", "x y.pdf"),
            ("Grüße.pdf", "Grüße.pdf"),
        ],
    )
    def test_are_made_safe(self, name: str, safe: str) -> None:
        assert safe_name(name) == safe

    @given(st.text(min_size=1))
    def test_whatever_comes(self, name: str) -> None:
        try:
            safe = safe_name(name)
        except ValueError:
            return
        assert 0 < len(safe) <= 255
        assert not set(safe) & set('<>:"/\\|?*+\x00')

    def test_a_long_name_keeps_its_extension(self) -> None:
        assert safe_name("a" * 400 + ".pdf") == "a" * 251 + ".pdf"

    def test_nothing_is_no_name(self) -> None:
        with pytest.raises(ValueError):
            safe_name("???")
