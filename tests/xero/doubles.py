"""Stand-ins for what a transport asks of its surroundings; they let everything through and remember."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.xero.gate import Pass

API = "https://api.xero.com"
ORGANISATION = "11111111-2222-3333-4444-555555555555"


@dataclass
class Tokens:
    token: str = "token-one"
    renewals: list[str] = field(default_factory=list)

    def current(self) -> str:
        return self.token

    def renewed(self, stale: str) -> str:
        self.renewals.append(stale)
        self.token = "token-two"
        return self.token


@dataclass
class OpenGate:
    """Lets everything through, or raises what it is told to, and remembers."""

    refuse: Exception | None = None
    entered: list[tuple[str, bool]] = field(default_factory=list)
    left: list[tuple[Mapping[str, str] | None, int | None]] = field(default_factory=list)

    def enter(self, organisation: str, *, interactive: bool) -> Pass:
        if self.refuse:
            raise self.refuse
        self.entered.append((organisation, interactive))
        return Pass(str(len(self.entered)), organisation)

    def leave(self, pass_: Pass, reply_headers: Mapping[str, str] | None, status: int | None) -> None:
        assert pass_.number == str(len(self.left) + 1)
        self.left.append((reply_headers, status))
