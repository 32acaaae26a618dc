"""The Accounting API 2.0, one noun a file (facts 4)."""

from app.xero.accounting.accounts import Account
from app.xero.accounting.api import AccountingApi
from app.xero.accounting.branding_themes import BrandingTheme
from app.xero.accounting.calls import BATCH, Outcome
from app.xero.accounting.contact_groups import ContactGroup
from app.xero.accounting.contacts import Contact, ContactFields
from app.xero.accounting.currencies import Currency
from app.xero.accounting.history import HistoryRecord
from app.xero.accounting.invoice_shapes import (
    Invoice,
    InvoiceFields,
    Line,
    PaymentOfInvoice,
    Tracking,
)
from app.xero.accounting.items import Item
from app.xero.accounting.organisation import Organisation
from app.xero.accounting.payments import Payment
from app.xero.accounting.tax_rates import TaxRate
from app.xero.accounting.tracking import TrackingCategory, TrackingOption
from app.xero.accounting.users import User

__all__ = [
    "BATCH",
    "Account",
    "AccountingApi",
    "BrandingTheme",
    "Contact",
    "ContactFields",
    "ContactGroup",
    "Currency",
    "HistoryRecord",
    "Invoice",
    "InvoiceFields",
    "Item",
    "Line",
    "Organisation",
    "Outcome",
    "Payment",
    "PaymentOfInvoice",
    "TaxRate",
    "Tracking",
    "TrackingCategory",
    "TrackingOption",
    "User",
]
