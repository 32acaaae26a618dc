"""The report in plain sentences. Called while a page is rendered: times are told in the practice's time zone."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.formats import clock, moment, number, place
from app.sync.operations import CREATE_JOB
from app.usage.report import Report

HALF_AN_HOUR = 30


@dataclass(frozen=True)
class Notice:
    """As the component `notice` draws it."""

    kind: str
    title: str
    body: str


def notice(report: Report) -> Notice | None:
    """What stands above the figures: why something is not as usual, and what becomes of the work.

    That a connection waits for an admin is said above every page already.
    """
    usage = report.usage
    if report.state == "not_connected":
        body = "Nothing is sent to Xero. What is below is from our log of calls."
        return Notice("info", "Your practice is not connected to Xero", body)
    if report.state == "counter_away":
        return Notice(
            "warn",
            "The counter of calls does not answer",
            "Calls wait rather than run into Xero’s limits uncounted. They go on by themselves when it is back; the"
            " picture below is from our log and is right.",
        )
    if usage is None:
        return None
    if report.state == "day_used_up":
        again = usage.blocked_until or usage.day_ends_by
        when = f" {_until(again, report.at)}" if again else ""
        return Notice(
            "bad",
            "Today’s calls are used up",
            f"Xero takes no more calls for this organisation{when}. What waits goes on by itself then.",
        )
    if report.state == "paused":
        return Notice(
            "warn",
            "Xero asked for a pause",
            f"Nothing is sent {_until(usage.blocked_until, report.at)}. The work goes on by itself.",
        )
    if report.state == "only_people":
        return Notice(
            "warn",
            "Only what people ask for goes today",
            f"{number(usage.day_left)} calls are left, and {number(report.reserve)} of each day are kept for people, so"
            " bulk work waits until the day starts again.",
        )
    return None


def sentences(report: Report) -> list[str]:
    """What waits, what it needs, whether it fits and when it is done."""
    coming, usage = report.forecast, report.usage
    told = []
    if coming.operations:
        told = [f"{_what(report)}; {_need(report)}", *_fit(report)]
    elif not coming.blocked:
        told = ["Nothing waits to be sent to Xero."]
    if coming.blocked:
        told.append(_blocked(report))
    if usage and usage.day_left is None and report.connection:
        told.append("Xero has not told yet how many calls are left today; its next answer does.")
    return told


def _blocked(report: Report) -> str:
    count, one = report.forecast.blocked, report.forecast.blocked == 1
    more = " more" if report.forecast.operations else " operation" if one else " operations"
    calls = sum(work.calls_when_mended for work in report.work)
    return (
        f"{number(count)}{more} {'waits' if one else 'wait'} until somebody mends what blocks"
        f" {'it; it then needs' if one else 'them; they then need'} about {_calls(calls)}."
    )


def _calls(count: int) -> str:
    return f"{number(count)} {'call' if count == 1 else 'calls'}"


def _what(report: Report) -> str:
    count = report.forecast.operations
    jobs = sum(one.moving for one in report.work if one.kind == CREATE_JOB)
    others = count - jobs
    parts = [f"{number(jobs)} {'job' if jobs == 1 else 'jobs'}"] if jobs else []
    if others:
        parts.append(f"{number(others)} other {'operation' if others == 1 else 'operations'}")
    return f"{' and '.join(parts)} {'waits' if count == 1 else 'wait'}"


def _need(report: Report) -> str:
    coming = report.forecast
    one = coming.operations == 1
    need = f"{'it needs' if one else 'they need'} about {_calls(coming.calls)}"
    if report.state in {"not_connected", "needs_admin"}:
        return f"{need} once the connection stands."
    if coming.done_at is None:
        return f"{need}."
    are = "is" if one else "are"
    if coming.later:
        return f"{need} and {are} done by about {at(coming.done_at, report.at)}."
    if coming.begins_at > report.at:
        begins = f"{'begins' if one else 'begin'} at {at(coming.begins_at, report.at)}"
        return f"{need}, {begins} and {are} done {_lasting(coming.minutes)} after."
    return f"{need} and {are} done in {_lasting(coming.minutes)}."


def _fit(report: Report) -> list[str]:
    coming, usage = report.forecast, report.usage
    if usage is None or usage.day_left is None or coming.fits is None:
        return []
    left, kept = number(usage.day_left), number(report.reserve)
    if coming.fits:
        return [f"That fits into the {left} calls left today, of which {kept} are kept for people."]
    again = f", by {at(usage.day_ends_by, report.at)}" if usage.day_ends_by else ""
    later = f"{number(coming.later)} go when the day starts again{again}."
    if not coming.today:
        return [f"None of these calls goes today; all {later}"]
    today = (
        f"{number(coming.today)} of these calls still go today: {left} are left, and {kept} of each day are kept for"
        " people."
    )
    return [today, f"The other {later}"]


def _lasting(minutes: int) -> str:
    if minutes <= 1:
        return "about a minute"
    if minutes < 90:
        return f"about {minutes} minutes"
    half_hours = round(minutes / HALF_AN_HOUR)
    hours, half = divmod(half_hours, 2)
    return f"about {hours}{'½' if half else ''} hours"


def at(instant: datetime, now: datetime) -> str:
    """The time of day; with the date when that is not today."""
    zone = ZoneInfo(place().time_zone)
    same_day = instant.astimezone(zone).date() == now.astimezone(zone).date()
    return clock(instant) if same_day else moment(instant)


def _until(instant: datetime | None, now: datetime) -> str:
    return f"until {at(instant, now)}" if instant else "for now"
