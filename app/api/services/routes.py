"""`/api/services`."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort

from app.api.endpoint import endpoint
from app.api.services import shapes
from app.api.shapes import Named
from app.catalogue import actions, queries
from app.extensions import db
from app.models import Service

bp = Blueprint("api_services", __name__, url_prefix="/api/services")
TAG = "Services"


@bp.get("")
@endpoint(summary="List services", tag=TAG, query=shapes.ServiceQuery, answer=shapes.ServicePage)
def index(query: shapes.ServiceQuery) -> shapes.ServicePage:
    """By name, with the list of tasks that a job of the service gets in Xero."""
    page = queries.list_services(active=query.active, q=query.q or "", after=query.cursor, size=query.limit)
    return shapes.ServicePage(items=[_from_row(row._mapping) for row in page.rows], next_cursor=page.next)


@bp.post("")
@endpoint(summary="Add a service", tag=TAG, body=shapes.NewService, answer=shapes.Service, status=201)
def create(body: shapes.NewService) -> shapes.Service:
    """Map it to a list of tasks afterwards, on the page for services: until then its jobs wait."""
    service = actions.create_service(**body.model_dump())
    db.session.commit()
    return _shown(service)


@bp.get("/<uuid:service_id>")
@endpoint(summary="Read a service", tag=TAG, answer=shapes.Service)
def show(service_id: UUID) -> shapes.Service:
    return _shown(_find(service_id))


@bp.patch("/<uuid:service_id>")
@endpoint(summary="Change a service", tag=TAG, body=shapes.ServiceChange, answer=shapes.Service)
def change(service_id: UUID, body: shapes.ServiceChange) -> shapes.Service:
    """Requests made before keep their price and due date."""
    service = _find(service_id)
    details = body.model_dump(exclude_unset=True)
    active = details.pop("active", service.active)
    if details:
        actions.edit_service(service, **details)
    if active != service.active:
        (actions.activate_service if active else actions.deactivate_service)(service)
    db.session.commit()
    return _shown(service)


def _find(service_id: UUID) -> Service:
    return queries.find_service(service_id) or abort(404)


def _from_row(row: Any) -> shapes.Service:
    template = Named(id=row["job_template_id"], name=row["job_template"]) if row["job_template_id"] else None
    return shapes.Service.model_validate(
        {**row, "mapped": row["mapping_id"] is not None, "job_template": template}
    )


def _shown(service: Service) -> shapes.Service:
    mapping = queries.mapping_of(service.id)
    template = mapping.job_template if mapping else None
    return _from_row(
        {
            **{
                name: getattr(service, name) for name in shapes.Service.model_fields if hasattr(service, name)
            },
            "mapping_id": mapping.id if mapping else None,
            "job_template_id": template.id if template else None,
            "job_template": template.name if template else None,
        }
    )
