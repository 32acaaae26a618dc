"""Accounting API 2.0, under ``/api.xro/2.0``: one file a noun."""

from __future__ import annotations

from simulator.calls import Api


def apis() -> list[Api]:
    """The calls of every noun."""
    from simulator.accounting import (
        accounts,
        branding_themes,
        contact_groups,
        contacts,
        currencies,
        history,
        invoices,
        items,
        organisation,
        payments,
        tax_rates,
        tracking,
        users,
    )

    nouns = (
        organisation,
        users,
        contacts,
        contact_groups,
        accounts,
        tax_rates,
        items,
        tracking,
        branding_themes,
        currencies,
        invoices,
        payments,
        history,
    )
    return [noun.api for noun in nouns]
