"""Deleting for good a practice whose delay is over.

Every step commits and may be done again, so it goes on wherever it was broken off. Rows go behind the practice's own
wall, children before parents; the tables are taken from the metadata, and whatever a new one leaves behind stops the
last step by its foreign key. The logs and the practice's row go by functions of another role
(migrations/sql/0017_closing.sql), which look at the delay once more.

Who belongs to no practice any more goes with it: an account is personal data, and nobody is left who has a use for it.
A super admin stays.
"""

import logging
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, Table, delete, func, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from app import lookups
from app.exports import storage
from app.extensions import db, settings
from app.integrations import farewell
from app.integrations.actions import let_go
from app.models import (
    Company,
    CompanyClosing,
    Connection,
    Grant,
    Mail,
    Membership,
    Model,
    User,
    UserSession,
    now,
)
from app.storage.place import place_at
from app.sync.tokens import wipe_tokens
from app.tenancy import company_scope

log = logging.getLogger(__name__)

AT_ONCE = 2000
BY_FUNCTION = {"audit_events", "audit_views", "company_closings", "platform_events"}
"""What the application may not delete."""
KEEP_TRYING = timedelta(days=3)
"""So long after the day Xero is tried again before the practice goes without a farewell."""
BY = "Countinghouse, deleting the practice"


def erase(company_id: UUID) -> bool:
    """Delete the practice if its time has come; whether it is gone. Needs no scope; commits."""
    with company_scope(company_id):
        if not _begin():
            return False
        db.session.commit()
        if not _part_with_xero(company_id):
            return False
        for table in tables_to_empty():
            _empty(table, company_id)
        _remove_people()
        _remove_files(company_id)
        while lookups.erase_logs(db.session, company_id, AT_ONCE):
            db.session.commit()
        lookups.erase_company(db.session, company_id)
        db.session.commit()
    log.info("Practice %s was deleted", company_id)
    return True


def tables_to_empty() -> list[Table]:
    """Every table with rows of a company, children before parents."""
    return [
        table
        for table in reversed(Model.metadata.sorted_tables)
        if "company_id" in table.columns and table.name not in {*BY_FUNCTION, UserSession.__tablename__}
    ]


def _begin() -> bool:
    """Note once who and how much is there; from now on it cannot be taken back."""
    closing = db.session.scalar(
        select(CompanyClosing).where(CompanyClosing.erase_after <= func.now()).with_for_update()
    )
    if closing is None:
        return False
    if closing.begun_at is None:
        closing.begun_at = now()
        closing.people = list(db.session.scalars(select(Membership.user_id)))
        closing.counts = {
            table.name: count
            for table in tables_to_empty()
            if (count := db.session.scalar(_count(table, closing.company_id)))
        }
    return True


def _count(table: Table, company_id: UUID) -> Select[int]:
    return select(func.count()).select_from(table).where(table.c.company_id == company_id)


def _part_with_xero(company_id: UUID) -> bool:
    """Disconnect at Xero and wipe the tokens; False to try again later. No transaction is open while Xero is asked."""
    told = None
    for connection in db.session.scalars(select(Connection).where(Connection.grant_id.is_not(None))).all():
        connection_id, goodbye = connection.id, farewell.prepare(connection)
        db.session.commit()
        told = farewell.say(goodbye, f"erase-{company_id.hex[:12]}") is None
        if not told and not _over_due():
            db.session.rollback()
            return False
        let_go(db.session.scalars(select(Connection).where(Connection.id == connection_id)).one(), BY)
    for grant in db.session.scalars(select(Grant)):
        wipe_tokens(grant)
    if told is not None:
        db.session.execute(update(CompanyClosing).values(xero="told" if told else "not_told"))
    db.session.commit()
    return True


def _over_due() -> bool:
    late = CompanyClosing.erase_after < func.now() - KEEP_TRYING
    return db.session.scalar(select(CompanyClosing.id).where(late)) is not None


def _empty(table: Table, company_id: UUID) -> None:
    key = tuple_(*table.primary_key.columns)
    some = select(*table.primary_key.columns).where(table.c.company_id == company_id).limit(AT_ONCE)
    while True:
        gone = db.session.execute(
            delete(table)
            .where(table.c.company_id == company_id, key.in_(some))
            .returning(*table.primary_key.columns)
        ).all()
        db.session.commit()
        if len(gone) < AT_ONCE:
            return


def _remove_files(company_id: UUID) -> None:
    """The export, and whatever the documents' storage has: its rows and with them the keys are gone already."""
    storage.remove(company_id)
    place = place_at(settings().documents_url)
    for name, _ in list(place.names(company_id)):
        place.remove_listed(company_id, name)


def _remove_people() -> None:
    company_id, people = db.session.execute(select(CompanyClosing.company_id, CompanyClosing.people)).one()
    db.session.execute(
        update(UserSession).where(UserSession.company_id == company_id).values(company_id=None)
    )
    for user_id in lookups.belong_nowhere(db.session, people or []):
        _remove_account(user_id)
    db.session.commit()


def _remove_account(user_id: UUID) -> None:
    user = db.session.scalar(select(User).where(User.id == user_id, User.super_admin.is_(False)))
    if user is None:
        return
    try:
        with db.session.begin_nested():
            db.session.execute(
                delete(Mail).where(
                    Mail.company_id.is_(None), func.lower(Mail.recipient) == user.email.lower()
                )
            )
            for table, column in account_tables():
                db.session.execute(delete(table).where(table.c[column] == user_id))
            db.session.execute(delete(User).where(User.id == user_id))
    except IntegrityError:
        log.info("Somebody joined another practice in this moment and keeps the account")


def account_tables() -> list[tuple[Table, str]]:
    """What hangs on an account and is in no practice: tables and their column of the person."""
    return [
        (table, key.parent.name)
        for table in Model.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == User.__tablename__ and not _in_company(table)
    ]


def _in_company(table: Table) -> bool:
    return any(key.column.table.name == Company.__tablename__ for key in table.foreign_keys)
