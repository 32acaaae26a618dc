"""From a delivery to whoever it concerns: each event once, behind the right wall, and one read for a hundred."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.extensions import db
from app.integrations.actions import confirm, let_go
from app.models import Connection, ContactMapping, Operation, WebhookEvent, WebhookGap, now
from app.sync.webhooks import dispatcher, gaps, sorting, strays
from app.sync.webhooks.handlers import HANDLERS
from app.tasks.periodic import TABLE, prune_logs
from app.tenancy import company_scope
from tests.support.webhooks import event, moment, post


def events_of(cast, company_id):
    return cast.read(company_id, select(WebhookEvent).order_by(WebhookEvent.received_at, WebhookEvent.at))


def reads_of(cast, company_id, kind="contacts."):
    return cast.read(
        company_id,
        select(Operation).where(Operation.kind.startswith(kind), Operation.requested_by.contains("webhook")),
    )


def test_each_practice_takes_its_own(xero, cast, mapped):
    abc, contact, client = mapped(cast.abc)
    smith, other, _ = mapped(cast.smith)
    xero.sends(event(abc, contact), event(smith, other), event(abc, "of-nobody"), event("unknown", "x"))
    xero.sends(event(abc, "an-invoice", category="INVOICE"), event(abc, "new", category="SOMETHING_NEW"))
    assert xero.sorted() == 2
    found = {one.resource_id: one for one in events_of(cast, cast.abc)}
    assert {name: one.state for name, one in found.items()} == {
        contact: "handed_on",
        "of-nobody": "no_client",
        "an-invoice": "no_client",
        "new": "not_used",
    }
    assert (found[contact].subject_id, found[contact].told) == (client.id, 1)
    assert found[contact].operation_id
    assert [one.resource_id for one in events_of(cast, cast.smith)] == [other]
    assert events_of(cast, cast.xyz) == []
    assert [row.xero_tenant_id for row in xero.rows("webhook_strays")] == ["unknown"]
    assert all(row.sorted_at for row in xero.rows("webhook_deliveries"))
    assert set(HANDLERS) == {"CONTACT", "INVOICE"}


def test_a_hundred_events_of_a_contact_are_one_read(xero, cast, mapped):
    tenant, contact, _ = mapped(cast.abc)
    for number in range(100):
        xero.sends(event(tenant, contact, moment(number / 6000)))
    assert xero.sorted() == 100
    taken = events_of(cast, cast.abc)
    assert len(taken) == 100
    assert len({one.operation_id for one in taken}) == 1


def test_doubles_and_disorder_are_harmless(xero, cast, mapped):
    tenant, contact, _ = mapped(cast.abc)
    early, late = event(tenant, contact, moment(-2)), event(tenant, contact, moment(-1))
    xero.sends(late, first=2)
    xero.sends(early, first=1)
    xero.sends(late, first=2)
    xero.sorted()
    xero.sends(early, late, first=1)
    xero.sorted()
    told = {one.at: one.told for one in events_of(cast, cast.abc)}
    assert [told[at] for at in sorted(told)] == [2, 3]
    assert xero.rows("webhook_stream_gaps") == []


def test_our_own_change_is_recognised_when_it_comes_back(xero, app, cast, mapped):
    tenant, contact, client = mapped(cast.abc)
    with app.app_context(), company_scope(cast.abc):
        written = datetime(2026, 11, 20, 1, 2, 3, 456000, UTC)
        db.session.execute(
            update(ContactMapping)
            .where(ContactMapping.client_id == client.id)
            .values(contact_updated_at=written)
        )
        db.session.commit()
    xero.sends(event(tenant, contact, "2026-11-20T01:02:03.456"))
    xero.sorted()
    [echo] = events_of(cast, cast.abc)
    assert (echo.state, echo.operation_id, echo.subject_id) == ("echo", None, client.id)
    xero.sends(event(tenant, contact, "2026-11-20T01:02:03.457"))
    xero.sorted()
    assert [one.state for one in events_of(cast, cast.abc)] == ["echo", "handed_on"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"events": [{"resourceId": "a\\u0000b"}]}',
        b'{"events": [{"tenantId": "\\ud800"}]}',
        post([event("t" * 300, "x")], 1),
        b'{"events": [], "firstEventSequence": 99999999999999999999, "lastEventSequence": 1}',
        b'{"events": [{"eventDateUtc": "soon"}]}',
    ],
    ids=["empty", "broken", "deep", "no text", "nul", "surrogate", "long", "huge", "date"],
)
def test_what_cannot_be_read_is_kept_and_stops_nobody(xero, cast, mapped, body):
    tenant, contact, _ = mapped(cast.abc)
    xero.raw(body)
    xero.sends(event(tenant, contact))
    assert xero.sorted() == 2
    first, second = xero.rows("webhook_deliveries")
    assert first.problem
    assert second.problem is None
    assert len(events_of(cast, cast.abc)) == 1


def test_the_intent_to_receive_is_remembered(xero):
    assert xero.rows("webhook_stream")[0].verified_at is None
    xero.raw(post([], 0))
    xero.sorted()
    stream = xero.rows("webhook_stream")[0]
    assert stream.verified_at == stream.last_delivery_at == xero.rows("webhook_deliveries")[0].received_at
    assert stream.highest is None


def test_a_practice_in_trouble_holds_nobody_up(xero, app, cast, mapped, monkeypatch):
    """Its deliveries stay and are tried again; those of others are taken, and no event twice."""
    abc, contact, _ = mapped(cast.abc)
    smith, other, _ = mapped(cast.smith)
    take = sorting.take

    def broken(connection_id, arrivals):
        assert arrivals[0].event.xero_tenant_id != abc, "a fault of ours"
        return take(connection_id, arrivals)

    monkeypatch.setattr(sorting, "take", broken)
    xero.sends(event(abc, contact), event(smith, other))
    xero.sends(event(smith, other, moment()))
    assert xero.sorted() == 1
    monkeypatch.undo()
    assert xero.sorted() == 1
    assert [one.told for one in events_of(cast, cast.smith)] == [1, 1]
    assert len(events_of(cast, cast.abc)) == 1


def test_a_sorter_that_dies_half_way_is_followed_by_another(xero, cast, mapped, monkeypatch):
    tenant, contact, _ = mapped(cast.abc)
    xero.sends(event(tenant, contact))

    def dies() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sorting, "database_now", dies)
    with pytest.raises(KeyboardInterrupt):
        xero.sorted()
    monkeypatch.undo()
    assert xero.sorted() == 1
    assert [(one.told, one.state) for one in events_of(cast, cast.abc)] == [(1, "handed_on")]


def test_only_one_sorts_at_a_time(xero, app, cast, mapped):
    tenant, contact, _ = mapped(cast.abc)
    xero.sends(event(tenant, contact))
    with app.app_context():
        assert sorting.locked_stream()
        assert xero.sorted() == 0
        db.session.rollback()
    assert xero.sorted() == 1


def test_the_clock_rings_for_what_nobody_came_for(xero, app, cast, mapped, simulator):
    from app.extensions import task_queue

    clock = dispatcher.Dispatcher()
    assert not clock.sweep(app)
    tenant, contact, _ = mapped(cast.abc)
    xero.sends(event(tenant, contact))
    xero.run("update webhook_deliveries set received_at = received_at - interval '5 s'")
    app.extensions["redis"].flushall()
    assert clock.sweep(app)
    with app.app_context():
        assert [job.func_name for job in task_queue().jobs] == ["app.tasks.webhooks.sort"]
    assert not clock.sweep(app), "it has just rung"
    xero.sorted()
    assert not dispatcher.Dispatcher().sweep(app)


def test_kept_for_a_practice_that_connects_again(xero, app, cast, mapped, simulator):
    tenant, contact, client = mapped(cast.abc)
    with app.app_context(), company_scope(cast.abc):
        let_go(db.session.scalars(select(Connection)).one(), "Alice")
        db.session.commit()
    old, lately = moment(-60 * 24 * 40), moment(-60)
    xero.sends(event(tenant, contact, lately), event(tenant, contact, old), event("unknown", "x"))
    xero.sends(event(tenant, contact, lately), first=1)
    xero.sorted()
    assert events_of(cast, cast.abc) == []
    assert len(xero.rows("webhook_strays")) == 3
    xero.run(
        "update webhook_strays set received_at = now() - interval '32 d' where at < now() - interval '30 d'"
    )
    assert strays.hand_on(app) == 0
    with app.app_context(), company_scope(cast.abc):
        connection = db.session.scalars(select(Connection)).one()
        connection.status = "to_confirm"
        db.session.commit()
        assert strays.hand_on(app) == 0, "not before somebody has looked at it"
        confirm(db.session.merge(connection), "Alice")
        db.session.commit()
    assert strays.hand_on(app) == 1
    assert [(one.state, one.subject_id) for one in events_of(cast, cast.abc)] == [("handed_on", client.id)]
    assert strays.hand_on(app) == 0
    prune_logs(app)
    assert [row.xero_tenant_id for row in xero.rows("webhook_strays")] == ["unknown"]
    assert "hand on kept webhooks" in {entry.name for entry in TABLE}


def test_a_gap_is_closed_by_reading_changes(xero, app, cast, mapped, simulator):
    tenant, contact, _ = mapped(cast.abc)
    xero.sends(event(tenant, contact, moment(-8)), first=1)
    xero.sends(event(tenant, contact, moment(-5)), first=5)
    xero.sorted()
    xero.sends(event(tenant, contact, moment(-6)), first=3)
    xero.sorted()
    missing = {(row.first_sequence, row.last_sequence): row.state for row in xero.rows("webhook_stream_gaps")}
    assert missing == {(2, 4): "arrived", (2, 2): "open", (4, 4): "open"}
    assert gaps.hand_on(app) == 0, "they may only be late"
    xero.sends(event(tenant, contact, moment(-7)), first=2)
    xero.sorted()
    _grace_is_over(xero)
    with app.app_context():
        assert gaps.any_due()
    assert gaps.hand_on(app) == 1
    for company_id in (cast.abc, cast.smith):
        [gap] = cast.read(company_id, select(WebhookGap))
        assert (gap.missed, gap.after < gap.before) == (1, True)
    assert cast.read(cast.xyz, select(WebhookGap)) == []
    assert gaps.hand_on(app) == 0


def test_a_read_that_has_begun_does_not_close_a_gap(xero, app, cast, mapped, simulator):
    tenant, contact, _ = mapped(cast.abc)
    with app.app_context(), company_scope(cast.abc):
        connection = db.session.scalars(select(Connection)).one()
        operation = gaps.plan_read_changes(connection)
        operation.state, operation.lease, operation.lease_until = (
            "running",
            operation.id,
            now() + timedelta(minutes=1),
        )
        db.session.commit()
    xero.sends(event(tenant, contact, moment(-8)), first=1)
    xero.sends(event(tenant, contact, moment(-5)), first=3)
    xero.sorted()
    _grace_is_over(xero)
    assert gaps.hand_on(app) == 0
    assert cast.read(cast.abc, select(WebhookGap)) == []
    assert len(cast.read(cast.smith, select(WebhookGap))) == 1
    with app.app_context(), company_scope(cast.abc):
        running = db.session.scalars(select(Operation).where(Operation.state == "running")).one()
        running.state, running.lease = "done", None
        db.session.commit()
    assert gaps.hand_on(app) == 1
    assert len(cast.read(cast.abc, select(WebhookGap))) == 1
    assert len(cast.read(cast.smith, select(WebhookGap))) == 1


def test_a_gap_of_any_size_can_be_told(xero, app, cast, mapped, simulator):
    tenant, contact, _ = mapped(cast.abc)
    xero.sends(event(tenant, contact, moment(-8)), first=1)
    xero.sends(event(tenant, contact, moment(-5)), first=2**61)
    xero.sorted()
    _grace_is_over(xero)
    assert gaps.hand_on(app) == 1
    assert cast.read(cast.abc, select(WebhookGap))[0].missed == gaps.MOST_MISSED


def _grace_is_over(xero) -> None:
    xero.run("update webhook_stream_gaps set noticed_at = noticed_at - interval '1 min'")


def test_what_is_old_goes(xero, app, cast, mapped):
    tenant, contact, _ = mapped(cast.abc)
    xero.sends(event(tenant, contact, moment(-3)))
    xero.sends(event(tenant, contact, moment(-2)), event("unknown", "x"))
    xero.sorted()
    xero.sends(event(tenant, contact, moment(-1)))
    xero.run("update webhook_deliveries set received_at = now() - interval '8 d'")
    xero.run("update webhook_strays set received_at = now() - interval '32 d'")
    old = (
        "update webhook_events set received_at = now() - interval '32 d' where at < now() - interval '150 s'"
    )
    xero.run(old)
    prune_logs(app)
    assert [row.sorted_at for row in xero.rows("webhook_deliveries")] == [None], "nobody has sorted it yet"
    assert xero.rows("webhook_strays") == []
    assert len(events_of(cast, cast.abc)) == 1
