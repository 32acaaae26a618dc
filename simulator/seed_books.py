"""The books each seeded organisation begins with: accounts, tax rates, items, tracking, theme, currency."""

from __future__ import annotations

from decimal import Decimal

from simulator.accounting.accounts import new_account
from simulator.accounting.tax_rates import new_tax_rate
from simulator.accounting.tracking import new_category, new_option
from simulator.ids import fixed
from simulator.state import Organisation

_EVERYTHING = ("ASSET", "EQUITY", "EXPENSE", "LIABILITY", "REVENUE")
_SPENDING = ("ASSET", "EQUITY", "EXPENSE", "LIABILITY")
_TAX_RATES = (
    ("OUTPUT", "GST on Income", "10", ("ASSET", "EQUITY", "LIABILITY", "REVENUE")),
    ("INPUT", "GST on Expenses", "10", _SPENDING),
    ("EXEMPTOUTPUT", "GST Free Income", "0", ("REVENUE",)),
    ("EXEMPTEXPENSES", "GST Free Expenses", "0", _SPENDING),
    ("BASEXCLUDED", "BAS Excluded", "0", _EVERYTHING),
)
# code, name, type, tax type; the same chart under two ways of numbering it
_CHART = (
    (("200", "4-1000"), "Accounting Fees", "REVENUE", "OUTPUT"),
    (("210", "4-1100"), "Tax Return Fees", "REVENUE", "OUTPUT"),
    (("220", "4-1200"), "Bookkeeping Fees", "REVENUE", "OUTPUT"),
    (("260", "4-9000"), "Other Revenue", "REVENUE", "OUTPUT"),
    (("404", "6-1100"), "Bank Fees", "EXPENSE", "EXEMPTEXPENSES"),
    (("420", "6-1500"), "Software Subscriptions", "EXPENSE", "INPUT"),
    (("460", "6-2000"), "ASIC and Lodgement Fees", "EXPENSE", "EXEMPTEXPENSES"),
    (("610", "1-1200"), "Accounts Receivable", "CURRENT", "BASEXCLUDED"),
    (("800", "2-1200"), "Accounts Payable", "CURRLIAB", "BASEXCLUDED"),
    (("820", "2-1300"), "GST", "CURRLIAB", "BASEXCLUDED"),
    (("881", "3-2000"), "Client Clearing", "CURRLIAB", "BASEXCLUDED"),
)
_ITEMS = (
    (
        "ITR",
        "Individual Tax Return",
        "Preparation and lodgement of individual income tax return",
        "330.00",
        1,
    ),
    (
        "BAS-Q",
        "Quarterly BAS",
        "Preparation and lodgement of quarterly business activity statement",
        "275.00",
        0,
    ),
    ("CTR", "Company Tax Return", "Company income tax return and financial statements", "1650.00", 1),
)
_TRACKING = {
    "ABC Pty Ltd": (("Office", ("Sydney", "Newcastle")), ("Service Line", ("Tax", "Compliance", "Advisory"))),
    "Smith & Co": (("Branch", ("Melbourne", "Geelong")),),
    "XYZ Partners Pty Ltd": (("Region", ("Perth", "South West")),),
}


def seed_books(organisation: Organisation, updated: int) -> None:
    """Fill the settings of a new organisation."""
    name = organisation.name
    numbering = 0 if name in ("ABC Pty Ltd", "Demo Company (AU)") else 1
    for tax_type, label, rate, applies_to in _TAX_RATES:
        record = new_tax_rate(tax_type, label, Decimal(rate), applies_to, updated)
        organisation.table("tax_rates").save(tax_type, record)
    accounts = organisation.table("accounts")
    for codes, label, kind, tax_type in _CHART:
        account = new_account(fixed("account", name, label), codes[numbering], label, kind, tax_type, updated)
        account["EnablePaymentsToAccount"] = label == "Client Clearing"
        if label in ("Accounts Receivable", "Accounts Payable"):
            account["SystemAccount"] = "DEBTORS" if label.endswith("Receivable") else "CREDITORS"
        if label == "GST":
            account["SystemAccount"] = "GST"
        accounts.save(account["AccountID"], account)
    for label, number in (
        ("Business Cheque Account", "0620001234567"),
        ("Client Trust Account", "0620007654321"),
    ):
        bank = new_account(fixed("account", name, label), "090", label, "BANK", "BASEXCLUDED", updated)
        bank["BankAccountNumber"] = number
        if label == "Client Trust Account":
            del bank["Code"]  # Xero lets a bank account have no code
        accounts.save(bank["AccountID"], bank)
    for code, label, description, price, row in _ITEMS:
        item_id = fixed("item", name, code)
        item = {
            "ItemID": item_id,
            "Code": code,
            "Name": label,
            "Description": description,
            "IsSold": True,
            "IsPurchased": False,
            "IsTrackedAsInventory": False,
            "SalesDetails": {
                "UnitPrice": Decimal(price),
                "AccountCode": _CHART[row][0][numbering],
                "TaxType": "OUTPUT",
            },
            "updated": updated,
        }
        organisation.table("items").save(item_id, item)
    for label, options in _TRACKING.get(name, ()):
        choices = [new_option(fixed("option", name, label, option), option) for option in options]
        category = new_category(fixed("tracking", name, label), label, choices, updated)
        organisation.table("tracking").save(category["TrackingCategoryID"], category)
    theme_id = fixed("theme", name)
    organisation.table("branding_themes").save(
        theme_id, {"BrandingThemeID": theme_id, "Name": "Standard", "SortOrder": 0, "updated": updated}
    )
    organisation.table("currencies").save(
        "AUD", {"Code": "AUD", "Description": "Australian Dollar", "updated": updated}
    )
