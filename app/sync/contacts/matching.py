"""Which client a contact of Xero is: pure functions over keys, one pass over each side, nothing looked up.

The signs, best first (requirements D2): the contact's id (a mapping), our client number, the e-mail, the name. The
first sign that points anywhere decides, and only if it points at one client and no later sign points at another; what
is doubtful goes to a person, and a tie is never chosen by the machine.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from uuid import UUID

from app.sync.contacts.fields import ADDRESS, Values
from app.sync.names import normal_name

Kind = Literal["new", "match", "possible", "conflict", "ignored", "mapped"]
RANKS: Mapping[Kind, int] = {
    "conflict": 0,
    "possible": 1,
    "match": 2,
    "new": 3,
    "mapped": 4,
    "ignored": 5,
}
"""Order of a list: what needs a person comes first."""

NUMBER, EMAIL, NAME, WEAK = "number", "e-mail", "name", "weak"
STRENGTHS: Mapping[str, int] = {NUMBER: 1, EMAIL: 2, NAME: 3, WEAK: 4}
SHORTEST_PHONE = 8
"""Digits: a shorter number is an extension, shared by many."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What one side is recognised by; empty: none. `weak`: tax or register number, phones."""

    number: str = ""
    email: str = ""
    name: str = ""
    weak: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a contact is. `client_id`: the one client, where there is one; `candidates`: all it may be, where a person
    must look; `why`: the sign, or what speaks against it; `strength`: of the sign for `client_id`, 1 best, 0 none."""

    kind: Kind
    why: str = ""
    client_id: UUID | None = None
    candidates: tuple[UUID, ...] = ()
    strength: int = 0
    differs: tuple[str, ...] = field(default=())


def keys_of(number: str, values: Values) -> Keys:
    """The keys of either side: `number` ours or the ContactNumber, `values` as of `fields.of_client`."""
    weak = {f"tax {digits}" for name in ("tax_number",) if (digits := _digits(values.get(name, "")))}
    weak |= {f"reg {digits}" for name in ("company_number",) if (digits := _digits(values.get(name, "")))}
    phones = (_phone(values.get(name, "")) for name in ("phone", "mobile"))
    weak |= {f"tel {phone}" for phone in phones if phone}
    return Keys(
        number=number.strip().casefold(),
        email=values.get("email", "").strip().casefold(),
        name=normal_name(values.get("name", "")),
        weak=tuple(sorted(weak)),
    )


def _digits(value: str) -> str:
    return re.sub(r"\W", "", value).casefold()


def _phone(value: str) -> str:
    """The last nine digits: with and without the country's code or the leading nought it is one number."""
    digits = re.sub(r"\D", "", value)
    return digits[-9:] if len(digits) >= SHORTEST_PHONE else ""


@dataclass
class Index:
    """The clients of a practice by their keys, and what is decided already. Each client is looked at once."""

    by_sign: dict[str, dict[str, tuple[UUID, ...]]] = field(
        default_factory=lambda: {sign: {} for sign in STRENGTHS}
    )
    archived: set[UUID] = field(default_factory=set)
    mapped: dict[str, UUID] = field(default_factory=dict)
    """Contact id → its client."""
    taken: dict[UUID, str] = field(default_factory=dict)
    """Client → the contact id it is mapped to."""
    ignored: set[str] = field(default_factory=set)

    def add(self, client_id: UUID, keys: Keys, *, archived: bool = False) -> None:
        if archived:
            self.archived.add(client_id)
        alone = (client_id,)  # one object for all its keys: there may be a hundred thousand clients
        for sign, key in _entries(keys):
            found = self.by_sign[sign]
            known = found.get(key, ())
            if client_id not in known:
                found[key] = (*known, client_id) if known else alone

    def add_mapping(self, client_id: UUID, contact_id: str) -> None:
        self.mapped[contact_id] = client_id
        self.taken[client_id] = contact_id

    def judge(self, contact_id: str, keys: Keys) -> Verdict:
        """What this contact is, by itself: what other contacts claim is `settle`'s matter."""
        if contact_id in self.mapped:
            return Verdict("mapped", "mapped", self.mapped[contact_id])
        if contact_id in self.ignored:
            return Verdict("ignored", "ignored")
        for sign, found in self._signs(keys):
            if found:
                return self._by_sign(sign, found, keys)
        return Verdict("new", "nobody")

    def _signs(self, keys: Keys) -> Iterable[tuple[str, tuple[UUID, ...]]]:
        yield NUMBER, self._at(NUMBER, keys.number)
        yield EMAIL, self._at(EMAIL, keys.email)
        yield NAME, self._at(NAME, keys.name)
        weak = (client_id for key in keys.weak for client_id in self._at(WEAK, key))
        yield WEAK, tuple(dict.fromkeys(weak))

    def _at(self, sign: str, key: str) -> tuple[UUID, ...]:
        return self.by_sign[sign].get(key, ()) if key else ()

    def _by_sign(self, sign: str, found: tuple[UUID, ...], keys: Keys) -> Verdict:
        if len(found) > 1:
            return Verdict("possible", f"several_{sign}", None, found)
        (client_id,) = found
        strength = STRENGTHS[sign]
        if client_id in self.taken:
            return Verdict("conflict", "client_taken", client_id, found, strength)
        if sign == WEAK:
            return Verdict("possible", WEAK, client_id, found, strength)
        if client_id in self.archived:
            return Verdict("possible", "archived", client_id, found, strength)
        others = self._others(sign, client_id, keys)
        if others:
            return Verdict("possible", "signs_disagree", None, (client_id, *others))
        return Verdict("match", sign, client_id, (), strength)

    def _others(self, sign: str, client_id: UUID, keys: Keys) -> tuple[UUID, ...]:
        """Clients that a later sign points at instead of this one. A name that several share, this one among them,
        says nothing against it."""
        against: dict[UUID, None] = {}
        for later, found in self._signs(keys):
            if later != WEAK and STRENGTHS[later] > STRENGTHS[sign] and found and client_id not in found:
                against |= dict.fromkeys(found)
        return tuple(against)


def _entries(keys: Keys) -> list[tuple[str, str]]:
    strong = [(NUMBER, keys.number), (EMAIL, keys.email), (NAME, keys.name)]
    return [(sign, key) for sign, key in (*strong, *((WEAK, one) for one in keys.weak)) if key]


@dataclass(frozen=True, slots=True)
class Claim:
    """A contact that wants one client."""

    contact_id: str
    client_id: UUID
    strength: int


def settle(claims: Iterable[Claim]) -> dict[str, str]:
    """Contact id → why it may not simply have the client it claims; for claims of clients that are wanted twice.

    One with a better sign than all others keeps its claim (the others: ``claimed_better``); of several with the same
    best sign none does (``claimed_twice``).
    """
    by_client: dict[UUID, list[Claim]] = defaultdict(list)
    for claim in claims:
        by_client[claim.client_id].append(claim)
    lost: dict[str, str] = {}
    for rivals in by_client.values():
        best = min(claim.strength for claim in rivals)
        alone = sum(claim.strength == best for claim in rivals) == 1
        for claim in rivals:
            if claim.strength > best:
                lost[claim.contact_id] = "claimed_better"
            elif not alone:
                lost[claim.contact_id] = "claimed_twice"
    return lost


def differing(ours: Values, theirs: Values) -> tuple[str, ...]:
    """Fields that both hold and that do not mean the same; spelling and spacing do not count. An address counts as a
    whole, as Xero keeps it."""
    found = [
        name
        for name in theirs
        if name not in ADDRESS
        and ours.get(name)
        and theirs[name]
        and _meant(name, ours[name]) != _meant(name, theirs[name])
    ]
    here, there = (tuple(_meant(name, side.get(name, "")) for name in ADDRESS) for side in (ours, theirs))
    if any(here) and any(there) and here != there:
        found += [name for name, a, b in zip(ADDRESS, here, there, strict=True) if a and b and a != b]
    return tuple(found)


def _meant(name: str, value: str) -> str:
    if name == "name":
        return normal_name(value)
    if name in {"phone", "mobile"}:
        return _phone(value) or _digits(value)
    if name in {"company_number", "tax_number"}:
        return _digits(value)
    return " ".join(re.findall(r"[^\s,]+", value.casefold()))


def weighed(verdict: Verdict, ours: Values, theirs: Values) -> Verdict:
    """The match, or a conflict when both sides hold something different."""
    differs = differing(ours, theirs)
    if verdict.kind != "match" or not differs:
        return replace(verdict, differs=differs)
    assert verdict.client_id is not None
    return replace(verdict, kind="conflict", why="differs", candidates=(verdict.client_id,), differs=differs)
