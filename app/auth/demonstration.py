"""The demonstration's accounts, as the sign-in page offers them. Shown in demonstration mode only."""

from dataclasses import dataclass

PASSWORD = "countinghouse-demo"  # noqa: S105  public on purpose: invented practices, shown on the page


@dataclass(frozen=True)
class Account:
    email: str
    name: str
    practice: str
    role: str


ACCOUNTS = (
    Account("admin@abc.test", "Alice Carter", "ABC Accounting", "Practice admin"),
    Account("jane@abc.test", "Jane Doe", "ABC Accounting", "Accountant"),
    Account("client@abc.test", "A client", "ABC Accounting", "Client"),
    Account("admin@smith.test", "Tom Smith", "Smith Tax Co.", "Practice admin"),
    Account("admin@xyz.test", "Nina Zhou", "XYZ Partners", "Practice admin, not connected to Xero"),
    Account("super@countinghouse.test", "Robin Vale", "All practices", "Super admin"),
)


def account(email: str | None) -> Account | None:
    """The demonstration account with this e-mail address."""
    return next((one for one in ACCOUNTS if one.email == email), None)
