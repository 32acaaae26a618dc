"""Reads of people and offices."""

from sqlalchemy import and_, func, select

from app.extensions import db
from app.models import Connection, Membership, Office, ServiceRequest, StaffMapping, User, XeroStaff
from app.models.membership import STAFF_ROLES
from app.models.service_request import OPEN_STATUSES
from app.paging import Page, page_of


def list_staff(active: bool | None, *, after: str | None, size: int) -> Page:
    """People of the practice by name. Row: id, name, email, role, active, open_requests, mapping_id,
    xero_user_id, xero_name, gone_at. Raises `Problem` for a cursor that is not one of ours."""
    open_requests = (
        select(func.count(ServiceRequest.id))
        .where(
            ServiceRequest.company_id == Membership.company_id,
            ServiceRequest.assignee_id == Membership.id,
            ServiceRequest.status.in_(OPEN_STATUSES),
        )
        .correlate(Membership)
        .scalar_subquery()
    )
    connection = live_connection()
    statement = (
        select(
            Membership.id,
            User.name,
            User.email,
            Membership.role,
            and_(Membership.active, User.active).label("active"),
            open_requests.label("open_requests"),
            StaffMapping.id.label("mapping_id"),
            XeroStaff.xero_user_id,
            XeroStaff.name.label("xero_name"),
            XeroStaff.gone_at,
        )
        .join(User, User.id == Membership.user_id)
        .outerjoin(
            StaffMapping,
            and_(
                StaffMapping.company_id == Membership.company_id,
                StaffMapping.membership_id == Membership.id,
                StaffMapping.connection_id == (connection.id if connection else None),
            ),
        )
        .outerjoin(StaffMapping.xero_staff)
        .where(Membership.role.in_(STAFF_ROLES))
    )
    if active is not None:
        statement = statement.where(and_(Membership.active, User.active) == active)
    return page_of(statement, (User.name, Membership.id), after=after, size=size)


def live_connection() -> Connection | None:
    """The company's connection to an organisation, unless it is disconnected."""
    return db.session.scalar(
        select(Connection).where(Connection.kind == "accounting", Connection.status != "disconnected")
    )


def list_offices(active: bool | None, *, after: str | None, size: int) -> Page:
    """Offices by name. Row: id, name, active. Raises `Problem` for a cursor that is not one of ours."""
    statement = select(Office.id, Office.name, Office.active)
    if active is not None:
        statement = statement.where(Office.active == active)
    return page_of(statement, (Office.name, Office.id), after=after, size=size)
