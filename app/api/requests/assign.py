"""`/api/requests/{id}/assign` and `/api/requests/assign`."""

from uuid import UUID

from app.api.endpoint import endpoint
from app.api.requests import shapes
from app.api.requests.routes import TAG, bp, found, shown
from app.auth.viewer import the_viewer
from app.extensions import db
from app.requests import actions, bulk


@bp.post("/<uuid:request_id>/assign")
@endpoint(summary="Assign a request", tag=TAG, body=shapes.Assignment, answer=shapes.Request)
def assign(request_id: UUID, body: shapes.Assignment) -> shapes.Request:
    """Gives it to an accountant; when the practice is connected to Xero, its job is made from then on, once.

    It never fails because Xero does: `job` says where that stands. To the same person again changes nothing.
    """
    actions.assign(found(request_id), body.accountant_id, the_viewer())
    db.session.commit()
    return shown(request_id)


@bp.post("/assign")
@endpoint(summary="Assign several requests", tag=TAG, body=shapes.BulkAssignment, answer=shapes.BulkOutcomes)
def assign_many(body: shapes.BulkAssignment) -> shapes.BulkOutcomes:
    """Up to 200 at once. Those that cannot be assigned are named and left as they were; the others are
    assigned."""
    outcomes = bulk.assign_many(body.request_ids, body.accountant_id, the_viewer()).outcomes
    db.session.commit()
    known = {one.request_id for one in outcomes}
    missing = [
        shapes.BulkOutcome(
            request_id=one, reference=None, outcome="not_found", sentence="There is no such request."
        )
        for one in dict.fromkeys(body.request_ids)
        if one not in known
    ]
    return shapes.BulkOutcomes(
        outcomes=[*(shapes.BulkOutcome.model_validate(one) for one in outcomes), *missing]
    )
