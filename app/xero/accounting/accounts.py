"""The chart of accounts, read only (facts 4.2): which accounts income and payments may go to."""

from dataclasses import dataclass

from app.xero.accounting.calls import AccountingCalls
from app.xero.shapes import Record, flag, several, text


@dataclass(frozen=True)
class Account:
    """code may be ""; type and account_class are Xero's words. takes_payments: EnablePaymentsToAccount."""

    id: str
    code: str
    name: str
    type: str
    account_class: str
    tax_type: str
    status: str
    system_account: str
    takes_payments: bool

    @property
    def is_open(self) -> bool:
        return self.status == "ACTIVE"

    @property
    def can_receive(self) -> bool:
        """Whether a payment may be recorded on it."""
        return self.is_open and (self.type == "BANK" or self.takes_payments)


class AccountCalls(AccountingCalls):
    def accounts(self) -> list[Account]:
        """All accounts, archived ones too; the endpoint is not paged. Needs accounting.settings.read."""
        return [_account(row) for row in several(self._get("/Accounts"), "Accounts")]


def _account(row: Record) -> Account:
    return Account(
        id=text(row, "AccountID"),
        code=text(row, "Code"),
        name=text(row, "Name"),
        type=text(row, "Type"),
        account_class=text(row, "Class"),
        tax_type=text(row, "TaxType"),
        status=text(row, "Status"),
        system_account=text(row, "SystemAccount"),
        takes_payments=flag(row, "EnablePaymentsToAccount"),
    )
