"""Charts drawn by the server as SVG. The same figures travel with the picture, for a table and for one
sentence.

Geometry is in attributes and colour in classes (`series-1` …), so the strict content policy and both
themes hold. `components/chart.html` puts picture, sentence and table on a page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import ceil, log10

from markupsafe import Markup

from app.formats import calendar_date, number

WIDTH, HEIGHT = 640, 176
LEFT, RIGHT, TOP, BOTTOM = 32, 4, 8, 22
MOST_LABELS = 7
MOST_SERIES = 4
"""As many colours as there are."""
Figure = int | Decimal
Written = Callable[[Figure], str]


@dataclass(frozen=True)
class Series:
    """`proper`: its label is a name, and keeps its capitals inside a sentence."""

    label: str
    css_class: str
    proper: bool = False

    @property
    def inside(self) -> str:
        return self.label if self.proper else self.label.lower()


@dataclass(frozen=True)
class Chart:
    """`rows`: a label and one figure a series. `axis`: what the labels are, the table's first heading. `show` writes a
    figure."""

    title: str
    axis: str
    summary: str
    series: tuple[Series, ...]
    rows: tuple[tuple[str, tuple[Figure, ...]], ...]
    svg: Markup
    show: Written = number


@dataclass(frozen=True)
class _Span:
    """How the sentences name what one bar stands for."""

    many: str
    axis: str
    within: str


_WEEK = _Span("weeks", "Week of", "in the week of")
_DAY = _Span("days", "Day", "on")


def weekly_bars(
    title: str,
    weeks: Sequence[tuple[date, Sequence[int]]],
    series: Sequence[str],
    noun: str = "request",
    side_by_side: bool = False,
) -> Chart:
    """Bars, one a week, oldest first. `weeks`: the week's first day and one figure a series. The series stand
    on each other when they are parts of one whole, `side_by_side` when they are not (came and went).

    Raises ValueError when a week has another number of figures than there are series.
    """
    return _chart(title, weeks, series, noun, side_by_side, _WEEK)


def daily_bars(
    title: str, days: Sequence[tuple[date, Sequence[int]]], series: Sequence[str], noun: str = "request"
) -> Chart:
    """Bars, one a day, oldest first, the series standing on each other. Raises ValueError as `weekly_bars`."""
    return _chart(title, days, series, noun, False, _DAY)


def monthly_bars(
    title: str,
    months: Sequence[tuple[date, Sequence[Figure]]],
    series: Sequence[str],
    summary: str,
    show: Written = number,
) -> Chart:
    """Bars, one a month, oldest first, the series standing on each other; nothing is drawn of what is below nought.
    `series` are names, of offices for instance; `show` writes a figure. Raises ValueError as `weekly_bars`."""
    rows = tuple((calendar_date(month, "MMM yy"), tuple(values)) for month, values in months)
    named = _named(rows, series, proper=True)
    return Chart(title, "Month", summary, named, rows, _bars(rows, named, title, False, show), show)


def _chart(
    title: str,
    spans: Sequence[tuple[date, Sequence[int]]],
    series: Sequence[str],
    noun: str,
    side_by_side: bool,
    span: _Span,
) -> Chart:
    rows = tuple((calendar_date(start, "d MMM"), tuple(values)) for start, values in spans)
    named = _named(rows, series)
    summary = _summary(rows, named, noun, side_by_side, span)
    return Chart(title, span.axis, summary, named, rows, _bars(rows, named, title, side_by_side))


def _named(
    rows: Sequence[tuple[str, Sequence[Figure]]], series: Sequence[str], *, proper: bool = False
) -> tuple[Series, ...]:
    if any(len(values) != len(series) for _, values in rows):
        raise ValueError("every bar needs one figure for each series")
    return tuple(Series(label, f"series-{index}", proper) for index, label in enumerate(series, start=1))


def sparkline(values: Sequence[int], label: str) -> Markup:
    """A line the height of a word, for a figure that stands beside it. `label` says it in words."""
    top = max(values, default=0) or 1
    step = 96 / max(len(values) - 1, 1)
    points = " ".join(
        f"{2 + index * step:.1f},{22 - 20 * value / top:.1f}" for index, value in enumerate(values)
    )
    return Markup(
        '<svg class="sparkline" viewBox="0 0 100 24" width="100" height="24" role="img" aria-label="{}">'
        '<polyline points="{}"></polyline></svg>'
    ).format(label, points)


def nice_top(largest: int) -> int:
    """The round figure at the top of the axis: 1, 2 or 5 times a power of ten, in four steps or fewer."""
    if largest <= 4:
        return 4
    power = int(10 ** int(log10(largest / 4)))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power * 4 >= largest)
    return step * ceil(largest / step)


def _summary(
    rows: Sequence[tuple[str, tuple[int, ...]]],
    series: Sequence[Series],
    noun: str,
    side_by_side: bool,
    span: _Span,
) -> str:
    # What stands side by side does not add up: the most is then said of the first series.
    totals = [values[0] if side_by_side else sum(values) for _, values in rows]
    if not any(sum(values) for _, values in rows):
        return f"No {noun}s in these {span.many}." if rows else "There is nothing to show yet."
    parts = [
        f"{number(sum(values[index] for _, values in rows))} {one.inside}" for index, one in enumerate(series)
    ]
    most = max(totals)
    told = " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
    what = f"Most {series[0].label.lower()}" if side_by_side else "Most"
    return f"{told} in {len(rows)} {span.many}. {what} {span.within} {rows[totals.index(most)][0]}: {number(most)}."


def _bars(
    rows: Sequence[tuple[str, Sequence[Figure]]],
    series: Sequence[Series],
    title: str,
    side_by_side: bool,
    show: Written = number,
) -> Markup:
    tallest = max if side_by_side else sum
    heights = [tuple(max(ceil(value), 0) for value in values) for _, values in rows]
    top = nice_top(max((tallest(values) for values in heights), default=0))
    floor = HEIGHT - BOTTOM
    scale = (floor - TOP) / top
    slot = (WIDTH - LEFT - RIGHT) / max(len(rows), 1)
    bar = min(slot * 0.62, 36)
    every = ceil(len(rows) / MOST_LABELS)
    parts = [_grid(value, floor - value * scale, top) for value in range(0, top + 1, _step(top))]
    for index, (label, values) in enumerate(rows):
        middle = LEFT + slot * (index + 0.5)
        told = ", ".join(f"{show(value)} {one.inside}" for value, one in zip(values, series, strict=True))
        column = (middle, bar, floor, scale)
        parts.append(_column(f"{label}: {told}", heights[index], series, column, side_by_side))
        # Counted from the end: this week is the one people look for.
        if (len(rows) - 1 - index) % every == 0:
            parts.append(
                Markup('<text class="chart-label" x="{:.1f}" y="{}">{}</text>').format(
                    middle, HEIGHT - 6, label
                )
            )
    return Markup('<svg class="bars" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, f"Chart: {title}. The figures are in the table below.", Markup("").join(parts)
    )


def _step(top: int) -> int:
    """Between the lines: 1, 2 or 5 times a power of ten where that divides the axis, a part of it otherwise."""
    parts = [top // count for count in (4, 3, 2, 1) if top % count == 0]
    return next((step for step in parts if str(step).rstrip("0") in {"1", "2", "5"}), parts[0])


def _grid(value: int, y: float, top: int) -> Markup:
    css_class = "chart-floor" if value == 0 else "chart-grid"
    line = Markup('<line class="{}" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"></line>').format(
        css_class, LEFT, WIDTH - RIGHT, y, y
    )
    return line + Markup('<text class="chart-tick" x="{}" y="{:.1f}">{}</text>').format(
        LEFT - 8, y + 4, _short(value, top)
    )


def _short(value: int, top: int) -> str:
    """`900`, `1,500`, or `20k` on an axis that goes so far: what has room beside it."""
    thousands = value and top >= 5_000 and value % 1000 == 0
    return f"{number(value // 1000)}k" if thousands else number(value)


def _column(
    told: str,
    values: Sequence[int],
    series: Sequence[Series],
    at: tuple[float, float, float, float],
    side_by_side: bool,
) -> Markup:
    """One bar with a title for the pointer, which says `told`. `at`: middle, width, floor, height of one."""
    middle, width, floor, scale = at
    parts = [Markup("<title>{}</title>").format(told)]
    y, left = floor, middle - width / 2
    step = width / len(series)
    for index, (value, one) in enumerate(zip(values, series, strict=True)):
        if side_by_side:
            y, left, width = floor, middle + step * (index - len(series) / 2), step - 1
        if value:
            # Half a unit of air between the parts, so that they can be told apart without their colours.
            height = value * scale
            y -= height
            parts.append(
                Markup(
                    '<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="1.5"></rect>'
                ).format(one.css_class, left, y, width, max(height - 1.5, 0.5))
            )
    return Markup("<g>{}</g>").format(Markup("").join(parts))
