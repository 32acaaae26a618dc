"""The console: what is in the simulated Xero, and the switches scripts and people use."""

from __future__ import annotations

from flask import Blueprint


def blueprints() -> list[Blueprint]:
    """Pages, switches and deep links."""
    from simulator.console import books, deep_links, pages, switches

    return [switches.blueprint, pages.blueprint, books.blueprint, deep_links.blueprint]
