"""The demonstration data: three practices with people, clients and a quarter of work. Also the cast of the tests.

The practices and people are invented; dates count from today, everything else is the same at each load.
"""

from uuid import uuid4

from sqlalchemy import select

from app.clients.csv import imports as client_files
from app.demonstration import people
from app.demonstration.connected import connect
from app.demonstration.documents import tell_documents
from app.demonstration.history import Teller, tell_quarter
from app.demonstration.names import ABC_CLIENTS, SMITH_CLIENTS, XYZ_CLIENTS
from app.extensions import db
from app.models import Client, Company, Membership, Office, Service, ServiceRequest, User
from app.tenancy import company_scope


def begun() -> bool:
    """Whether the installation holds the demonstration, wholly or in part."""
    return _known(people.SUPER_ADMIN)


def load() -> str:
    """Load what is not there yet, committing practice by practice; a sentence of what was loaded.

    An interrupted load goes on where it stopped. Raises `OSError` or `app.xero.errors.XeroError` when the simulator
    does not answer: the connected practices need it.
    """
    password_hash = people.hash_password()
    if not _known(people.SUPER_ADMIN):
        people.add_user(people.SUPER_ADMIN, password_hash)
        db.session.commit()
    counts = [
        _practice(practice, clients, password_hash, per_week)
        for practice, clients, per_week in (
            (people.ABC, ABC_CLIENTS, 11),
            (people.SMITH, SMITH_CLIENTS, 3),
            (people.XYZ, XYZ_CLIENTS, 1),
        )
        if not _known(practice.people[0])
    ]
    if not counts:
        return "The demonstration data is there already; nothing was loaded."
    return f"Loaded {len(counts)} practices with {sum(counts)} service requests."


def _known(person: people.Person) -> bool:
    return db.session.scalar(select(User.id).where(User.email == person.email)) is not None


def _practice(
    practice: people.Practice,
    client_rows: tuple[tuple[str, str, str, str, str], ...],
    password_hash: str,
    per_week: int,
) -> int:
    db.session.remove()  # one session, one company
    company = Company(
        id=uuid4(), name=practice.name, time_zone=practice.time_zone, reference_prefix=practice.prefix
    )
    with company_scope(company.id, db.session()):
        db.session.add(company)
        db.session.flush()
        members = people.add_practice(practice, company, password_hash)
        services = people.add_services()
        offices = {office.name: office for office in db.session.scalars(select(Office))}
        clients = people.add_clients(company, client_rows, offices)
        if practice is people.ABC:
            _portal_person(clients, password_hash)
        requests = _tell(company, practice, clients, services, members, per_week)
        _file_of_clients(clients, practice.people[0].name)
        if practice.organisation:
            tell_documents(practice, services, requests)
            connect(company, practice, services, members, requests)
        db.session.commit()
        return len(requests)


def _file_of_clients(clients: list[Client], admin: str) -> None:
    """A file that somebody uploaded and has not confirmed: three clients who are there already, with other phones."""
    rows = [f"{client.name};{client.email};1300 555 10{place}" for place, client in enumerate(clients[:3])]
    lines = "\r\n".join(["Client name;E-mail;Mobile", *rows])
    file = client_files.upload(f"{clients[0].number}.csv", lines.encode(), admin)
    client_files.compare(file, {"name": 0, "email": 1, "mobile": 2}, "other", "fill")


def _portal_person(clients: list[Client], password_hash: str) -> None:
    user = people.add_user(people.PORTAL_CLIENT, password_hash)
    theirs = next(client for client in clients if client.name == people.PORTAL_CLIENT.name)
    membership = Membership(user_id=user.id, role="client", client_id=theirs.id)
    db.session.add(membership)
    db.session.flush()
    invited = people.accepted_invitation(people.PORTAL_CLIENT, membership, people.ABC.people[0].name)
    db.session.add(invited)
    db.session.flush()


def _tell(
    company: Company,
    practice: people.Practice,
    clients: list[Client],
    services: dict[str, Service],
    members: dict[str, Membership],
    per_week: int,
) -> list[ServiceRequest]:
    admin = practice.people[0]
    teller = Teller(company, clients, services, members, admin.name)
    staff = tuple(person.name.split()[0] for person in practice.people if person.role == "accountant")
    told = tell_quarter(teller, staff, per_week)
    # What a newcomer opens first: a fresh request of the portal's own client, not yet assigned.
    if practice is people.ABC:
        told.append(teller.tell("Individual Tax Return", clients[0], 1, "new", None))
    told.append(teller.tell("BAS", clients[2], 0, "new", None))
    db.session.flush()
    return told
