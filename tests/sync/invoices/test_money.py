"""Any lines, quantities, prices, discounts, tax modes and rates: our total is the simulator's, which rounds as Xero
does. Sent over HTTP, many invoices a call.
"""

import json
import os
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from app.sync.invoices import money
from app.sync.invoices.money import Charge
from app.xero import money as wire
from app.xero.accounting.invoice_shapes import (
    Invoice,
    InvoiceFields,
    Line,
    body_of,
    invoice_of,
    needs_four_decimals,
)
from tests.sync.contacts.practice import NO_LIMITS, Pair

EXAMPLES, SEED = int(os.environ.get("EXAMPLES", "6")), int(os.environ.get("SEED", "20261120"))
RATES = {
    "T0": "0",
    "T5": "5",
    "T10": "10",
    "T12": "12.5",
    "T15": "15",
    "T20": "20",
    "T4": "4.712",
    "T33": "33.3333",
}


@dataclass(frozen=True)
class Drawn:
    """An invoice to be. `charges`: with the name of each one's tax rate."""

    line_amounts: str
    charges: tuple[tuple[str, Charge], ...]

    @property
    def total(self) -> Decimal:
        return money.totals(self.amounts, self.line_amounts).total

    @property
    def amounts(self) -> list[money.Amounts]:
        return [money.amounts_of(charge, self.line_amounts) for _, charge in self.charges]

    def turned(self) -> "Drawn":
        """Xero takes no invoice below zero: what would be one is billed the other way round."""
        charges = tuple((tax, replace(charge, quantity=-charge.quantity)) for tax, charge in self.charges)
        return replace(self, charges=charges) if self.total < 0 else self


def scaled(most: int, places: int) -> st.SearchStrategy[Decimal]:
    return st.integers(0, most).map(lambda number: Decimal(number).scaleb(-places))


@st.composite
def charges(draw: st.DrawFn) -> tuple[str, Charge]:
    tax = draw(st.sampled_from(sorted(RATES)))
    quantity = draw(st.one_of(scaled(100, 0), scaled(400, 2), scaled(2_000_000, 4)))
    sign = draw(st.sampled_from((1, 1, 1, -1)))
    price = draw(st.one_of(scaled(100_000, 2), scaled(10_000_000, 4), scaled(1_000_000_00, 2)))
    discount = draw(st.one_of(st.none(), scaled(100, 0), scaled(10_000, 2)))
    return tax, Charge(quantity * sign, price, Decimal(RATES[tax]), discount)


@st.composite
def invoices(draw: st.DrawFn) -> Drawn:
    lines = draw(st.lists(charges(), min_size=1, max_size=6))
    return Drawn(draw(st.sampled_from(("Exclusive", "Inclusive", "NoTax"))), tuple(lines)).turned()


@pytest.fixture
def ledger(app, cast, simulator, work) -> Pair:
    simulator.limits(**NO_LIMITS)
    pair = Pair(app, cast.abc, "ABC Pty Ltd", simulator, work)
    simulator.post("tax_rates", {"organisation": pair.organisation, "rates": RATES})
    return pair


def made(pair: Pair, contact_id: str, batch: list[Drawn]) -> list[Invoice]:
    """What becomes of these in the simulator."""
    fields = [
        InvoiceFields(
            contact_id,
            tuple(
                Line(
                    "Work",
                    charge.quantity,
                    charge.unit_amount,
                    "200",
                    tax,
                    discount_rate=charge.discount_rate,
                )
                for tax, charge in one.charges
            ),
            line_amounts=one.line_amounts,
        )
        for one in batch
    ]
    unitdp = {"unitdp": "4"} if needs_four_decimals(fields) else {}
    reply = pair.send_raw(
        "PUT",
        "/Invoices",
        wire.dumps({"Invoices": [body_of(one) for one in fields]}),
        {"summarizeErrors": "false", **unitdp},
    )
    found = json.loads(reply, parse_float=Decimal)["Invoices"]
    assert not [row["ValidationErrors"] for row in found if row.get("ValidationErrors")]
    return [invoice_of(row) for row in found]


def compare(pair: Pair, examples: int, phases: tuple[Phase, ...] = tuple(Phase)) -> None:
    contact_id = pair.make("Rounded Off")

    @seeded(SEED)
    @settings(
        max_examples=examples,
        phases=phases,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(invoices(), min_size=10, max_size=40))
    def agree(batch: list[Drawn]) -> None:
        for ours, theirs in zip(batch, made(pair, contact_id, batch), strict=True):
            lines = [(line.line_amount, line.tax_amount) for line in theirs.lines]
            assert [(one.line, one.tax) for one in ours.amounts] == lines, ours
            sums = money.totals(ours.amounts, ours.line_amounts)
            assert (sums.subtotal, sums.tax, sums.total) == (theirs.subtotal, theirs.tax, theirs.total), ours

    agree()


def test_our_total_is_the_simulators(ledger: Pair):
    compare(ledger, EXAMPLES)


@pytest.mark.parametrize("wrong", ["half to even", "down", "tax of the sum", "cents for prices"])
def test_a_wrong_rounding_is_found(ledger: Pair, monkeypatch, wrong: str):
    if wrong in {"half to even", "down"}:
        monkeypatch.setattr(
            money, "ROUND_HALF_UP", ROUND_HALF_EVEN if wrong == "half to even" else ROUND_DOWN
        )
    elif wrong == "cents for prices":
        monkeypatch.setattr(money, "FINE", money.CENT)
    else:
        monkeypatch.setattr(
            money,
            "_tax",
            lambda line, share, kind: Decimal("0.00") if kind == "NoTax" else (line * share).normalize(),
        )
    with pytest.raises(AssertionError):
        compare(ledger, 20, phases=(Phase.generate,))
