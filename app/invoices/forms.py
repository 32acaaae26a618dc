"""The form of an invoice. Values travel to the actions, which judge them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)

from app.forms import PageForm, TypedDate, as_id
from app.invoices.books import Books
from app.invoices.lines import MOST_LINES, LineDetails
from app.invoices.terms import TermsDetails
from app.models import Invoice
from app.sync.lists.words import label_of

FIRST_LINES, MORE_LINES = 3, 3
TAX_WORDS = {
    "Exclusive": "Prices are without tax",
    "Inclusive": "Prices include tax",
    "NoTax": "No tax",
}
_FIGURES = ("quantity", "unit_amount", "discount_rate")
_CHOSEN = ("service_id", "office_id", "account_id", "tax_rate_id", "item_id")


class LineForm(Form):  # type: ignore[misc]
    id = HiddenField()
    description = TextAreaField("Description")
    quantity = StringField("Quantity")
    unit_amount = StringField("Price")
    discount_rate = StringField("Discount %")
    service_id = SelectField("Service", validate_choice=False)
    account_id = SelectField("Account", validate_choice=False)
    tax_rate_id = SelectField("Tax rate", validate_choice=False)
    item_id = SelectField("Item", validate_choice=False)
    office_id = SelectField("Office", validate_choice=False)


class InvoiceForm(PageForm):
    """A new invoice, or the changes to one."""

    client_id = HiddenField()
    revision = HiddenField()
    issued_on = TypedDate("Date")
    due_on = TypedDate("Due date")
    reference = StringField("Reference")
    line_amounts = SelectField("Tax", choices=TAX_WORDS, validate_choice=False)
    currency = SelectField("Currency", validate_choice=False)
    track = BooleanField("Give each line its office’s tracking option in Xero", default=True)
    lines = FieldList(FormField(LineForm), max_entries=MOST_LINES + MORE_LINES)

    def offer(self, books: Books, services: Iterable[Any], offices: Iterable[Any]) -> None:
        """What can be chosen: services (rows of id, name), offices (id, name, active), and the organisation's lists."""
        self.currency.choices = books.currencies()
        known = {str(one.id): one.name for one in services}
        places = list(offices)
        lists = {kind: _entries(books, kind) for kind in ("account", "tax_rate", "item")}
        for line in self.lines.entries:
            form = line.form
            form.service_id.choices = {"": "None", **known}
            kept = {
                str(one.id): one.name for one in places if one.active or str(one.id) == form.office_id.data
            }
            form.office_id.choices = {"": "None", **kept}
            for kind, usual in (
                ("account", "The service’s"),
                ("tax_rate", "The account’s"),
                ("item", "The service’s"),
            ):
                field = form[f"{kind}_id"]
                field.choices = {"": usual, **_offered(lists[kind], field.data)}

    @property
    def details(self) -> TermsDetails:
        return {
            "issued_on": self.issued_on.data,
            "due_on": self.due_on.data,
            "line_amounts": self.line_amounts.data,
            "currency": self.currency.data,
            "reference": self.reference.data,
        }

    @property
    def written(self) -> list[LineDetails]:
        """Every line as it stands on the page, empty ones included."""
        return [_read(line.form) for line in self.lines.entries[: MOST_LINES + 1]]

    @classmethod
    def anew(cls, terms: Mapping[str, Any], lines: Sequence[LineDetails]) -> "InvoiceForm":
        """The form with these values and lines instead of what was posted."""
        shown = [{name: _shown(value) for name, value in line.items()} for line in lines]
        return cls(formdata=None, data={**terms, "lines": shown})


def blank(count: int) -> list[LineDetails]:
    return [{} for _ in range(count)]


def is_empty(line: LineDetails) -> bool:
    """Whether nobody wrote or chose anything in the line; such a line is left out when saving."""
    return not any(value for name, value in line.items() if name != "office_id")


def rearranged(lines: list[LineDetails], wish: str) -> list[LineDetails]:
    """The lines after a button: add, or remove-2. Nothing happens for a wish that is none."""
    verb, _, place = wish.partition("-")
    at = int(place) if place.isascii() and place.isdigit() and len(place) < 4 else -1
    if verb == "add":
        return [*lines, *blank(MORE_LINES)]
    return [line for here, line in enumerate(lines) if verb != "remove" or here != at] or blank(1)


def of_invoice(invoice: Invoice, rows: Iterable[Any]) -> InvoiceForm:
    """The form of an invoice with its lines (rows of `queries.lines_of`)."""
    found = list(rows)
    lines: list[LineDetails] = [
        {
            "id": row.id,
            "description": row.description,
            **{name: _plain(getattr(row, name)) for name in _FIGURES},  # type: ignore[typeddict-item]
            **{name: getattr(row, name) for name in _CHOSEN},
        }
        for row in found
    ]
    terms = {
        "revision": invoice.revision,
        "issued_on": invoice.issued_on.isoformat(),
        "due_on": invoice.due_on.isoformat(),
        "reference": invoice.reference,
        "line_amounts": invoice.line_amounts,
        "currency": invoice.currency,
        "track": invoice.tracks_offices,
    }
    return InvoiceForm.anew(terms, [*lines, *blank(1)])


def _read(form: Any) -> LineDetails:
    found: LineDetails = {
        "id": as_id(form.id.data),
        "description": form.description.data,
        "quantity": form.quantity.data,
        "unit_amount": form.unit_amount.data,
        "discount_rate": form.discount_rate.data,
        "service_id": as_id(form.service_id.data),
        "account_id": as_id(form.account_id.data),
        "tax_rate_id": as_id(form.tax_rate_id.data),
        "item_id": as_id(form.item_id.data),
        "office_id": as_id(form.office_id.data),
    }
    return found


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


def _plain(value: Any) -> str | None:
    """`2.5`, `1250.50`: a figure without zeros that say nothing, money with its cents."""
    if value is None:
        return None
    text = f"{value.normalize():f}"
    whole, _, part = text.partition(".")
    return f"{whole}.{part:0<2}" if part else whole


def _entries(books: Books, kind: str) -> dict[str, tuple[str, bool]]:
    """Id → what it is called, and whether it can be chosen anew; by code and name."""
    found = [one for one in books.lists.values() if one.kind == kind]
    found.sort(key=lambda one: (one.code if kind != "tax_rate" else "", one.name.casefold()))
    return {str(one.id): (label_of(one), one.usable) for one in found}


def _offered(entries: Mapping[str, tuple[str, bool]], chosen: str | None) -> dict[str, str]:
    """Those that can be chosen, and the one that is chosen already, whatever became of it."""
    return {
        key: name if usable else f"{name} (no longer usable)"
        for key, (name, usable) in entries.items()
        if usable or key == chosen
    }
