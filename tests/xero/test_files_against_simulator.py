from collections.abc import Callable

import pytest

from app.xero.accounting import ContactFields
from app.xero.errors import Again, Permanent
from app.xero.files import FilesApi
from tests.support.simulator import SimulatorProcess
from tests.xero.road import Road

PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"


@pytest.fixture
def abc(road: Callable[..., Road]) -> Road:
    return road()


@pytest.fixture
def files(abc: Road) -> FilesApi:
    return FilesApi(abc.transport)


def test_a_files_life(files: FilesApi) -> None:
    folder = files.create_folder("Clients 2026", "folder-key")
    made = files.upload("tax return.pdf", PDF, "application/pdf", folder.id, "file-key")
    assert (made.name, made.size, made.folder_id) == ("tax return.pdf", len(PDF), folder.id)
    assert files.content(made.id) == PDF
    assert [found.id for found in files.folder_files(folder.id)] == [made.id]
    renamed = files.update(made.id, name="return 2026.pdf", folder_id=files.inbox().id)
    assert (renamed.name, renamed.folder_id) == ("return 2026.pdf", files.inbox().id)
    files.delete(made.id)
    with pytest.raises(Permanent) as caught:
        files.file(made.id)
    assert caught.value.code == "not_found"


def test_folders(files: FilesApi) -> None:
    made = files.create_folder("Brown")
    assert files.rename_folder(made.id, "Brown & Co").name == "Brown & Co"
    held = files.folders()
    assert [folder.name for folder in held if folder.is_inbox] == [files.inbox().name]
    assert "Brown & Co" in {folder.name for folder in held}


def test_a_file_beside_its_contact(abc: Road, files: FilesApi) -> None:
    contact = abc.accounting.create_contact(ContactFields(name="File Holder"))
    made = files.upload("a.pdf", PDF, "application/pdf")
    files.associate(made.id, contact.id, "Contact")
    assert [tie.object_id for tie in files.associations(made.id)] == [contact.id]
    assert [tie.file_id for tie in files.files_of(contact.id)] == [made.id]
    files.dissociate(made.id, contact.id)
    assert files.associations(made.id) == []


def test_what_xero_does_not_take(files: FilesApi) -> None:
    with pytest.raises(Permanent) as caught:
        files.upload("virus.exe", b"MZ", "application/octet-stream")
    assert caught.value.status == 400


def test_more_pages_than_one(files: FilesApi, xero: SimulatorProcess) -> None:
    xero.limits(enabled=False)
    before = sum(len(page) for page in files.files())
    for number in range(101 - before if before < 101 else 1):
        files.upload(f"many {number}.txt", b"x", "text/plain")
    pages = [len(page) for page in files.files()]
    assert pages[0] == 100
    assert len(pages) > 1


def test_an_upload_whose_answer_is_lost_is_found_again(files: FilesApi, xero: SimulatorProcess) -> None:
    xero.fault("drop_after", path="/Files", method="POST", count=1)
    with pytest.raises(Again) as caught:
        files.upload("lost.pdf", PDF, "application/pdf")
    assert caught.value.maybe_done is True
    found = [f for page in files.files() for f in page if (f.name, f.size) == ("lost.pdf", len(PDF))]
    assert len(found) == 1
