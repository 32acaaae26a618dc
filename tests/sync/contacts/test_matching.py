"""Which client a contact is: each sign by example, and the whole against a plain model that compares everybody."""

import time
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.sync.contacts.matching import (
    STRENGTHS,
    Claim,
    Index,
    Keys,
    Verdict,
    differing,
    keys_of,
    settle,
    weighed,
)
from app.sync.contacts.writing import kind_of
from app.sync.names import normal_name

A, B, C = (UUID(int=number) for number in (1, 2, 3))
SAME_NAMES = [
    ("Bright Smile Dental Pty. Ltd.", "bright smile dental"),
    ("Bright Smile Dental P/L", "Bright Smile Dental"),
    ("Müller, José", "jose MULLER"),
    ("Dr. Anna O’Brien", "O'Brien, Anna"),
    ("Salt & Stone Catering", "Stone and Salt Catering"),
    ("Bjørn Łukasz", "Bjorn Lukasz"),
    ("Acme L.L.C.", "ACME"),
    ("Straße 9", "STRASSE 9"),
]
OTHER_NAMES = [
    ("Anna Müller", "Anna Mueller"),
    ("J.R. Smith", "JR Smith"),
    ("Smith", "Smithe"),
    ("Pty Ltd", ""),
]


@pytest.mark.parametrize(("one", "other"), SAME_NAMES)
def test_names_that_are_the_same(one, other):
    assert normal_name(one) == normal_name(other) != ""


@pytest.mark.parametrize(("one", "other"), OTHER_NAMES)
def test_names_that_are_not(one, other):
    assert normal_name(one) != normal_name(other)


WORDS = st.lists(st.text("abcéüøß'’-.& XYZ", min_size=1, max_size=8), min_size=1, max_size=4)


@given(WORDS, st.randoms(use_true_random=False))
def test_a_normal_name_keeps_through_order_case_and_itself(words, random):
    name = " ".join(words)
    shuffled = name.split(" ")
    random.shuffle(shuffled)
    assert normal_name(" ".join(shuffled)) == normal_name(name)
    assert normal_name(name.upper()) == normal_name(name) == normal_name(normal_name(name))
    assert normal_name(f"{name} Pty Ltd") == normal_name(name) or not normal_name(name)


def _index(*clients: tuple[UUID, Keys]) -> Index:
    index = Index()
    for client_id, keys in clients:
        index.add(client_id, keys)
    return index


def test_signs_in_their_order_and_ties_for_a_person():
    index = _index(
        (A, Keys("n1", "a@x.test", "ann")),
        (B, Keys("n2", "b@x.test", "bob")),
        (C, Keys("n3", "c@x.test", "bob")),
    )
    judge = index.judge
    assert judge("x", Keys("n1", "new@x.test", "ann")) == Verdict("match", "number", A, (), 1)
    assert judge("x", Keys("", "a@x.test", "somebody")) == Verdict("match", "e-mail", A, (), 2)
    assert judge("x", Keys("", "", "ann")) == Verdict("match", "name", A, (), 3)
    assert judge("x", Keys("", "", "bob")) == Verdict("possible", "several_name", None, (B, C))
    assert judge("x", Keys("", "b@x.test", "bob")) == Verdict("match", "e-mail", B, (), 2)
    assert judge("x", Keys("", "a@x.test", "bob")) == Verdict("possible", "signs_disagree", None, (A, B, C))
    assert judge("x", Keys("no", "one@x.test", "knows")) == Verdict("new", "nobody")
    index.add_mapping(A, "contact-a")
    assert judge("contact-a", Keys()) == Verdict("mapped", "mapped", A)
    assert judge("x", Keys("n1")) == Verdict("conflict", "client_taken", A, (A,), 1)
    index.ignored.add("supplier")
    assert judge("supplier", Keys("n2")).kind == "ignored"
    weak = keys_of("", {"name": "Nobody Else", "phone": "+61 2 9123 4567"})
    index.add(UUID(int=4), keys_of("n4", {"name": "Dora", "phone": "(02) 9123 4567"}))
    assert judge("x", weak) == Verdict("possible", "weak", UUID(int=4), (UUID(int=4),), 4)
    index.add(UUID(int=5), Keys("n5", "e@x.test", "eve"), archived=True)
    assert judge("x", Keys("", "e@x.test", "eve")).why == "archived"


def test_what_several_contacts_claim_is_settled():
    claims = [
        Claim("number", A, 1),
        Claim("e-mail", A, 2),
        Claim("one", B, 3),
        Claim("two", B, 3),
        Claim("alone", C, 3),
    ]
    assert settle(claims) == {"e-mail": "claimed_better", "one": "claimed_twice", "two": "claimed_twice"}


def test_details_that_both_hold_and_that_differ_make_a_conflict():
    ours = {
        "name": "Hill Bakery Pty Ltd",
        "email": "a@x.test",
        "phone": "02 9123 4567",
        "street": "1 Hill St",
    }
    alike = {"name": "HILL BAKERY", "email": "A@x.test", "phone": "+61 2 9123 4567", "street": "1 hill st,"}
    match = Verdict("match", "e-mail", A, (), 2)
    assert weighed(match, ours, alike).kind == "match"
    assert differing(ours, {**alike, "phone": "02 9999 0000", "mobile": "0400 000 000"}) == ("phone",)
    assert differing(ours, {**alike, "street": "9 Elsewhere"}) == ("street",)
    assert weighed(match, ours, {**alike, "phone": "02 9999 0000"}) == Verdict(
        "conflict", "differs", A, (A,), 2, ("phone",)
    )


def test_the_kind_of_client():
    assert kind_of({"name": "Hill Bakery P/L"}) == "company"
    assert kind_of({"name": "Smith Family Trust"}) == "trust"
    assert kind_of({"name": "Smith SMSF"}) == "super_fund"
    assert kind_of({"name": "Ann Lee", "first_name": "Ann", "last_name": "Lee"}) == "individual"
    assert kind_of({"name": "Corner Shop"}) == "other"


FEW = st.sampled_from(["", "", "k1", "k2", "k3"])
KEYS = st.builds(lambda n, e, m, w: Keys(n, e, m, (w,) if w else ()), FEW, FEW, FEW, FEW)


def _by_comparing_all(keys: Keys, clients: list[tuple[UUID, Keys]]) -> Verdict:
    """The rule again, the slow way: everybody is compared with everybody, sign by sign."""
    fits = {
        "number": [one for one, other in clients if keys.number and other.number == keys.number],
        "e-mail": [one for one, other in clients if keys.email and other.email == keys.email],
        "name": [one for one, other in clients if keys.name and other.name == keys.name],
        "weak": [one for one, other in clients if set(keys.weak) & set(other.weak)],
    }
    sign = next((sign for sign, found in fits.items() if found), None)
    if sign is None:
        return Verdict("new", "nobody")
    found = fits[sign]
    if len(found) > 1:
        return Verdict("possible", f"several_{sign}", None, tuple(found))
    if sign == "weak":
        return Verdict("possible", "weak", found[0], tuple(found), 4)
    order = ["number", "e-mail", "name"]
    against = [
        one for later in order[order.index(sign) + 1 :] if found[0] not in fits[later] for one in fits[later]
    ]
    if against:
        return Verdict("possible", "signs_disagree", None, (found[0], *dict.fromkeys(against)))
    return Verdict("match", sign, found[0], (), STRENGTHS[sign])


@settings(max_examples=300)
@given(st.lists(KEYS, max_size=6), KEYS)
def test_hash_joins_say_what_comparing_all_says(clients, keys):
    named = [(UUID(int=number), one) for number, one in enumerate(clients, 1)]
    assert _index(*named).judge("contact", keys) == _by_comparing_all(keys, named)


def test_fifty_thousand_on_each_side_are_one_pass():
    """Ten times as many take about ten times as long, where comparing all would take a hundred times."""

    def seconds(count: int) -> float:
        sides = [keys_of(f"N{n}", {"name": f"Client {n}", "email": f"c{n}@x.test"}) for n in range(count)]
        started = time.process_time()
        index = _index(*((UUID(int=number), keys) for number, keys in enumerate(sides)))
        assert all(index.judge("x", keys).client_id == UUID(int=n) for n, keys in enumerate(sides))
        return time.process_time() - started

    assert seconds(50_000) < 40 * seconds(5_000)
