"""The Accounting API of one organisation, put together from its nouns."""

from app.xero.accounting.accounts import AccountCalls
from app.xero.accounting.branding_themes import BrandingThemeCalls
from app.xero.accounting.contact_groups import ContactGroupCalls
from app.xero.accounting.contacts import ContactCalls
from app.xero.accounting.currencies import CurrencyCalls
from app.xero.accounting.history import HistoryCalls
from app.xero.accounting.invoices import InvoiceCalls
from app.xero.accounting.items import ItemCalls
from app.xero.accounting.organisation import OrganisationCalls
from app.xero.accounting.payments import PaymentCalls
from app.xero.accounting.tax_rates import TaxRateCalls
from app.xero.accounting.tracking import TrackingCalls
from app.xero.accounting.users import UserCalls


class AccountingApi(
    OrganisationCalls,
    UserCalls,
    ContactCalls,
    ContactGroupCalls,
    AccountCalls,
    TaxRateCalls,
    ItemCalls,
    TrackingCalls,
    CurrencyCalls,
    BrandingThemeCalls,
    InvoiceCalls,
    PaymentCalls,
    HistoryCalls,
):
    """`AccountingApi(transport)`; every method may raise any XeroError."""
