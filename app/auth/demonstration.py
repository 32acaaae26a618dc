"""The demonstration's accounts, as the sign-in page offers them. Shown in demonstration mode only."""

from dataclasses import dataclass

PASSWORD = "countinghouse-demo"  # noqa: S105  public on purpose: invented practices, shown on the page


@dataclass(frozen=True)
class Account:
    email: str
    practice: str
    role: str


ACCOUNTS = (
    Account("admin@abc.test", "ABC Accounting", "Practice admin"),
    Account("jane@abc.test", "ABC Accounting", "Accountant"),
    Account("client@abc.test", "ABC Accounting", "Client"),
    Account("admin@smith.test", "Smith Tax Co.", "Practice admin"),
    Account("admin@xyz.test", "XYZ Partners", "Practice admin, not connected to Xero"),
    Account("super@countinghouse.test", "All practices", "Super admin"),
)


def account(email: str | None) -> Account | None:
    """The demonstration account with this e-mail address."""
    return next((one for one in ACCOUNTS if one.email == email), None)
