from __future__ import annotations

from xero_python.accounting import AccountType, CurrencyCode

from tests.simulator.sdk.client import Sdk


def test_list(sdk: Sdk) -> None:
    found = sdk.accounting.get_accounts(sdk.tenant_id).accounts
    fees = next(one for one in found if one.code == "200")
    assert (fees.name, fees.type, fees._class) == ("Accounting Fees", AccountType.REVENUE, "REVENUE")
    assert (fees.tax_type, fees.status, fees.enable_payments_to_account) == ("OUTPUT", "ACTIVE", False)
    assert next(one for one in found if one.enable_payments_to_account).name == "Client Clearing"
    assert {one.system_account for one in found} == {None, "DEBTORS", "CREDITORS", "GST"}


def test_a_bank_account_may_have_no_code(sdk: Sdk) -> None:
    found = sdk.accounting.get_accounts(sdk.tenant_id, where='Type=="BANK"').accounts
    assert {one.type for one in found} == {AccountType.BANK}
    assert {one.currency_code for one in found} == {CurrencyCode.AUD}
    assert {one.code for one in found} == {"090", None}
    assert all(one.bank_account_number for one in found)
