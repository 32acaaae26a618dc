"""Charts: the picture agrees with the figures, in the strictest browser."""

import re
from datetime import date, timedelta

import pytest

from app.charts import Chart, daily_bars, nice_top, sparkline, weekly_bars

MONDAY = date(2026, 9, 7)


def bars(*weeks: tuple[int, ...], series: tuple[str, ...] = ("Finished", "Late")) -> Chart:
    return weekly_bars("Work", [(MONDAY + timedelta(weeks=n), week) for n, week in enumerate(weeks)], series)


def heights(chart: Chart, css_class: str) -> list[float]:
    return [float(found) for found in re.findall(rf'class="{css_class}"[^>]* height="([\d.]+)"', chart.svg)]


def test_twice_the_figure_is_twice_the_bar() -> None:
    small, large = heights(bars((10, 0), (20, 0)), "series-1")
    assert (large + 1.5) / (small + 1.5) == pytest.approx(2, abs=0.02)


def test_a_nought_draws_nothing() -> None:
    assert heights(bars((3, 0), (0, 2)), "series-2") == heights(bars((3, 0), (0, 2)), "series-2")[:1]


def test_the_sentence_counts_and_names_the_most() -> None:
    assert (
        bars((9, 1), (14, 0)).summary == "23 finished and 1 late in 2 weeks. Most in the week of 14 Sept: 14."
    )


def test_the_sentence_of_one_series() -> None:
    assert bars((5,), (4,), series=("Finished",)).summary.startswith("9 finished in 2 weeks.")


@pytest.mark.parametrize(("weeks", "told"), [([], "nothing to show"), ([(0, 0)], "No requests")])
def test_no_work_is_said_in_words(weeks: list[tuple[int, int]], told: str) -> None:
    chart = bars(*weeks)
    assert told in chart.summary
    assert "<rect" not in chart.svg


def test_rows_are_the_same_figures() -> None:
    assert bars((9, 1), (14, 0)).rows == (("7 Sept", (9, 1)), ("14 Sept", (14, 0)))


def test_the_last_week_always_has_its_label() -> None:
    chart = bars(*[(n, 0) for n in range(1, 14)])
    labels = re.findall(r'class="chart-label"[^>]*>([^<]+)<', chart.svg)
    assert labels[-1] == chart.rows[-1][0]
    assert len(labels) <= 7


def test_days_are_called_days() -> None:
    days = [(MONDAY + timedelta(days=n), (calls, 0)) for n, calls in enumerate((5, 8))]
    chart = daily_bars("Calls by day", days, ("Fine", "Failed"), noun="call")
    assert (chart.axis, chart.summary) == ("Day", "13 fine and 0 failed in 2 days. Most on 8 Sept: 8.")
    quiet = daily_bars("Calls by day", [(MONDAY, (0, 0))], ("Fine", "Failed"), noun="call")
    assert quiet.summary == "No calls in these days."


def test_a_week_without_all_its_figures_is_refused() -> None:
    with pytest.raises(ValueError, match="one figure for each series"):
        bars((1,))


def test_nothing_a_strict_policy_would_refuse() -> None:
    for svg in (bars((9, 1)).svg, sparkline([1, 2, 3], "Rising")):
        assert "style" not in svg
        assert 'role="img" aria-label=' in svg


def test_labels_are_escaped() -> None:
    chart = weekly_bars("<b>", [(MONDAY, (1,))], ["<i>"])
    assert "<b>" not in chart.svg
    assert "&lt;i&gt;" in chart.svg


@pytest.mark.parametrize(
    ("largest", "top"), [(0, 4), (4, 4), (5, 6), (9, 10), (23, 30), (41, 60), (99, 100), (1234, 1500)]
)
def test_the_axis_ends_at_a_round_figure_not_far_above(largest: int, top: int) -> None:
    assert nice_top(largest) == top
