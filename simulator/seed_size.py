"""Numbered contacts and invoices, as many as a trial of size needs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from simulator import ids
from simulator.accounting.contact_rules import empty_contact
from simulator.clock import Clock
from simulator.state import Organisation


def add_contacts(organisation: Organisation, count: int, milliseconds: int) -> int:
    """Add numbered contacts; returns how many the organisation then holds."""
    table = organisation.table("contacts")
    first = len(table) + 1
    for number in range(first, first + count):
        contact = {
            "ContactID": ids.fixed("bulk-contact", organisation.id, str(number)),
            **empty_contact(),
            "Name": f"Client Number {number:06d}",
            "FirstName": "Client",
            "LastName": f"{number:06d}",
            "EmailAddress": f"client{number:06d}@mail.test",
            "Addresses": [
                {
                    "AddressType": "STREET",
                    "AddressLine1": f"{number % 400 + 1} Numbered Street",
                    "City": "Parramatta",
                    "Region": "NSW",
                    "PostalCode": "2150",
                    "Country": "Australia",
                }
            ],
            "Phones": [
                {
                    "PhoneType": kind,
                    "PhoneNumber": f"{first_digit}{number:07d}",
                    "PhoneAreaCode": "",
                    "PhoneCountryCode": "61",
                }
                for kind, first_digit in (("DEFAULT", "9"), ("MOBILE", "4"))
            ],
            "updated": milliseconds,
        }
        table.save(contact["ContactID"], contact)
    return len(table)


def add_invoices(organisation: Organisation, count: int, clock: Clock) -> None:
    """Add authorised sales invoices of one line, spread over the contacts and the last ninety days."""
    contacts = organisation.table("contacts").all()
    revenue = next(one for one in organisation.table("accounts").all() if one["Class"] == "REVENUE")
    theme_id = organisation.table("branding_themes").names()[0]
    table = organisation.table("invoices")
    today, now = clock.now().date(), clock.milliseconds()
    first = len(table) + 1
    for number in range(first, first + count):
        net = Decimal(100 + number % 40 * 25).quantize(Decimal("0.01"))
        tax = (net / 10).quantize(Decimal("0.01"))
        day = today - timedelta(days=number % 90)
        invoice_id = ids.fixed("bulk-invoice", organisation.id, str(number))
        table.save(
            invoice_id,
            {
                "InvoiceID": invoice_id,
                "Type": "ACCREC",
                "InvoiceNumber": f"SEED-{number:06d}",
                "Reference": "",
                "Url": "",
                "contact_id": contacts[number % len(contacts)]["ContactID"],
                "Date": day.isoformat(),
                "DueDate": (day + timedelta(days=14)).isoformat(),
                "LineAmountTypes": "Exclusive",
                "LineItems": [
                    {
                        "LineItemID": ids.fixed("bulk-line", organisation.id, str(number)),
                        "Description": "Professional services",
                        "Quantity": Decimal(1),
                        "UnitAmount": net,
                        "LineAmount": net,
                        "AccountCode": revenue["Code"],
                        "AccountID": revenue["AccountID"],
                        "TaxType": "OUTPUT",
                        "TaxAmount": tax,
                        "Tracking": [],
                    }
                ],
                "Status": "AUTHORISED",
                "CurrencyCode": "AUD",
                "SentToContact": False,
                "BrandingThemeID": theme_id,
                "SubTotal": net,
                "TotalTax": tax,
                "Total": net + tax,
                "AmountDue": net + tax,
                "AmountPaid": Decimal("0.00"),
                "FullyPaidOnDate": None,
                "client_id": "",
                "updated": now,
            },
        )
