"""An organisation's lists as rows, with every service and office of the practice mapped to them."""

from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import delete, select

from app.extensions import db
from app.models import ChargeMapping, Connection, Office, OfficeMapping, Service, XeroListEntry
from app.tenancy import company_scope

ACCOUNTS = {"200": "Accounting Fees", "210": "Tax Return Fees", "260": "Other Revenue"}
BY = "Alice Carter"


def keep_books(app: Flask, company_id: UUID, *, leave_out: str | None = None) -> dict[str, UUID]:
    """Write them, where they have not been read already; code or name → id. Every service is charged to 200, and each
    office has an option called like it. `leave_out`: a service that stays without a mapping."""
    with app.app_context(), company_scope(company_id):
        connection = db.session.scalars(select(Connection)).one()
        for mapping in (ChargeMapping, OfficeMapping):
            db.session.execute(delete(mapping))
        entry = _entries(connection.id)
        found = {
            "OUTPUT": entry("tax_rate", "OUTPUT", "GST on Income", details={"rate": "10"}),
            "EXEMPTOUTPUT": entry("tax_rate", "EXEMPTOUTPUT", "GST Free Income", details={"rate": "0"}),
            "AUD": entry("currency", "AUD", "Australian Dollar"),
        }
        for code, name in ACCOUNTS.items():
            found[code] = entry("account", code, name, details={"tax_type": "OUTPUT"})
        for service in db.session.scalars(select(Service)):
            if service.name != leave_out:
                charged = {"service_id": service.id, "account_id": found["200"]}
                db.session.add(ChargeMapping(connection_id=connection.id, confirmed_by=BY, **charged))
        for office in db.session.scalars(select(Office)):
            found[office.name] = entry("tracking_option", "", office.name, parent_xero_id="office")
            tracked = {"office_id": office.id, "option_id": found[office.name]}
            db.session.add(OfficeMapping(connection_id=connection.id, confirmed_by=BY, **tracked))
        db.session.commit()
        return found


def _entries(connection_id: UUID) -> Any:
    """Writes an entry, or finds the one that was read; its id."""

    def entry(kind: str, code: str, name: str, **more: Any) -> UUID:
        like = select(XeroListEntry).filter_by(connection_id=connection_id, kind=kind, name=name)
        row = db.session.scalar(like)
        if row is None:
            row = XeroListEntry(
                connection_id=connection_id,
                kind=kind,
                xero_id=code or f"{kind} {name}",
                code=code,
                name=name,
                **more,
            )
            db.session.add(row)
            db.session.flush()
        return row.id

    return entry
