"""Clients in files: exported, looked at, confirmed once, whatever program wrote them."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from app.clients.csv import handing_over, imports
from app.clients.csv.columns import guess
from app.clients.csv.reading import read_table
from app.errors import Problem
from app.extensions import db
from app.models import AuditEvent, Client, ClientImport, ClientImportRow, ClientTag, Tag, now
from app.tasks import client_files, periodic
from app.tenancy import company_scope
from tests.support.pages import words

FILE = """\
Code,Client Name,Type,Email,Phone,Suburb,Branch,Groups,Comments
,Tamarind Trading Pty Ltd,Company,hello@tamarind.example,02 5550 1234,Bega,Sydney,"Wholesale; Coast","Line one
line two"
,HANNAH WHITLOCK,,,,,,,
OLD-77,Quill & Ink,Sole trader,quill@ink.example,+61 2 5550 0000,,,,
OLD-77,Quill again,Company,,,,,,
,Nowhere Ltd,Company,,,,Perth,,
,No Kind At All,Martian,,,,,,
,Bad <Name>,Company,not an address,,,,,
"""


def upload(person, text: str | bytes, name: str = "clients.csv") -> str:
    data = text.encode() if isinstance(text, str) else text
    answer = person.post(
        "/clients/files", {"file": (io.BytesIO(data), name)}, content_type="multipart/form-data"
    )
    assert answer.status_code == 302, words(answer)
    return answer.location.removesuffix("/columns")


def choose(person, file: str, headings: list[str], **more: str):
    columns = {name: str(place) for name, place in guess(headings).items()}
    return person.post(f"{file}/columns", {**columns, "all_kind": "other", "existing": "fill", **more})


def count(cast, company_id) -> int:
    return cast.read(company_id, select(func.count(Client.id)))[0]


def test_looked_at_confirmed_and_not_twice(browser, cast):
    jane, before = browser("jane@abc.test"), count(cast, cast.abc)
    file = upload(jane, FILE)
    assert "Which column is what?" in words(jane.get(f"{file}/columns"))
    headings = FILE.splitlines()[0].split(",")
    refused = jane.post(f"{file}/columns", {"name": "1", "existing": "leave"})
    assert (refused.status_code, "Choose one for all of them" in words(refused)) == (422, True)
    assert choose(jane, file, headings).status_code == 302
    shown = words(jane.get(file))
    assert "2 clients will be added" in shown
    assert "1 client is here already and will be filled in where something is missing" in shown
    assert "4 rows cannot be taken" in shown
    for reason in (
        "Line 5 has the same number",
        "There is no office called Perth",
        "The kind of client must be one of",
        "Xero does not take the signs < and > in a name",
        "same name",
    ):
        assert reason in shown
    assert count(cast, cast.abc) == before, "nothing is written before it is confirmed"

    assert jane.post(f"{file}/confirmed").status_code == 302
    assert count(cast, cast.abc) == before + 2
    again = jane.post(f"{file}/confirmed")
    assert (again.status_code, "imported already" in words(again)) == (409, True)
    assert jane.get(f"{file}/columns").status_code == 302
    assert count(cast, cast.abc) == before + 2

    made = cast.client(cast.abc, "Tamarind Trading Pty Ltd")
    assert (made.kind, made.city, made.notes, made.office_id is None) == (
        "company",
        "Bega",
        "Line one\nline two",
        False,
    )
    assert cast.client(cast.abc, "Quill & Ink").number == "OLD-77"
    assert cast.client(cast.abc, "Quill & Ink").phone == "+61 2 5550 0000"
    tags = select(Tag.name).join(ClientTag, ClientTag.tag_id == Tag.id).where(ClientTag.client_id == made.id)
    assert set(cast.read(cast.abc, tags)) == {"Wholesale", "Coast"}
    done = words(jane.get(f"{file}?view=left"))
    assert "Left out Line 5 has the same number" in done
    told = cast.read(cast.abc, select(AuditEvent.what).where(AuditEvent.what == "client.imported"))
    assert told == ["client.imported"]
    assert browser("admin@smith.test").get(file).status_code == 404


def test_a_large_file_is_written_by_a_worker(app, browser, cast, monkeypatch):
    rung: list[tuple] = []
    monkeypatch.setattr(handing_over, "AT_ONCE", 1)
    monkeypatch.setattr(handing_over, "ring", lambda *ids: rung.append(ids))
    jane, before = browser("jane@abc.test"), count(cast, cast.abc)
    file = upload(
        jane, "Name;E-mail;Tags\nEarly Bird;early@bird.example;Large\nLate Comer;late@comer.example;\n"
    )
    choose(jane, file, ["Name", "E-mail", "Tags"], existing="replace")
    assert jane.post(f"{file}/confirmed").location == file
    [(company_id, import_id)] = rung
    shown = words(jane.get(file))
    assert "Being imported" in shown
    assert "Confirmed by Jane Doe." in shown
    assert "Importing 2 rows" in shown
    assert "Row by row" not in shown
    again = jane.post(f"{file}/confirmed")
    assert (again.status_code, "being imported already" in words(again)) == (409, True)
    assert choose(jane, file, ["Name", "E-mail", "Tags"]).location == file, "nothing is chosen anew"
    part = jane.get(f"{file}/progress", headers={"HX-Request": "true"})
    assert (part.status_code, "HX-Redirect" in part.headers) == (204, False)
    assert count(cast, cast.abc) == before

    # One that dies has written nothing; one that breaks off gives it back; the clock rings for what is left.
    def broken(*_args: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(imports, "_finish", broken)
        error: Exception = OperationalError("", None, Exception())
        with app.app_context(), pytest.raises(OperationalError):
            handing_over.carry_out(company_id, import_id)
        assert "Importing 2 rows" in words(jane.get(file))
        with app.app_context(), company_scope(cast.abc):
            db.session.execute(update(ClientImport).values(rung_at=now() - timedelta(minutes=2)))
            db.session.commit()
        for _ in range(2):
            periodic.ring_client_files(app)
        assert rung == [(company_id, import_id)] * 2
        error = ValueError()
        with app.app_context():
            handing_over.carry_out(company_id, import_id)
    assert "The import broke off" in words(jane.get(file))
    assert count(cast, cast.abc) == before

    browser("mike@abc.test").post(f"{file}/confirmed")
    with app.app_context():
        client_files.write(str(company_id), str(import_id))
        client_files.write(str(company_id), str(import_id))
    assert count(cast, cast.abc) == before + 2
    assert "Imported by Mike Brown." in words(jane.get(file))
    part = jane.get(f"{file}/progress", headers={"HX-Request": "true"})
    assert part.headers["HX-Redirect"] == file
    made = cast.client(cast.abc, "Early Bird")
    told = select(AuditEvent).where(
        (AuditEvent.subject_id == made.id) | (AuditEvent.what == "client.imported")
    )
    assert {(one.what, one.actor_name, one.actor_role) for one in cast.read(cast.abc, told)} == {
        ("client.added", "Mike Brown", "accountant"),
        ("client.imported", "Mike Brown", "accountant"),
    }
    for path in (f"{file}/progress", file):
        assert browser("admin@smith.test").get(path).status_code == 404


def test_a_person_says_it_is_somebody_else_and_what_moved_meanwhile_is_left(browser, cast):
    jane, before = browser("jane@abc.test"), count(cast, cast.abc)
    file = upload(jane, "Name;E-mail\nHannah Whitlock;other@hannah.example\nLate Comer;late@comer.example\n")
    choose(jane, file, ["Name", "E-mail"], existing="replace")
    rows = select(ClientImportRow).where(ClientImportRow.name == "Hannah Whitlock", ClientImportRow.line == 2)
    [row] = [one for one in cast.read(cast.abc, rows) if one.cells[-1].startswith("other@")]
    assert jane.post(f"{file}/rows/{row.id}", {"as_new": "1"}).status_code == 302
    assert "2 clients will be added" in words(jane.get(file))
    # The second row's client is added by hand before the file is confirmed.
    jane.post("/clients/new", {"name": "Late Comer", "kind": "individual"})
    jane.post(f"{file}/confirmed")
    assert count(cast, cast.abc) == before + 2
    assert "A client was added or changed meanwhile" in words(jane.get(f"{file}?view=left"))
    assert len(cast.read(cast.abc, select(Client).where(Client.name == "Hannah Whitlock"))) == 2


def test_what_was_exported_can_be_imported(browser, cast):
    jane = browser("jane@abc.test")
    jane.post(
        "/clients/new", {"name": "=cmd|calc", "kind": "other", "phone": "+61 2 5550 0001", "notes": "@x"}
    )
    answer = jane.get("/clients/export.csv?q=cmdcalc")
    text = answer.get_data(as_text=True)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="clients.csv"'
    [row] = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert (row["Name"], row["Phone"], row["Notes"]) == ("'=cmd|calc", "'+61 2 5550 0001", "'@x")
    table = read_table(text.encode())
    name, phone = (table.headings.index(one) for one in ("Name", "Phone"))
    assert (table.rows[0][1][name], table.rows[0][1][phone]) == ("=cmd|calc", "+61 2 5550 0001")
    whole = jane.get("/clients/export.csv").get_data(as_text=True)
    assert len(list(csv.reader(io.StringIO(whole)))) - 1 == len(
        cast.read(cast.abc, select(Client.id).where(Client.archived_at.is_(None)))
    )
    assert all(client.name not in whole for client in cast.read(cast.smith, select(Client)))


@pytest.mark.parametrize(
    "data",
    [
        "Name;City\r\nJosé;Zürich\r\n".encode("utf-8-sig"),
        "Name;City\rJosé;Zürich\r".encode("cp1252"),
        "Name\tCity\nJosé\tZürich\n".encode("utf-16"),
        '\n"Name","City"\n\n"José","Zürich"\n,,\n'.encode(),
    ],
)
def test_files_as_programs_write_them(data):
    table = read_table(data)
    assert table.headings[:2] == ["Name", "City"]
    assert [cells[:2] for _, cells in table.rows] == [["José", "Zürich"]]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty"),
        (b"Name\n", "headings and no rows"),
        (b"PK\x03\x04rest", "This is an Excel workbook"),
        (b"\x00\x01\x02Name", "This is not a CSV file"),
        (b'Name\n"open', "a quotation mark is not closed"),
        (b"Name\n" + b"x\n" * 10_001, "more than 10,000 rows"),
        (b"x" * (5 * 1024 * 1024 + 1), "Send 5 MB at most"),
    ],
)
def test_what_cannot_be_read_is_said(data, sentence):
    with pytest.raises(Problem, match=sentence):
        read_table(data)


def test_files_that_nobody_confirmed_are_forgotten(app, cast):
    with app.app_context(), company_scope(cast.abc):
        db.session.execute(update(ClientImport).values(created_at=now() - timedelta(days=8)))
        imports.prune()
        db.session.commit()
    assert cast.read(cast.abc, select(func.count(ClientImportRow.id))) == [0]
    assert cast.read(cast.smith, select(func.count(ClientImportRow.id))) != [0]
