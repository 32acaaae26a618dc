"""The three-way merge, of values alone."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.sync.contacts.acceptable import refusal
from app.sync.contacts.agreement import NEVER_EMPTY, compare, forced, way_of
from app.sync.contacts.fields import FIELDS

VALUES = st.sampled_from(["", "a", "b", "c"])
NAMES = [one.name for one in FIELDS]
SIDE = st.fixed_dictionaries(dict.fromkeys(NAMES, VALUES))
AGREED = st.dictionaries(st.sampled_from(NAMES), VALUES)
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine draws slowly."""
RULES = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["ask", "ours", "theirs"]))


@CALM
@given(ours=VALUES, theirs=VALUES, agreed=st.none() | VALUES)
def test_a_field_by_what_was_changed(ours: str, theirs: str, agreed: str | None):
    way = way_of(ours, theirs, agreed)
    if ours == theirs:
        assert way == "nothing"
    elif agreed is not None:
        changed = (ours != agreed, theirs != agreed)
        assert way == {(True, True): "conflict", (True, False): "send", (False, True): "take"}[changed]
    else:
        assert way == ("conflict" if ours and theirs else "send" if ours else "take")


@CALM
@given(ours=SIDE, theirs=SIDE, agreed=AGREED, rules=RULES)
def test_what_a_person_typed_is_replaced_by_a_rule_or_not_at_all(ours, theirs, agreed, rules):
    comparison = compare(ours, theirs, agreed, rules)
    for name, value in comparison.take.items():
        typed = ours[name] if agreed.get(name) != ours[name] else ""
        assert not typed or rules.get(name) == "theirs" or (name in NEVER_EMPTY and not ours[name]), (
            name,
            value,
        )
    for name in comparison.send:
        typed = theirs[name] if agreed.get(name) != theirs[name] else ""
        assert not typed or rules.get(name) == "ours"
    assert not {one.field for one in comparison.conflicts} & {
        name for name, rule in rules.items() if rule != "ask"
    }


@CALM
@given(ours=SIDE, theirs=SIDE, agreed=AGREED, rules=RULES)
def test_carried_out_it_comes_to_rest(ours, theirs, agreed, rules):
    """What is taken, sent and agreed leaves nothing but conflicts, which stay as they are."""
    first = compare(ours, theirs, agreed, rules)
    after_ours, after_theirs = {**ours, **first.take}, {**theirs, **first.send}
    after_agreed = {**agreed, **first.same, **first.take, **first.send}
    second = compare(after_ours, after_theirs, after_agreed, rules)
    assert [one.field for one in second.differences] == [one.field for one in first.conflicts]
    assert all(one.way == "conflict" for one in second.differences)
    assert {name: after_ours[name] for name in second.same} == second.same


@CALM
@given(ours=SIDE, theirs=SIDE, agreed=AGREED)
def test_by_force_ours_count(ours, theirs, agreed):
    comparison = forced(compare(ours, theirs, agreed, {}))
    assert comparison.take.keys() <= {name for name in NAMES if not ours[name]}
    for name, value in comparison.send.items():
        assert ours[name] == value
        assert value or name in agreed, "what was never compared is not emptied"


def test_nobody_loses_their_name():
    side = dict.fromkeys(NAMES, "")
    comparison = compare({**side, "name": "Here"}, side, {"name": "Here"}, {})
    assert comparison.send == {"name": "Here"}
    comparison = compare(side, {**side, "name": "There"}, {"name": "There"}, {})
    assert comparison.take == {"name": "There"}


def test_what_xero_would_refuse_is_said_before():
    fine = {"name": "Müller & Søn", "email": "a@b.example", "street": "1\n2\n3\n4", "country": "New Zealand"}
    assert refusal(fine, "ABC-C0001") is None
    for name, value, said in (
        ("name", "<b>", "signs < and >"),
        ("name", "x" * 256, "256 letters, and Xero takes 255"),
        ("name", "", "needs a name"),
        ("email", "müller@b.example", "without umlauts"),
        ("email", "nobody", "as an e-mail address"),
        ("street", "1\n2\n3\n4\n5", "5 lines, and Xero takes 4"),
        ("street", "x" * 501, "more than 500 letters"),
        ("country", "Area 51", "letters only"),
        ("phone", "1" * 51, "Phone: 51 letters"),
    ):
        assert said in (refusal({**fine, name: value}) or ""), (name, value)
    assert "number has more than 50" in (refusal(fine, "x" * 51) or "")
