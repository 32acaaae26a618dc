"""Settings of documents in Xero: seen before they are switched on, and what was skipped follows."""

from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import Company, Document, Operation
from app.sync.operations import PUSH_DOCUMENT
from app.tenancy import company_scope
from tests.support.documents import accepted
from tests.support.people import Cast

PAGE = "/settings/integrations/xero/documents"
ON = {
    "push_documents": "y",
    "document_folder": "Client papers",
    "document_folder_yearly": "y",
    "document_name_pattern": "{year} {type} {client}",
}


def test_switched_on_with_a_look_before(app: Flask, cast: Cast, browser, no_documents):
    client = cast.client(cast.abc)
    with app.app_context(), company_scope(cast.abc):
        for number in range(3):
            accepted(client.id, "Payslips", b"%d" % number)
        db.session.commit()
    admin = browser("admin@abc.test")
    page = admin.get(PAGE).get_data(as_text=True)
    assert f"{client.name}_Payslips_2026.txt" in page
    tried = admin.post(PAGE, {**ON, "do": "try"}).get_data(as_text=True)
    assert f"2026 Payslips {client.name}.txt" in tried

    for field, value, says in (
        ("document_folder", "", "The folder’s name is missing"),
        ("document_folder", "Pa/pers", "Use letters without accents"),
        ("document_name_pattern", "{client} {reference}", "does not know {reference}"),
        ("document_name_pattern", "{client", "does not know {"),
    ):
        refused = admin.post(PAGE, {**ON, field: value, "do": "save"})
        assert refused.status_code == 422
        assert says in refused.get_data(as_text=True)

    check = admin.post(PAGE, {**ON, "do": "save"}).get_data(as_text=True)
    assert "3 accepted documents" in check
    assert "about 6" in check
    assert not cast.read(cast.abc, select(Company))[0].push_documents, "nothing is switched on yet"
    assert admin.post(PAGE, {**ON, "do": "file"}).status_code == 302
    company = cast.read(cast.abc, select(Company))[0]
    assert (company.push_documents, company.document_folder) == (True, "Client papers")
    planned = cast.read(cast.abc, select(Operation).where(Operation.kind == PUSH_DOCUMENT))
    assert len(planned) == 3
    assert {row.push_state for row in cast.read(cast.abc, select(Document))} == {"pending"}
    assert admin.post(f"{PAGE}/again").status_code == 302
    assert len(cast.read(cast.abc, select(Operation).where(Operation.kind == PUSH_DOCUMENT))) == 3
    # The consent is asked for files from now on, and for no more before.
    said = admin.get("/settings/integrations/xero").get_data(as_text=True)
    assert "Filing of documents" in said


def test_only_an_admins_and_one_practices(cast: Cast, browser):
    assert browser("jane@abc.test").get(PAGE).status_code in {403, 404}
    assert browser("admin@smith.test").post(f"{PAGE}/again").status_code == 409
