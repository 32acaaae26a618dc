"""The Accounting API of one organisation, put together from its nouns."""

from app.xero.accounting.contacts import ContactCalls
from app.xero.accounting.organisation import OrganisationCalls
from app.xero.accounting.users import UserCalls


class AccountingApi(OrganisationCalls, UserCalls, ContactCalls):
    """`AccountingApi(transport)`; every method may raise any XeroError."""
