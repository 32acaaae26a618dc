"""A company takes its events: each once, however often it comes, and each kind to its handler."""

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, BigInteger, Integer, Text, func, insert, literal, select, update

from app.extensions import db
from app.models import Connection, WebhookEvent
from app.sync.webhooks.arrivals import Arrival, by_key
from app.sync.webhooks.handlers import HANDLERS, not_used
from app.tenancy import current_company_id


def take(connection_id: UUID, arrivals: Sequence[Arrival]) -> int:
    """Keep and act on the events of a connection of the scope's company (not committed); how many were new.

    Taking the same deliveries twice changes nothing. Only whoever holds the stream's row calls this, so no two take
    the same event at once.
    """
    connection = db.session.scalars(select(Connection).where(Connection.id == connection_id)).one()
    told = by_key(arrivals)
    known = set(db.session.scalars(select(WebhookEvent.key).where(WebhookEvent.key.in_(told))))
    if known:
        _told_again({key: told[key] for key in known})
    new = [came for key, came in told.items() if key not in known]
    rows = [row for category in _categories(new) for row in _rows(connection, category, new)]
    if rows:
        db.session.execute(insert(WebhookEvent.__table__), rows)  # type: ignore[arg-type]
    return len(rows)


def _categories(new: Sequence[list[Arrival]]) -> set[str]:
    return {came[0].event.category for came in new}


def _rows(connection: Connection, category: str, new: Sequence[list[Arrival]]) -> list[dict[str, object]]:
    theirs = [came for came in new if came[0].event.category == category]
    verdicts = HANDLERS.get(category, not_used)(connection, [came[0].event for came in theirs])
    return [
        {
            **came[0].columns,
            "company_id": current_company_id(),
            "id": uuid4(),
            "connection_id": connection.id,
            "state": verdict.state,
            "operation_id": verdict.operation_id,
            "subject_id": verdict.subject_id,
            "told": len(came),
            "delivery_id": max(one.delivery_id for one in came),
        }
        for came, verdict in zip(theirs, verdicts, strict=True)
    ]


def _told_again(told: Mapping[str, list[Arrival]]) -> None:
    # Only deliveries that have not been counted: a sorter that died half-way is followed by one that begins anew.
    columns = {
        "key": literal(list(told), ARRAY(Text)),
        "times": literal([len(came) for came in told.values()], ARRAY(Integer)),
        "delivery_id": literal(
            [max(one.delivery_id for one in came) for came in told.values()], ARRAY(BigInteger)
        ),
    }
    again = select(*(func.unnest(values).label(name) for name, values in columns.items())).subquery()
    db.session.execute(
        update(WebhookEvent)
        .where(WebhookEvent.key == again.c.key, WebhookEvent.delivery_id < again.c.delivery_id)
        .values(told=WebhookEvent.told + again.c.times, delivery_id=again.c.delivery_id)
        .execution_options(synchronize_session=False)
    )
