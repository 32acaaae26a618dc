"""Rules about the sources themselves that import contracts cannot say."""

import ast
import re
from pathlib import Path

from launcher.processes import read_procfile

ROOT = Path(__file__).resolve().parents[2]


def _python(*folders: str) -> list[Path]:
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py")]


def test_requests_is_imported_in_one_place():
    importing = {
        str(path.relative_to(ROOT))
        for path in _python("app")
        for node in ast.walk(ast.parse(path.read_text()))
        if (
            isinstance(node, ast.Import) and any(name.name.split(".")[0] == "requests" for name in node.names)
        )
        or (
            isinstance(node, ast.ImportFrom)
            and (node.module or "").split(".")[0] == "requests"
            and node.level == 0
        )
    }
    assert importing == {"app/xero/transport.py"}


def test_nobody_sleeps_in_the_app():
    sleepers = [
        str(path.relative_to(ROOT))
        for path in _python("app")
        if re.search(r"\btime\.sleep\(|\bsleep\(", path.read_text())
    ]
    assert sleepers == []


def test_raw_sql_stands_where_it_is_reviewed():
    """`text()` goes around the guard (row-level security still holds): each file with it is named here."""
    allowed = {
        "app/audit/chain.py",
        "app/lookups.py",
        "app/tenancy.py",
        "app/sync/contacts/bulk.py",
        "app/sync/own_session.py",
        "app/sync/grant_lock.py",
        "app/tasks/clock.py",
        "app/tasks/periodic.py",
        "app/models/client.py",
        "app/models/company_closing.py",
        "app/models/company_export.py",
        "app/models/client_word.py",
        "app/models/connection.py",
        "app/models/contact_agreement.py",
        "app/models/contact_errand.py",
        "app/models/contact_import.py",
        "app/models/document.py",
        "app/models/invitation.py",
        "app/models/invoice.py",
        "app/models/mail.py",
        "app/models/membership.py",
        "app/models/operation.py",
        "app/models/user.py",
        "app/models/webhook.py",
    }
    using = {
        str(path.relative_to(ROOT))
        for path in _python("app")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and node.module == "sqlalchemy"
        and any(n.name == "text" for n in node.names)
    }
    assert using <= allowed, using - allowed


def test_the_procfile_starts_what_there_is():
    lines = read_procfile(ROOT / "Procfile")
    assert {"web", "worker", "clock", "simulator"} <= set(lines)
