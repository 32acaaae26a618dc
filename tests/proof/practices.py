"""Practices at work without a browser: what their people do, through the same actions as pages and API."""

from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import insert, select, update

from app.auth.viewer import Viewer, load_viewer
from app.demonstration.simulated import simulator_consent
from app.errors import WrongState
from app.extensions import db
from app.integrations import actions as connecting
from app.integrations import services
from app.models import (
    Client,
    Connection,
    JobTemplate,
    JobTemplateTask,
    Membership,
    Operation,
    Service,
    ServiceMapping,
    ServiceRequest,
    User,
    now,
)
from app.requests import actions
from app.sync.connections import current_connection
from app.tenancy import company_scope
from tests.support.people import sign_in

SERVICE = "Individual Tax Return"


@dataclass(frozen=True)
class Piece:
    """A request that was made for a proof, and where its job belongs."""

    id: UUID
    reference: str
    organisation: str


class Practice:
    """One practice of the cast: its admin acts, two of its people do the work."""

    def __init__(self, app: Flask, company_id: UUID, organisation: str, admin: str) -> None:
        self.app = app
        self.company_id = company_id
        self.organisation = organisation
        _, session_id, _, _ = sign_in(app, admin, "page")
        with self.scope():
            viewer = load_viewer(db.session, session_id, company_id)
            assert isinstance(viewer, Viewer)
            self.admin = viewer
            people = select(Membership.id).join(User).where(Membership.role == "accountant")
            self.accountants: list[UUID] = list(db.session.scalars(people.order_by(User.name)))
            self.service_id, self.template_id = self._service()
            template = select(JobTemplateTask.name).where(JobTemplateTask.job_template_id == self.template_id)
            self.tasks = sorted(db.session.scalars(template))
            db.session.commit()

    def _service(self) -> tuple[UUID, UUID]:
        """A service whose jobs get three tasks; the practice that has none gets it here."""
        service = db.session.scalars(select(Service).where(Service.active).order_by(Service.name)).first()
        named = db.session.scalar(select(Service).where(Service.name == SERVICE))
        service = named or service
        assert service is not None
        mapping = db.session.scalar(select(ServiceMapping).where(ServiceMapping.service_id == service.id))
        if mapping is not None and mapping.job_template_id is not None:
            return service.id, mapping.job_template_id
        template = JobTemplate(id=uuid4(), name=f"Tasks of {service.name}")
        template.tasks = [
            JobTemplateTask(position=position, name=name, charge_type="TIME", rate=Decimal(100))
            for position, name in enumerate(("Collect documents", "Prepare return", "Review and lodge"))
        ]
        db.session.add(template)
        db.session.flush()
        if mapping is None:
            mapping = ServiceMapping(service_id=service.id, confirmed_by=self.admin.name)
            db.session.add(mapping)
        mapping.job_template_id = template.id
        db.session.flush()
        return service.id, template.id

    @contextmanager
    def _scope(self):
        with self.app.app_context(), company_scope(self.company_id):
            yield

    def scope(self) -> AbstractContextManager[None]:
        """An app context of its own in the company's scope."""
        return self._scope()

    def receive(self, count: int, prefix: str, *, clients: int | None = None) -> list[Piece]:
        """New requests nobody has yet, of so many new clients (one each by default)."""
        made = [
            {
                "id": uuid4(),
                "number": f"{prefix}-C{index}",
                "name": f"{prefix}{index} Holdings Pty Ltd",
                "sort_name": f"{prefix}{index} holdings pty ltd".lower(),
                "kind": "company",
                "company_id": self.company_id,
                "created_at": now(),
                "updated_at": now(),
            }
            for index in range(clients or count)
        ]
        due = (now() + timedelta(days=30)).date()
        rows = [
            {
                "id": uuid4(),
                "reference": f"{prefix}-{index}",
                "client_id": made[index % len(made)]["id"],
                "service_id": self.service_id,
                "price": Decimal("330.00"),
                "due_on": due,
                "status": "new",
                "company_id": self.company_id,
                "created_at": now(),
                "updated_at": now(),
            }
            for index in range(count)
        ]
        with self.scope():
            db.session.execute(insert(Client), made)
            db.session.execute(insert(ServiceRequest), rows)
            db.session.commit()
        return [Piece(row["id"], row["reference"], self.organisation) for row in rows]

    def assign(self, piece: Piece, who: int = 0) -> None:
        with self.scope():
            row = self._row(piece)
            actions.assign(row, self.accountants[who % len(self.accountants)], self.admin)
            db.session.commit()

    def cancel(self, piece: Piece) -> bool:
        """Whether it could be cancelled: not while its job is being sent, nor twice."""
        return self._unless_wrong(lambda: actions.cancel(self._row(piece), self.admin))

    def retry(self, piece: Piece) -> bool:
        return self._unless_wrong(lambda: actions.retry_job(self._row(piece), self.admin))

    def _unless_wrong(self, deed: Any) -> bool:
        with self.scope():
            try:
                deed()
            except WrongState:
                db.session.rollback()
                return False
            db.session.commit()
            return True

    def connect(self) -> None:
        """Connect the practice's own organisation, or again: a consent, and confirming what it brought."""
        with self.scope():
            tokens, connected = simulator_consent(self.organisation)
            connection = connecting.attach(tokens, connected, self.admin.name)
            connecting.confirm(connection, self.admin.name)
            db.session.commit()

    def disconnect(self) -> None:
        with self.scope():
            connection = current_connection()
            if connection is not None:
                connecting.let_go(connection, self.admin.name)
            db.session.commit()

    def map_service(self, *, mapped: bool = True) -> None:
        value = str(self.template_id) if mapped else services.UNDECIDED
        with self.scope():
            services.save({self.service_id: value}, self.admin.name)
            db.session.commit()

    def connection_status(self) -> str | None:
        with self.scope():
            return db.session.scalar(
                select(Connection.status).order_by(Connection.created_at.desc()).limit(1)
            )

    def hurry(self) -> None:
        """Let time pass for the operations: retries are due, leases have run out, nobody rang lately."""
        long_ago = now() - timedelta(minutes=1)
        with self.scope():
            db.session.execute(update(Operation).values(rung_at=long_ago))
            db.session.execute(
                update(Operation).where(Operation.state == "retry").values(not_before=long_ago)
            )
            running = update(Operation).where(Operation.state == "running")
            db.session.execute(running.values(lease_until=long_ago))
            db.session.commit()

    def _row(self, piece: Piece) -> ServiceRequest:
        return db.session.scalars(select(ServiceRequest).where(ServiceRequest.id == piece.id)).one()
