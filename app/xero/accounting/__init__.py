"""The Accounting API 2.0, one noun a file (facts 4)."""

from app.xero.accounting.api import AccountingApi
from app.xero.accounting.contacts import Contact, ContactFields
from app.xero.accounting.organisation import Organisation
from app.xero.accounting.users import User

__all__ = ["AccountingApi", "Contact", "ContactFields", "Organisation", "User"]
