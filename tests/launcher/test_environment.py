"""What a start is given: filled in where nothing is set, untouched where something is."""

import base64
from pathlib import Path

import pytest

from launcher import environment as module
from launcher.checkout import Refused
from launcher.environment import complete


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VAR", tmp_path / "var")
    return tmp_path


def test_a_newcomer_gets_the_demonstration() -> None:
    made = complete({})
    assert made["COUNTINGHOUSE_DEMO"] == "1"
    assert made["PUBLIC_URL"] == "http://localhost:8000"
    assert (
        made["XERO_API_URL"] == made["XERO_LOGIN_URL"] == made["XERO_IDENTITY_URL"] == "http://localhost:8100"
    )
    assert made["XERO_REDIRECT_URI"] == "http://localhost:8000/api/integrations/xero/callback"
    assert made["SIMULATOR_WEBHOOK_URL"] == "http://127.0.0.1:8000/api/webhooks/xero"
    assert made["SIMULATOR_WEBHOOK_KEY"] == made["XERO_WEBHOOK_KEY"]
    assert len(base64.b64decode(made["TOKEN_MASTER_KEY"], validate=True)) == 32
    assert len(made["SECRET_KEY"]) >= 32


def test_secrets_are_made_once_and_differ_between_checkouts(folder: Path) -> None:
    first = complete({})
    assert complete({})["SECRET_KEY"] == first["SECRET_KEY"]
    (folder / "var" / "secrets.env").unlink()
    assert complete({})["SECRET_KEY"] != first["SECRET_KEY"]


def test_what_is_set_is_respected(folder: Path) -> None:
    (folder / ".env").write_text(
        '# mine\nexport PUBLIC_URL="https://practice.test"\nXERO_CLIENT_ID=from-file\n'
    )
    made = complete({"PORT": "9000", "XERO_CLIENT_ID": "given", "SECRET_KEY": "s", "TOKEN_MASTER_KEY": "t"})
    assert made["PUBLIC_URL"] == "https://practice.test"
    assert made["XERO_REDIRECT_URI"] == "https://practice.test/api/integrations/xero/callback"
    assert made["XERO_CLIENT_ID"] == "given"
    assert made["SECRET_KEY"] == "s"
    assert not (folder / "var" / "secrets.env").exists()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"PORT": "web"}, "PORT is “web”"),
        ({"SIMULATOR_PORT": "70000"}, "SIMULATOR_PORT is “70000”"),
        ({"PORT": "8100"}, "both 8100"),
        ({"DATABASE_URL": "postgresql://somewhere/db"}, "DATABASE_OWNER_URL is not"),
        (
            {"COUNTINGHOUSE_DEMO": "0", "XERO_CLIENT_ID": "id"},
            "PUBLIC_URL, XERO_CLIENT_SECRET, XERO_REDIRECT_URI",
        ),
    ],
)
def test_what_cannot_work_is_said(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        complete(given)
