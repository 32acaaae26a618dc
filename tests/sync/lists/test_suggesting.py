"""Suggestions: the strongest sign decides, and what could as well be another is not suggested."""

from uuid import uuid4

from app.models import Service, XeroListEntry
from app.sync.lists.suggesting import category_of_offices, for_office, for_service, instead_of


def entry(kind: str, code: str, name: str, **details: str) -> XeroListEntry:
    return XeroListEntry(
        id=uuid4(), kind=kind, xero_id=code or name, code=code, name=name, status="ACTIVE", details=details
    )


FEES = entry("account", "200", "Accounting Fees", tax_type="OUTPUT")
TAX = entry("account", "210", "Tax Return Fees", tax_type="OUTPUT")
FREE = entry("account", "260", "Disbursements", tax_type="EXEMPTOUTPUT")
GST, NO_GST = entry("tax_rate", "OUTPUT", "GST on Income"), entry("tax_rate", "EXEMPTOUTPUT", "GST Free")
ITR = entry("item", "ITR", "Individual Tax Return", account_code="210")


def service(name: str, account: str = "", tax: str = "", item: str = "") -> Service:
    return Service(name=name, account_code=account, tax_type=tax, item_code=item)


def suggested(one: Service, used: dict | None = None):
    found = for_service(one, [FEES, TAX, FREE], [GST, NO_GST], [ITR], used or {})
    return tuple(
        (part.entry, part.reason) if part else None for part in (found.account, found.tax_rate, found.item)
    )


def test_for_a_service():
    own = suggested(service("BAS", "260", "OUTPUT"))
    assert own == ((FREE, "the service’s account code"), (GST, "the service’s tax type"), None)
    assert suggested(service("BAS", "200", "OUTPUT"))[1] is None, (
        "what the account has by itself is not said twice"
    )
    assert suggested(service("Individual tax return")) == (
        (TAX, "the item’s account"),
        None,
        (ITR, "same name"),
    )
    assert suggested(service("disbursements"))[0] == (FREE, "same name")
    assert suggested(service("Audit"), {FEES.id: 3, TAX.id: 1})[0] == (FEES, "used by most services")
    assert suggested(service("Audit"), {FEES.id: 2, TAX.id: 2})[0] is None, "a tie"
    assert suggested(service("Audit", "999"))[0] is None


def test_instead_of_what_left():
    recreated = entry("account", "200", "Fees", tax_type="OUTPUT")
    twin = entry("account", "205", "accounting fees", tax_type="EXEMPTOUTPUT")
    others = [TAX, FREE]

    def found(candidates, used=None):
        suggestion = instead_of(FEES, candidates, used or {})
        return (suggestion.entry, suggestion.reason) if suggestion else None

    assert found([*others, recreated, twin]) == (recreated, "same code")
    assert found([*others, twin]) == (twin, "same name")
    assert found(others) == (TAX, "same tax type")
    second = entry("account", "220", "Bookkeeping Fees", tax_type="OUTPUT")
    assert found([*others, second]) is None, "either could be meant"
    assert found([*others, second], {second.id: 1}) == (second, "same tax type, used by most services")
    assert found([FREE]) is None


def test_for_offices():
    office, line = entry("tracking_category", "", "Office"), entry("tracking_category", "", "Service Line")
    places = [entry("tracking_option", "", name) for name in ("Sydney", "Newcastle")]
    kinds = [entry("tracking_option", "", name) for name in ("Tax", "Advisory")]
    for option, parent in [*((one, office) for one in places), *((one, line) for one in kinds)]:
        option.parent_xero_id = parent.xero_id
    both = [office, line]
    assert category_of_offices(["Sydney", "Parramatta"], both, [*places, *kinds]) is office
    assert category_of_offices(["Tax"], both, [*places, *kinds]) is line, (
        "what the options say, before the name"
    )
    assert category_of_offices(["Perth"], both, [*places, *kinds]) is office, "by its own name"
    assert category_of_offices(["Perth"], [line], [*places, *kinds]) is None
    assert for_office("SYDNEY", places).entry is places[0]
    assert for_office("Perth", places) is None
