"""What becomes of a field that a client and its contact share: a three-way merge, of values alone.

agreed  ours  theirs     then
a       a     a          nothing
a       a     b          take theirs; an empty b is a deletion, and travels too
a       b     a          send ours; likewise
a       b     b          nothing: both were changed to the same
a       b     c          a person decides, unless the practice has a rule for the field
–       a     (empty)    send ours, and the other way round: what is there fills what is not
–       a     b          a person decides, unless there is a rule
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.sync.contacts.fields import FIELDS, Values

Way = Literal["nothing", "take", "send", "conflict"]
Rule = Literal["ask", "ours", "theirs"]
ASK: Rule = "ask"
NEVER_EMPTY = {"name"}
"""Fields that neither side can be without: an empty one is no deletion."""


@dataclass(frozen=True)
class Difference:
    """A field in which the two sides differ. `agreed` is None when it was never compared."""

    field: str
    way: Way
    ours: str
    theirs: str
    agreed: str | None

    @property
    def is_deletion(self) -> bool:
        """Whether what travels is an empty value over one that is there."""
        return (self.way == "take" and not self.theirs) or (self.way == "send" and not self.ours)


@dataclass(frozen=True)
class Comparison:
    """A client beside its contact. `same`: fields in which they are alike, with the value."""

    same: Values
    differences: list[Difference] = field(default_factory=list)

    def _values(self, way: Way) -> list[Difference]:
        return [one for one in self.differences if one.way == way]

    @property
    def take(self) -> Values:
        """Field → Xero's value, to be written on our side."""
        return {one.field: one.theirs for one in self._values("take")}

    @property
    def send(self) -> Values:
        """Field → our value, to be written to Xero."""
        return {one.field: one.ours for one in self._values("send")}

    @property
    def conflicts(self) -> list[Difference]:
        """What a person must decide."""
        return self._values("conflict")


def way_of(ours: str, theirs: str, agreed: str | None, rule: Rule = ASK) -> Way:
    """What becomes of one field, its values being tidied (`app.sync.contacts.fields.tidy`)."""
    if ours == theirs:
        return "nothing"
    if agreed is None:
        if not ours or not theirs:
            return "take" if theirs else "send"
    elif theirs == agreed:
        return "send"
    elif ours == agreed:
        return "take"
    return {"ask": "conflict", "ours": "send", "theirs": "take"}[rule]  # type: ignore[return-value]


def compare(
    ours: Mapping[str, str], theirs: Mapping[str, str], agreed: Mapping[str, str], rules: Mapping[str, Rule]
) -> Comparison:
    """All fields of a client and its contact. `agreed` has the fields that were compared before; `rules` those
    fields for which the practice does not want to be asked."""
    same: Values = {}
    differences = []
    for name in (one.name for one in FIELDS):
        way = way_of(ours[name], theirs[name], agreed.get(name), rules.get(name, ASK))
        if name in NEVER_EMPTY and not theirs[name]:
            way = "send" if ours[name] else "nothing"
        elif name in NEVER_EMPTY and not ours[name]:
            way = "take"
        if way == "nothing":
            same[name] = ours[name]
        else:
            differences.append(Difference(name, way, ours[name], theirs[name], agreed.get(name)))
    return Comparison(same, differences)


def forced(comparison: Comparison) -> Comparison:
    """The same, a person having said that ours count wherever the two differ; an empty value of ours that was never
    compared takes nothing away."""
    return Comparison(
        comparison.same,
        [
            one
            if one.agreed is None and not one.ours
            else Difference(one.field, "send", one.ours, one.theirs, one.agreed)
            for one in comparison.differences
        ],
    )
