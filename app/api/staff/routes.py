"""`/api/staff` and `/api/offices`."""

from typing import Any

from flask import Blueprint

from app.api.endpoint import endpoint
from app.api.staff import queries, shapes

bp = Blueprint("api_staff", __name__, url_prefix="/api")
TAG = "People and offices"


@bp.get("/staff")
@endpoint(summary="List people", tag=TAG, query=shapes.StaffQuery, answer=shapes.StaffPage)
def staff(query: shapes.StaffQuery) -> shapes.StaffPage:
    """Admins and accountants, with their open requests and their person in Xero. Clients are not here."""
    connected = queries.live_connection() is not None
    page = queries.list_staff(query.active, after=query.cursor, size=query.limit)
    items = [
        shapes.StaffMember.model_validate({**row._mapping, "xero": _xero(row, connected)})
        for row in page.rows
    ]
    return shapes.StaffPage(items=items, next_cursor=page.next)


@bp.get("/offices")
@endpoint(summary="List offices", tag=TAG, query=shapes.OfficeQuery, answer=shapes.OfficePage)
def offices(query: shapes.OfficeQuery) -> shapes.OfficePage:
    """Where the practice works from."""
    page = queries.list_offices(query.active, after=query.cursor, size=query.limit)
    items = [shapes.Office.model_validate(row) for row in page.rows]
    return shapes.OfficePage(items=items, next_cursor=page.next)


def _xero(row: Any, connected: bool) -> shapes.XeroPerson:
    state: shapes.MappingState = "mapped"
    if not connected:
        state = "not_connected"
    elif row.mapping_id is None:
        state = "unmapped"
    elif row.xero_user_id is None:
        state = "nobody"
    elif row.gone_at is not None:
        state = "gone"
    return shapes.XeroPerson(state=state, user_id=row.xero_user_id, name=row.xero_name)
