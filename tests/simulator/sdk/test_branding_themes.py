from __future__ import annotations

from tests.simulator.sdk.client import Sdk


def test_list_and_get(sdk: Sdk) -> None:
    themes = sdk.accounting.get_branding_themes(sdk.tenant_id).branding_themes
    assert themes
    first = themes[0]
    assert first.name
    assert first.created_date_utc.tzinfo is not None
    (again,) = sdk.accounting.get_branding_theme(sdk.tenant_id, first.branding_theme_id).branding_themes
    assert again.name == first.name
