"""The table of what the product asks of Xero beside the SDK's names for it; a new call needs its line here."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest
from xero_python.accounting import AccountingApi as TheirAccounting
from xero_python.file import FilesApi as TheirFiles
from xero_python.identity import IdentityApi as TheirIdentity
from xero_python.project import ProjectApi as TheirProjects

from app.xero import identity
from app.xero.accounting import AccountingApi
from app.xero.files import FilesApi
from app.xero.projects import ProjectsApi

ACCOUNTING = {
    "organisation": "get_organisations",
    "allowed_actions": "get_organisation_actions",
    "users": "get_users",
    "contact": "get_contact get_contact_by_contact_number",
    "contacts": "get_contacts",
    "search_contacts": "get_contacts",
    "create_contact": "create_contacts",
    "create_contacts": "create_contacts",
    "update_contact": "update_contact",
    "update_contacts": "update_or_create_contacts",
    "archive_contact": "update_contact",
    "contacts_page": "get_contacts",
    "contact_groups": "get_contact_groups",
    "contact_group": "get_contact_group",
    "create_contact_group": "create_contact_group",
    "rename_contact_group": "update_contact_group",
    "delete_contact_group": "update_contact_group",
    "add_to_contact_group": "create_contact_group_contacts",
    "remove_from_contact_group": "delete_contact_group_contact",
    "accounts": "get_accounts",
    "tax_rates": "get_tax_rates",
    "currencies": "get_currencies",
    "branding_themes": "get_branding_themes",
    "items": "get_items",
    "create_item": "create_items",
    "tracking_categories": "get_tracking_categories",
    "create_tracking_category": "create_tracking_category",
    "rename_tracking_category": "update_tracking_category",
    "create_tracking_option": "create_tracking_options",
    "rename_tracking_option": "update_tracking_options",
    "invoice": "get_invoice",
    "invoices": "get_invoices",
    "create_invoice": "create_invoices",
    "create_invoices": "create_invoices",
    "update_invoice": "update_invoice",
    "set_invoice_status": "update_invoice",
    "online_invoice_url": "get_online_invoice",
    "email_invoice": "email_invoice",
    "invoice_pdf": "get_invoice_as_pdf",
    "payment": "get_payment",
    "payments": "get_payments",
    "create_payment": "create_payments",
    "delete_payment": "delete_payment",
    "history": "get_contact_history get_invoice_history get_payment_history get_item_history",
    "add_note": "create_contact_history create_invoice_history create_payment_history create_item_history",
}
PROJECTS = {
    "projects": "get_projects",
    "project": "get_project",
    "create_project": "create_project",
    "update_project": "update_project",
    "set_status": "patch_project",
    "users": "get_project_users",
    "tasks": "get_tasks",
    "create_task": "create_task",
    "update_task": "update_task",
    "delete_task": "delete_task",
    "time_entries": "get_time_entries",
    "create_time_entry": "create_time_entry",
    "delete_time_entry": "delete_time_entry",
}
FILES = {
    "files": "get_files",
    "file": "get_file",
    "content": "get_file_content",
    "upload": "upload_file upload_file_to_folder",
    "update": "update_file",
    "delete": "delete_file",
    "folders": "get_folders",
    "inbox": "get_inbox",
    "folder_files": "get_files",
    "create_folder": "create_folder",
    "rename_folder": "update_folder",
    "associations": "get_file_associations",
    "associate": "create_file_association",
    "dissociate": "delete_file_association",
    "files_of": "get_associations_by_object",
}
IDENTITY = {"connections": "get_connections", "disconnect": "delete_connection"}


def _public(ours: type | ModuleType) -> set[str]:
    found = inspect.getmembers(ours, inspect.isfunction)
    home = ours.__name__ if inspect.ismodule(ours) else None
    return {name for name, what in found if name[0] != "_" and home in (None, what.__module__)}


def _tried() -> set[str]:
    """Methods named after a dot anywhere in this package's tests, but for this file."""
    files = (path for path in Path(__file__).parent.glob("*.py") if path != Path(__file__))
    return {name for path in files for name in re.findall(r"\.([a-z]\w*)", path.read_text())}


@pytest.mark.parametrize(
    ("ours", "theirs", "table"),
    [
        (AccountingApi, TheirAccounting, ACCOUNTING),
        (ProjectsApi, TheirProjects, PROJECTS),
        (FilesApi, TheirFiles, FILES),
        (identity, TheirIdentity, IDENTITY),
    ],
    ids=["accounting", "projects", "files", "identity"],
)
def test_every_call_is_tried_through_the_sdk(
    ours: type | ModuleType, theirs: type, table: dict[str, str]
) -> None:
    assert _public(ours) == set(table)
    named = {name for names in table.values() for name in names.split()}
    assert {name for name in named if not hasattr(theirs, name)} == set()
    assert named - _tried() == set()
