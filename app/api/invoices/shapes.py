"""What the endpoints for invoices take and answer."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BeforeValidator,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from app.api.paging import PageOf, PageQuery
from app.api.shapes import LINE, Answer, Body, CalendarDate, Money, Named

MOST = 500
PushState = Literal["new", "to_send", "blocked", "refused", "sent"]
XeroStatus = Literal["DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"]
LineAmounts = Literal["Exclusive", "Inclusive", "NoTax"]
_NUMBER = re.compile(r"^-?[0-9]{1,10}(\.[0-9]{1,4})?$")


def _written_as_number(value: Any) -> Decimal:
    number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    if not number and not (isinstance(value, str) and _NUMBER.fullmatch(value)):
        raise ValueError("Must be a number such as 1.25.")
    found = Decimal(str(value))
    # Its size first: of 1E+30 four decimals are more than a Decimal holds.
    if not found.is_finite() or abs(found) >= 10**10 or found != round(found, 4):
        raise ValueError("Must be a number with at most ten digits before and four after the point.")
    return found


Number = Annotated[
    Decimal,
    BeforeValidator(_written_as_number),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": _NUMBER.pattern},
                {"type": "number", "minimum": -9999999999.9999, "maximum": 9999999999.9999},
            ],
            "examples": ["1.25"],
        }
    ),
]
"""Up to four decimals: a text such as "1.25", or a JSON number."""
Fine = Annotated[
    Decimal,
    PlainSerializer(lambda value: f"{value.normalize():f}", return_type=str, when_used="json"),
    Field(examples=["1.25"]),
]
"""A number given out: always text, without needless noughts."""
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), Field(examples=["AUD"])]


class NewLine(Body):
    """A line. What is left out comes from its service: name, price, account, tax rate and item, as they are mapped."""

    description: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)] | None = None
    quantity: Number | None = Field(default=None, description="1 when left out.")
    unit_amount: Number | None = Field(
        default=None, description="With or without tax, as `line_amounts` says."
    )
    discount_rate: Number | None = Field(default=None, description="Per cent.")
    service_id: UUID | None = None
    office_id: UUID | None = Field(default=None, description="The request's office when left out.")
    account_id: UUID | None = Field(default=None, description="An entry of the organisation's accounts.")
    tax_rate_id: UUID | None = None
    item_id: UUID | None = None


class NewInvoice(Body):
    """An invoice for a request, or for a client with lines."""

    service_request_id: UUID | None = None
    client_id: UUID | None = Field(
        default=None, description="Needed without a request; beside one it must be the request's client."
    )
    lines: Annotated[list[NewLine], Field(min_length=1, max_length=100)] | None = Field(
        default=None, description="Of a request: its service at its price when left out."
    )
    issued_on: CalendarDate | None = Field(default=None, description="Today when left out.")
    due_on: CalendarDate | None = Field(default=None, description="By the practice's terms when left out.")
    line_amounts: LineAmounts | None = Field(
        default=None,
        description="Prices without tax, with tax, or there is none. As the practice's settings.",
    )
    currency: Currency | None = Field(default=None, description="The organisation's own when left out.")
    reference: Annotated[str, StringConstraints(strip_whitespace=True, max_length=255), LINE] | None = Field(
        default=None, description="Of one for a client; a number of ours when left out."
    )
    use_office_tracking: bool = Field(
        default=True, description="Lines carry their office's tracking option in Xero."
    )
    with_time: bool = Field(
        default=False,
        description="A line more for each task of the request's job on which time was recorded.",
    )
    send: bool = Field(default=True, description="Have it sent to Xero; otherwise it stays a draft here.")


class NewInvoices(NewInvoice):
    """One invoice, or up to 500 in `invoices` and nothing beside them."""

    invoices: Annotated[list[NewInvoice], Field(min_length=1, max_length=MOST)] | None = None

    @model_validator(mode="after")
    def _one_or_many(self) -> "NewInvoices":
        if self.invoices is not None and self.model_fields_set != {"invoices"}:
            raise ValueError("Say one invoice here, or several in `invoices`, but not both.")
        return self


class InvoiceQuery(PageQuery):
    """Which invoices. Newest first."""

    push_state: PushState | None = Field(
        default=None,
        description="new: a draft here; to_send: asked for; blocked: a mapping is missing; refused: by Xero; sent.",
    )
    status: XeroStatus | None = Field(default=None, description="As Xero says; only of those that were sent.")
    client_id: UUID | None = None
    service_request_id: UUID | None = None
    created_since: AwareDatetime | None = None
    updated_since: AwareDatetime | None = Field(
        default=None, description="Changed at that instant or later, by people or by what Xero told."
    )


class Invoice(Answer):
    """A sales invoice. `xero_` fields are as Xero told last, null before."""

    id: UUID
    reference: str
    client: Named
    service_request_id: UUID | None
    push_state: PushState
    push_error: str | None = Field(description="Why it is blocked or refused, in a sentence.")
    send_as: Literal["DRAFT", "SUBMITTED", "AUTHORISED"]
    line_amounts: LineAmounts
    currency: str
    issued_on: date
    due_on: date
    subtotal: Money = Field(description="Worked out here, without tax.")
    tax: Money
    total: Money
    change: Literal["update", "submit", "authorise", "void", "delete"] | None = Field(
        description="What is still to be done to it in Xero."
    )
    change_error: str | None
    xero_invoice_id: str | None
    xero_number: str | None
    xero_status: str | None = Field(examples=["AUTHORISED"])
    xero_currency: str | None
    xero_due_on: date | None
    xero_subtotal: Money | None
    xero_tax: Money | None
    xero_total: Money | None
    xero_paid: Money | None
    xero_credited: Money | None
    xero_due: Money | None
    xero_paid_on: date | None
    difference: Money | None = Field(description="Xero's total less ours; anything but 0.00 needs a look.")
    online_url: str | None = Field(description="Where the client sees it; null for a draft.")
    created_by: str
    created_at: datetime
    updated_at: datetime
    read_at: datetime | None = Field(description="When Xero was last asked or told.")
    ended_at: datetime | None = Field(description="When it was discarded, voided or deleted.")


class InvoicePage(PageOf[Invoice]):
    """Invoices, newest first."""


class Line(Answer):
    """A line as it stands here."""

    id: UUID
    description: str
    quantity: Fine
    unit_amount: Fine
    discount_rate: Fine | None
    line_amount: Money = Field(description="To the cent; with tax in it where the invoice is inclusive.")
    tax_amount: Money
    service_id: UUID | None
    office_id: UUID | None
    account_id: UUID | None
    account: str | None = Field(description="Its code and name in Xero.")
    tax_rate_id: UUID | None
    tax_rate: str | None
    item_id: UUID | None
    item: str | None
    tracking: str | None = Field(description="The office's option in Xero.")


class Payment(Answer):
    """A payment as Xero tells of it."""

    paid_on: date | None
    amount: Money = Field(description="In the invoice's currency.")
    reference: str


class WholeInvoice(Invoice):
    """With its lines and payments."""

    xero_url: str | None = Field(description="The page of it in Xero.")
    lines: list[Line]
    payments: list[Payment]


class Outcome(Answer):
    """What became of one invoice of a call."""

    place: int = Field(description="Where it stood in the call, from 0.")
    outcome: Literal["created", "failed"]
    sentence: str = Field(description="What happened; why it was not written, or why it is not sent.")
    fields: dict[str, list[str]] = Field(description="Each value that was wrong, with what to do.")
    invoice: Invoice | None


class Outcomes(Answer):
    """One entry for each invoice, in the order of the call."""

    outcomes: list[Outcome]
