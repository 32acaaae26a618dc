"""Accounting API 2.0, under ``/api.xro/2.0``: one file a noun."""

from __future__ import annotations

from simulator.calls import Api


def apis() -> list[Api]:
    """The calls of every noun."""
    from simulator.accounting import contacts, organisation, users

    return [organisation.api, users.api, contacts.api]
