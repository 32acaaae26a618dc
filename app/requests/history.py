"""The history of a service request: one way to write it."""

from app.auth.viewer import Viewer
from app.extensions import db
from app.models import RequestEvent, ServiceRequest
from app.models.base import Json

CREATED, ASSIGNED, REASSIGNED = "created", "assigned", "reassigned"
STATUS, EDITED, COMMENT, JOB = "status", "edited", "comment", "job"
SHOWN_TO_CLIENT = {CREATED, ASSIGNED, STATUS}
"""What a client may read in the portal unless the event says otherwise."""


def record(
    service_request: ServiceRequest,
    kind: str,
    text: str,
    by: Viewer,
    *,
    internal: bool | None = None,
    details: Json | None = None,
) -> RequestEvent:
    """Add an event (not committed). `text`: one plain sentence, or the comment as written. `details`: JSON
    values.
    """
    event = RequestEvent(
        service_request_id=service_request.id,
        kind=kind,
        actor_id=by.user_id,
        actor_name=by.name,
        text=text,
        internal=kind not in SHOWN_TO_CLIENT if internal is None else internal,
        details=details or {},
    )
    db.session.add(event)
    return event
