"""What the practice's admin has mapped to the organisation's lists, as far as the practice has come."""

from sqlalchemy import select

from app.extensions import db
from app.models import ChargeMapping, Connection, Office, OfficeMapping, Service, XeroListEntry

# service → account by its name in Xero, item by its code
CHARGED = {
    "Individual Tax Return": ("Tax Return Fees", "ITR"),
    "BAS": ("Accounting Fees", "BAS-Q"),
    "Company Tax": ("Tax Return Fees", "CTR"),
    "Trust Tax Return": ("Tax Return Fees", None),
    "Bookkeeping": ("Bookkeeping Fees", None),
    "Payroll Setup": ("Bookkeeping Fees", None),
    "ASIC Annual Review": ("Accounting Fees", None),
}
"""All but the one whose jobs are not mapped either."""
WITHOUT_TRACKING = {"Bendigo", "Ballarat"}
"""Offices whose lines carry none, as somebody decided."""


def map_books(connection: Connection, services: dict[str, Service], admin: str) -> None:
    """Map services, and offices that have an option of their name; the rest is not decided about yet."""
    mine = select(XeroListEntry).where(XeroListEntry.connection_id == connection.id)
    entries = db.session.scalars(mine).all()
    named = {(one.kind, one.name): one.id for one in entries}
    items = {one.code: one.id for one in entries if one.kind == "item"}
    for name, (account, item) in CHARGED.items():
        mapping = ChargeMapping(
            connection_id=connection.id,
            service_id=services[name].id,
            account_id=named["account", account],
            item_id=items[item] if item else None,
            confirmed_by=admin,
        )
        db.session.add(mapping)
    for office in db.session.scalars(select(Office)):
        option_id = named.get(("tracking_option", office.name))
        if option_id or office.name in WITHOUT_TRACKING:
            ours = {"connection_id": connection.id, "office_id": office.id}
            db.session.add(OfficeMapping(**ours, option_id=option_id, confirmed_by=admin))
    db.session.flush()
