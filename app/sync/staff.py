"""The organisation's people, read from Projects and kept fresh; those who vanish are kept and marked."""

from sqlalchemy import select

from app.extensions import db
from app.models import Connection, XeroStaff, now
from app.sync.live import connection_of, transport_of
from app.sync.run import Run
from app.xero.projects import ProjectsApi, ProjectUser


def read(run: Run) -> None:
    """Read all people of the connection's organisation: one call for up to 500. Raises as `jobs.create`."""
    connection = connection_of(run)
    people = ProjectsApi(transport_of(run, connection)).users()
    run.save()
    store(connection, people)


def store(connection: Connection, people: list[ProjectUser]) -> None:
    """Bring our rows in line with what Xero told (not committed)."""
    known = {
        staff.xero_user_id: staff
        for staff in db.session.scalars(select(XeroStaff).where(XeroStaff.connection_id == connection.id))
    }
    for person in people:
        staff = known.pop(person.id, None)
        if staff is None:
            staff = XeroStaff(connection_id=connection.id, xero_user_id=person.id, name=person.name)
            db.session.add(staff)
        staff.name, staff.email, staff.gone_at = person.name, person.email or None, None
    for staff in known.values():
        staff.gone_at = staff.gone_at or now()
    connection.staff_read_at = connection.last_sync_at = now()
