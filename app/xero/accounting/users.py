"""People who may sign in to the organisation in Xero; read only (facts 4.2)."""

from dataclasses import dataclass

from app.xero.accounting.calls import AccountingCalls
from app.xero.shapes import Record, flag, several, text


@dataclass(frozen=True)
class User:
    """role is Xero's word (STANDARD, FINANCIALADVISER, READONLY, REMOVED, …) and may be a new one."""

    id: str
    email: str
    first_name: str
    last_name: str
    role: str
    is_subscriber: bool

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class UserCalls(AccountingCalls):
    def users(self) -> list[User]:
        """All users; the endpoint is not paged. Needs accounting.settings.read."""
        return [_user(row) for row in several(self._get("/Users"), "Users")]


def _user(row: Record) -> User:
    return User(
        id=text(row, "UserID"),
        email=text(row, "EmailAddress"),
        first_name=text(row, "FirstName"),
        last_name=text(row, "LastName"),
        role=text(row, "OrganisationRole"),
        is_subscriber=flag(row, "IsSubscriber"),
    )
