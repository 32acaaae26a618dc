"""The history of a service request: one way to write it."""

from app.audit import record as audit
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
    _tell_audit(event, service_request, by)
    return event


def _tell_audit(event: RequestEvent, service_request: ServiceRequest, by: Viewer) -> None:
    what, details = f"request.{event.kind}", event.details
    if event.kind == EDITED:
        audit.changed(what, service_request, by=by)
    elif event.kind == CREATED:
        audit.created(what, service_request, by=by)
    elif event.kind == COMMENT:
        said = {"text": event.text, "internal": event.internal}
        audit.record(what, service_request, None, said, by=by)
    else:
        name = "status" if event.kind == STATUS else "assignee_id"
        after = details.get("after", details.get("accountant_id"))
        audit.record(what, service_request, {name: details.get("before")}, {name: after}, by=by)
