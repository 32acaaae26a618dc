"""Branding themes: how an invoice looks. Read only."""

from __future__ import annotations

from simulator.accounting.api import Instant, accounting_api, reading
from simulator.accounting.settings import listed, one
from simulator.calls import Call
from simulator.journal import Record
from simulator.reply import Reply

api = accounting_api("branding_themes")


def rendered(theme: Record) -> Record:
    shown = {name: value for name, value in theme.items() if name != "updated"}
    return {**shown, "Type": "INVOICE", "CreatedDateUTC": Instant(theme["updated"])}


@api.route("/BrandingThemes", "GET", *reading("settings"))
def get_themes(call: Call) -> Reply:
    themes = call.organisation.table("branding_themes").all()
    return listed(call, "BrandingThemes", themes, "BrandingThemeID", rendered)


@api.route("/BrandingThemes/<theme_id>", "GET", *reading("settings"))
def get_theme(call: Call, theme_id: str) -> Reply:
    return one(
        call, "BrandingThemes", call.organisation.table("branding_themes").get(theme_id.lower()), rendered
    )
