"""What an invoice comes to, worked out as Xero does (facts 4.1, 4.4): each line's amount and tax are rounded to the
cent, half up, and then added. Pure: no rows, no clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
FINE = Decimal("0.0001")
LARGEST = Decimal("9999999999.99")
"""The largest amount of a line that Xero takes."""
NO_TAX = "NONE"


@dataclass(frozen=True)
class Charge:
    """A line's figures. unit_amount has at most four decimals; discount_rate and tax_rate are in per cent."""

    quantity: Decimal
    unit_amount: Decimal
    tax_rate: Decimal = Decimal(0)
    discount_rate: Decimal | None = None


@dataclass(frozen=True)
class Amounts:
    """To the cent. line: with tax in it where the invoice is inclusive; tax: the line's own."""

    line: Decimal
    tax: Decimal


@dataclass(frozen=True)
class Totals:
    """To the cent: subtotal + tax = total."""

    subtotal: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        return self.subtotal + self.tax


def amounts_of(charge: Charge, line_amounts: str) -> Amounts:
    """One line. `line_amounts`: Exclusive, Inclusive or NoTax."""
    full = charge.quantity * charge.unit_amount.quantize(FINE, ROUND_HALF_UP)
    if charge.discount_rate:
        full = full * (100 - charge.discount_rate) / 100
    line = full.quantize(CENT, ROUND_HALF_UP)
    return Amounts(line, _tax(line, charge.tax_rate / 100, line_amounts))


def _tax(line: Decimal, share: Decimal, line_amounts: str) -> Decimal:
    if line_amounts == "NoTax":
        return Decimal("0.00")
    tax = line - line / (1 + share) if line_amounts == "Inclusive" else line * share
    return tax.quantize(CENT, ROUND_HALF_UP)


def totals(lines: Iterable[Amounts], line_amounts: str) -> Totals:
    """The invoice's sums from its lines."""
    given = list(lines)
    tax = sum((one.tax for one in given), Decimal("0.00"))
    amounts = sum((one.line for one in given), Decimal("0.00"))
    return Totals(amounts - tax if line_amounts == "Inclusive" else amounts, tax)
