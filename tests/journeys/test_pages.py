"""Every staff page in both themes, at three widths (`looks`): nothing wrong for axe, nothing wider than the screen."""

import pytest

from tests.journeys.looks import every_look

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

STAFF = [
    "/",
    "/requests",
    "/requests/new",
    "/clients",
    "/clients/tags",
    "/invoices",
    "/invoices/bill",
    "/services",
    "/settings",
    "/settings/integrations/xero",
    "/settings/integrations/xero/staff",
    "/settings/integrations/xero/services",
    "/settings/integrations/xero/accounts",
    "/settings/integrations/xero/offices",
    "/settings/integrations/xero/invoices",
    "/settings/integrations/xero/contacts/imports",
    "/settings/integrations/xero/contacts/ignored",
    "/sync",
    "/sync/causes",
    "/usage",
    "/help",
]


@every_look
def test_staff_pages(visit, cast, theme, width):
    alice = visit(
        "admin@abc.test",
        color_scheme=theme,
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
    )
    wrong = {}
    failed = cast.request(cast.abc, xero_job_id=None, status="assigned")
    done = cast.request(cast.abc, status="completed")
    for path in [*STAFF, f"/requests/{failed.id}", f"/requests/{done.id}", f"/clients/{done.client_id}"]:
        alice.open(path)
        found = alice.axe()
        too_wide = alice.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        if found or too_wide:
            wrong[path] = [*found, *(["wider than the screen"] if too_wide else [])]
    assert wrong == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_portal_and_platform_pages(visit, theme):
    phone = {"width": 390, "height": 844}
    hannah = visit("client@abc.test", color_scheme=theme, viewport=phone, reduced_motion="reduce")
    assert hannah.axe() == []
    robin = visit("super@countinghouse.test", color_scheme=theme, reduced_motion="reduce")
    assert robin.axe() == []
    nobody = visit(None, color_scheme=theme, viewport=phone, reduced_motion="reduce")
    nobody.open("/sign-in")
    assert nobody.axe() == []
