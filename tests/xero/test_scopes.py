import pytest

from app.xero.scopes import FEATURES, SIGN_IN, covers, explain, scope_for, scopes_for

ALWAYS = ("openid", "profile", "email", "offline_access")


def test_jobs_ask_for_the_least() -> None:
    assert scopes_for(["jobs"]) == (*ALWAYS, "projects", "accounting.contacts", "accounting.settings.read")


def test_the_order_does_not_depend_on_the_question() -> None:
    assert scopes_for(["invoices", "jobs"]) == scopes_for(["jobs", "invoices", "jobs"])
    assert len(set(scopes_for(FEATURES.keys() - {"practice_manager"}))) == len(
        scopes_for(FEATURES.keys() - {"practice_manager"})
    )


def test_practice_manager_has_a_consent_of_its_own() -> None:
    assert "accounting.contacts" not in scopes_for(["practice_manager"])
    with pytest.raises(ValueError):
        scopes_for(["practice_manager", "jobs"])


def test_no_broad_scope_and_no_unknown_feature() -> None:
    every = {scope.name for feature in FEATURES.values() for scope in feature.scopes}
    assert not {name for name in every if name.startswith("accounting.transactions")}
    with pytest.raises(ValueError):
        scopes_for(["payroll"])


@pytest.mark.parametrize("feature", FEATURES)
def test_every_scope_has_its_reason(feature: str) -> None:
    told = explain([feature])
    assert tuple(scope.name for scope in told) == scopes_for([feature])
    assert all(len(scope.reason) > 20 and scope.reason.endswith(".") for scope in (*told, *SIGN_IN))


def test_writing_covers_reading() -> None:
    assert covers(["projects"], "projects.read")
    assert not covers(["projects.read"], "projects")


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/projects.xro/2.0/Projects", "projects.read"),
        ("POST", "/projects.xro/2.0/Projects", "projects"),
        ("PUT", "/api.xro/2.0/Contacts?page=1", "accounting.contacts"),
        ("GET", "/api.xro/2.0/Organisation", "accounting.settings.read"),
        ("PUT", "/api.xro/2.0/Invoices/1/Attachments/a.pdf", "accounting.attachments"),
        ("GET", "/connections", ""),
    ],
)
def test_which_scope_a_call_needs(method: str, path: str, scope: str) -> None:
    assert scope_for(method, path) == scope
