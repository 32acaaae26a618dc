"""Accepted documents in Xero Files: each once, in its folder, under its name, tied to its contact."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from app import storage
from app.extensions import db
from app.models import (
    Cause,
    Company,
    Connection,
    ContactMapping,
    Document,
    DocumentFolder,
    Grant,
    Operation,
    now,
)
from app.sync import causes
from app.sync.files import plan_push, push_again, push_all_again, waiting_to_be_filed
from app.sync.operations import PUSH_DOCUMENT
from app.tenancy import company_scope
from tests.proof import weakened
from tests.proof.deaths import Killed, dying_at
from tests.support.documents import BY, accepted, documents, switch_on
from tests.support.people import Cast

pytestmark = pytest.mark.usefixtures("no_documents")

ORGANISATION = "ABC Pty Ltd"
FOLDERS, FILES, TIES = r"/Folders$", r"/Files/[0-9a-f-]+$", r"/Associations$"


@contextmanager
def at_work(app: Flask, company_id: UUID) -> Iterator[None]:
    with app.app_context(), company_scope(company_id):
        yield
        db.session.commit()


@pytest.fixture
def files(app: Flask, cast: Cast, simulator: Any) -> Callable[[], dict[str, dict[str, Any]]]:
    """ABC files its documents and knows its client's contact; `files()`: name → what Xero has of it."""
    contact_id = simulator.state()["organisations"][ORGANISATION]["contacts"][0]["ContactID"]
    with at_work(app, cast.abc):
        switch_on()
        db.session.add(
            ContactMapping(
                connection_id=db.session.scalars(select(Connection.id)).one(),
                client_id=cast.client(cast.abc).id,
                xero_contact_id=contact_id,
                contact_name="The contact",
                found_by="chosen",
            )
        )

    def found() -> dict[str, dict[str, Any]]:
        state = simulator.state()["organisations"][ORGANISATION]
        folders = {one["Id"]: one["Name"] for one in state["folders"]}
        made = Counter(name for name in folders.values() if name != "Inbox")
        assert set(made.values()) <= {1}, f"a folder twice: {made}"
        counted = Counter(file["Name"] for file in state["files"])
        assert set(counted.values()) <= {1}, f"a file twice: {counted}"
        return {
            file["Name"]: {
                "folder": folders[file["FolderId"]],
                "sha256": file["sha256"],
                "contacts": [one["ObjectId"] for one in state["associations"] if one["FileId"] == file["Id"]],
                "ours": contact_id,
            }
            for file in state["files"]
        }

    return found


def all_filed(
    app: Flask, cast: Cast, files: Callable[[], Any], contents: dict[str, bytes], folder: str
) -> None:
    found = files()
    assert set(found) == set(contents)
    for name, content in contents.items():
        assert found[name]["sha256"] == hashlib.sha256(content).hexdigest()
        assert found[name]["contacts"] == [found[name]["ours"]]
        assert found[name]["folder"] == folder
    with at_work(app, cast.abc):
        for row in documents().values():
            assert (row.push_state, row.push_error) == ("associated", None)
            assert row.xero_name in contents


def test_filed_once_under_its_name(app: Flask, cast: Cast, files, work):
    client = cast.client(cast.abc)
    with at_work(app, cast.abc):
        for content in (b"June", b"July"):
            accepted(client.id, "Bank statements", content)
        accepted(client.id, "Käse/Préavis: <n°1>", b"Odd letters")
        accepted(client.id, "Letter", b"Without a year", year=None)
    work(hurry=True)
    base = client.name
    expected = {
        f"{base}_Bank statements_2026.txt": b"June",
        f"{base}_Bank statements_2026_2.txt": b"July",
        f"{base}_Kase Preavis n1_2026.txt": b"Odd letters",
        f"{base}_Letter.txt": b"Without a year",
    }
    found = files()
    by_sum = {one["sha256"]: name for name, one in found.items()}
    # Which of two of one kind comes first is the workers' to say.
    actual = {by_sum[hashlib.sha256(content).hexdigest()]: content for content in expected.values()}
    assert set(actual) == set(expected)
    all_filed(app, cast, files, actual, "Countinghouse")
    assert work(hurry=True) == 0
    with at_work(app, cast.abc):
        switch_on(
            document_folder="Papers: 2", document_folder_yearly=True, document_name_pattern="{year} {type}"
        )
        accepted(client.id, "Payslips", b"Payslips", year=2025)
    work(hurry=True)
    assert files()["2025 Payslips.txt"]["folder"] == "Papers 2 2025"


@pytest.mark.parametrize("kind", ["drop_after", "500_after", "drop_before"])
def test_lost_answers_make_nothing_twice(app: Flask, cast: Cast, files, work, simulator, kind: str):
    client = cast.client(cast.abc)
    for path in (FOLDERS, FILES, TIES):
        simulator.fault(kind, path=path, method="POST", count=1)
    with at_work(app, cast.abc):
        accepted(client.id, "Payslips", b"Payslips")
    work(hurry=True)
    all_filed(app, cast, files, {f"{client.name}_Payslips_2026.txt": b"Payslips"}, "Countinghouse")
    made = [call for call in simulator.ledger() if call["method"] == "POST" and "/files.xro" in call["path"]]
    assert len(made) == (6 if kind == "drop_before" else 3), "nothing was sent again without need"


def test_without_reading_back_a_file_is_there_twice(app: Flask, cast: Cast, files, work, simulator):
    """The same story against a build without read-back must fail, or the test above proves nothing."""
    simulator.fault("500_after", path=FILES, method="POST", count=1)
    with at_work(app, cast.abc):
        accepted(cast.client(cast.abc).id, "Payslips", b"Payslips")
    with weakened.built("no_read_back"):
        work(hurry=True)
    with pytest.raises(AssertionError, match="a file twice"):
        files()


def test_a_worker_that_dies_anywhere_leaves_nothing_twice(app: Flask, cast: Cast, files, work):
    """At each of its commits, before it and after it: a worker that comes later ends what was begun."""
    client, contents = cast.client(cast.abc), {}
    for when in ("before", "after"):
        for commit in range(1, 9):
            with at_work(app, cast.abc):
                accepted(client.id, f"{when} {commit}", f"{when} {commit}".encode())
            with dying_at(commit, when, lambda: None) as reached:
                try:
                    work(hurry=True)
                except Killed:
                    assert len(reached) == commit
            contents[f"{client.name}_{when} {commit}_2026.txt"] = f"{when} {commit}".encode()
            with at_work(app, cast.abc):
                # The dead one's lease runs out.
                running = update(Operation).where(Operation.state == "running")
                db.session.execute(running.values(lease_until=now()))
            work(hurry=True)
    all_filed(app, cast, files, contents, "Countinghouse")


def test_refused_three_times_then_a_person(app: Flask, cast: Cast, files, work, simulator):
    simulator.fault("500_before", path=FILES, method="POST", count=4)
    with at_work(app, cast.abc):
        document_id = accepted(cast.client(cast.abc).id, "Payslips", b"Payslips")
    work(hurry=True)
    with at_work(app, cast.abc):
        document = documents()[document_id]
        assert document.push_state == "failed"
        assert "It was tried 4 times; Retry tries it again." in (document.push_error or "")
        assert waiting_to_be_filed() == 1
        push_again(document, BY.name)
        assert (document.push_state, document.push_error) == ("pending", None)
    work(hurry=True)
    all_filed(
        app, cast, files, {f"{cast.client(cast.abc).name}_Payslips_2026.txt": b"Payslips"}, "Countinghouse"
    )


def test_switched_off_and_on_again(app: Flask, cast: Cast, files, work):
    client = cast.client(cast.abc)
    with at_work(app, cast.abc):
        queued = accepted(client.id, "Queued", b"queued")
        db.session.execute(update(Company).values(push_documents=False))
        skipped = accepted(client.id, "Skipped", b"skipped")
        assert "switched off" in (documents()[skipped].push_error or "")
    work(hurry=True)
    assert files() == {}
    with at_work(app, cast.abc):
        assert {documents()[one].push_state for one in (queued, skipped)} == {"skipped"}
        assert waiting_to_be_filed() == 2
        switch_on()
        assert push_all_again(BY.name) == 2
        assert push_all_again(BY.name) == 0, "pressed twice"
    work(hurry=True)
    names = {f"{client.name}_Queued_2026.txt": b"queued", f"{client.name}_Skipped_2026.txt": b"skipped"}
    all_filed(app, cast, files, names, "Countinghouse")


def test_a_contact_that_nobody_knows(app: Flask, cast: Cast, files, work):
    client = cast.client(cast.abc)
    with at_work(app, cast.abc):
        kept = db.session.scalars(select(ContactMapping)).one().xero_contact_id
        db.session.execute(delete(ContactMapping))
        document_id = accepted(client.id, "Payslips", b"Payslips")
    work(hurry=True)
    assert files() == {}
    with at_work(app, cast.abc):
        document = documents()[document_id]
        assert document.push_state == "skipped"
        assert "Choose the contact" in (document.push_error or "")
        cause = select(Cause.subject).where(Cause.kind == causes.CONTACT, Cause.resolved_at.is_(None))
        assert db.session.scalars(cause).all() == [str(client.id)]
        db.session.add(
            ContactMapping(
                connection_id=db.session.scalars(select(Connection.id)).one(),
                client_id=client.id,
                xero_contact_id=kept,
                contact_name="The contact",
                found_by="chosen",
            )
        )
        assert causes.resolve(causes.CONTACT, client.id) == 1
    work(hurry=True)
    all_filed(app, cast, files, {f"{client.name}_Payslips_2026.txt": b"Payslips"}, "Countinghouse")


def test_a_consent_without_files(app: Flask, cast: Cast, files, work):
    with at_work(app, cast.abc):
        grant = db.session.scalars(select(Grant)).one()
        scopes = grant.scopes
        grant.scopes = scopes.replace("files", "")
        document_id = accepted(cast.client(cast.abc).id, "Payslips", b"Payslips")
    work(hurry=True)
    assert files() == {}
    with at_work(app, cast.abc):
        document = documents()[document_id]
        assert document.push_state == "pending"
        assert "consents again" in (document.push_error or "")
        db.session.scalars(select(Grant)).one().scopes = scopes
        assert causes.resolve(causes.SCOPE, "files") == 1
    work(hurry=True)
    assert len(files()) == 1


def test_what_was_removed_in_xero_is_made_again(app: Flask, cast: Cast, files, work, simulator):
    client = cast.client(cast.abc)
    with at_work(app, cast.abc):
        accepted(client.id, "First", b"first")
    work(hurry=True)
    with at_work(app, cast.abc):
        # As if the folder had been removed there: its id leads nowhere.
        db.session.execute(update(DocumentFolder).values(xero_folder_id=str(UUID(int=7))))
        accepted(client.id, "Second", b"second")
    work(hurry=True)
    assert set(files()) == {f"{client.name}_First_2026.txt", f"{client.name}_Second_2026.txt"}


def test_bytes_that_are_gone_are_not_sent(app: Flask, cast: Cast, files, work):
    with at_work(app, cast.abc):
        lost = accepted(cast.client(cast.abc).id, "Lost", b"lost")
        storage.delete(documents()[lost].storage_key or "")
        taken_back = accepted(cast.client(cast.abc).id, "Rejected", b"rejected")
        documents()[taken_back].state = "rejected"
        documents()[taken_back].decided_at = now()
    work(hurry=True)
    assert files() == {}
    with at_work(app, cast.abc):
        assert documents()[lost].push_state == "failed"
        assert "ask the client for it again" in (documents()[lost].push_error or "")
        ended = select(Operation.state).where(Operation.kind == PUSH_DOCUMENT)
        assert set(db.session.scalars(ended)) == {"failed", "cancelled"}
        with pytest.raises(Exception, match="Only an accepted document"):
            plan_push(db.session.get_one(Document, (cast.abc, taken_back)), BY.name)
