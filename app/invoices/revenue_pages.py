"""The revenue page and its file."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.auth.viewer import the_company
from app.charts import MOST_SERIES, Chart, monthly_bars
from app.documents.asking import today_of
from app.formats import NOTHING, calendar_date, money
from app.invoices import revenue
from app.invoices.revenue import NONE, Part, Period, Revenue, month_of, months_before
from app.navigation import url_if
from app.spreadsheets import BOM, csv_line, spreadsheet
from app.sync.connections import current_connection

bp = Blueprint("revenue", __name__, url_prefix="/revenue")
USUAL_MONTHS, MOST_MONTHS = 12, 60
HEADINGS = ("Month", "Office", "Service", "Currency", "Net of tax", "Lines")


@bp.get("")
def index() -> ResponseReturnValue:
    """Revenue by office and service. Query: from, to (months, 2026-07), currency."""
    choices = _months_to_choose()
    period = read_period(request.args, choices)
    found = revenue.read_revenue(period)
    shown = _of_currency(found, request.args.get("currency") or the_company().currency)
    return render_template(
        "invoices/revenue.html",
        period=period,
        choices=[(f"{month:%Y-%m}", calendar_date(month, "MMMM yyyy")) for month in choices],
        shown=shown,
        others=[one for one in found if one is not shown],
        # Drawn while the page is: sums are written as the practice writes them.
        chart=lambda: _chart(shown, shown.offices, "offices", period) if shown else None,
        connected=current_connection() is not None,
        any=bool(found) or revenue.counted_days() is not None,
        share=lambda net: _share(net, shown),
        invoices_url=lambda key, its_id: _invoices_url(key, its_id, period),
    )


@bp.get("/export.csv")
def export() -> ResponseReturnValue:
    """The same months, every currency, line by line of month, office and service. Query: from, to."""
    period = read_period(request.args, _months_to_choose())
    name = f"revenue-{period.first:%Y-%m}-to-{period.last:%Y-%m}.csv"
    return spreadsheet(name, _lines(period))


def read_period(asked: Mapping[str, str], choices: list[date]) -> Period:
    """The months of an address; what is no month of ours means the usual ones. The wrong way round is turned."""
    known = {f"{month:%Y-%m}": month for month in choices}
    today = month_of(today_of(the_company()))
    last = known.get(asked.get("to", ""), today)
    first = known.get(asked.get("from", ""), months_before(last, USUAL_MONTHS - 1))
    first, last = min(first, last), max(first, last)
    return Period(max(first, months_before(last, MOST_MONTHS - 1)), last)


def _months_to_choose() -> list[date]:
    """From the first invoice that counts to this month, newest first; a year at least, five at most."""
    today = month_of(today_of(the_company()))
    days = revenue.counted_days() or (today, today)
    last = max(month_of(days[1]), today)
    first = min(month_of(days[0]), months_before(today, USUAL_MONTHS - 1))
    whole = Period(max(first, months_before(last, MOST_MONTHS - 1)), last)
    return whole.months[::-1]


def _of_currency(found: list[Revenue], currency: str) -> Revenue | None:
    """That currency's; where there is none, that of the most invoices."""
    return next((one for one in found if one.currency == currency), found[0] if found else None)


def _chart(shown: Revenue, parts: list[Part], noun: str, period: Period) -> Chart:
    """The largest parts a month, the rest as one."""
    named = parts if len(parts) <= MOST_SERIES else parts[: MOST_SERIES - 1]
    rest = parts[len(named) :]
    columns = [part.months for part in named]
    if rest:
        columns.append(tuple(sum(sums, NONE) for sums in zip(*(part.months for part in rest), strict=True)))
    names = [part.name for part in named] + ([f"Other {noun}"] if rest else [])
    months = list(zip(period.months, zip(*columns, strict=True), strict=True))
    return monthly_bars(f"By month and {noun[:-1]}", months, names, _summary(shown, months), _written(shown))


def _share(net: Decimal, shown: Revenue | None) -> str:
    """Of the whole, in per cent; nothing where that says nothing."""
    if shown is None or shown.net <= 0 or net < 0:
        return NOTHING
    return f"{net / shown.net:.1%}"


def _invoices_url(key: str, its_id: UUID | None, period: Period) -> str | None:
    """The list of the invoices behind a sum. `key`: office or service; None of it has a word of its own."""
    days = {"from": period.first.isoformat(), "to": (period.end - timedelta(days=1)).isoformat()}
    return url_if("invoices.index", status="counted", **{key: its_id or "none"}, **days)


def _written(shown: Revenue) -> Any:
    return lambda value: money(value, shown.currency)


def _summary(shown: Revenue, months: list[tuple[date, tuple[Decimal, ...]]]) -> str:
    totals = [(sum(values, NONE), month) for month, values in months]
    best, when = max(totals, key=lambda one: one[0])
    whole, most = money(shown.net, shown.currency), calendar_date(when, "MMMM yyyy")
    if len(months) == 1:
        return f"{whole} net of tax in {most}."
    return f"{whole} net of tax in {len(months)} months. Most in {most}: {money(best, shown.currency)}."


def _lines(period: Period) -> Iterator[str]:
    yield BOM + csv_line(HEADINGS)
    for one in revenue.named_sums(period):
        yield csv_line((f"{one.month:%Y-%m}", one.office, one.service, one.currency, one.net, one.lines))
