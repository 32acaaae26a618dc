"""The demonstration's practices and people."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from app.auth.link_secrets import hash_of, new_secret
from app.extensions import db, password_hasher
from app.models import (
    Client,
    ClientTag,
    Company,
    Invitation,
    JobTemplate,
    JobTemplateTask,
    Membership,
    Office,
    Service,
    Tag,
    User,
    now,
)

PASSWORD = "countinghouse-demo"  # noqa: S105  shown on the sign-in page, in demonstration mode only
JOINED = timedelta(days=120)
"""So long ago the people of the demonstration joined."""


@dataclass(frozen=True)
class Person:
    email: str
    name: str
    role: str


@dataclass(frozen=True)
class Practice:
    name: str
    prefix: str
    time_zone: str
    organisation: str | None
    """What its Xero organisation is called; None: never connected."""
    people: tuple[Person, ...]
    offices: tuple[str, ...]


ABC = Practice(
    "ABC Accounting",
    "ABC",
    "Australia/Sydney",
    "ABC Pty Ltd",
    (
        Person("admin@abc.test", "Alice Carter", "admin"),
        Person("jane@abc.test", "Jane Doe", "accountant"),
        Person("mike@abc.test", "Mike Brown", "accountant"),
        Person("sarah@abc.test", "Sarah Lee", "accountant"),
    ),
    ("Sydney", "Parramatta", "Newcastle"),
)
SMITH = Practice(
    "Smith Tax Co.",
    "STC",
    "Australia/Melbourne",
    "Smith & Co",
    (
        Person("admin@smith.test", "Tom Smith", "admin"),
        Person("priya@smith.test", "Priya Nair", "accountant"),
    ),
    ("Bendigo", "Ballarat"),
)
XYZ = Practice(
    "XYZ Partners",
    "XYZ",
    "Australia/Brisbane",
    None,
    (
        Person("admin@xyz.test", "Nina Zhou", "admin"),
        Person("omar@xyz.test", "Omar Haddad", "accountant"),
        Person("lucy@xyz.test", "Lucy Tran", "accountant"),
    ),
    ("Cairns",),
)
SUPER_ADMIN = Person("super@countinghouse.test", "Robin Vale", "super")
PORTAL_CLIENT = Person("client@abc.test", "Hannah Whitlock", "client")

# name, description, price, days, task list
SERVICES = (
    ("Individual Tax Return", "Income tax return for one person.", "330.00", 28, "Tax return"),
    ("BAS", "Business activity statement for a quarter.", "275.00", 21, "BAS"),
    ("Company Tax", "Year-end accounts and company tax return.", "1850.00", 45, "Company year end"),
    (
        "Trust Tax Return",
        "Accounts, distribution minutes and return of a trust.",
        "1450.00",
        45,
        "Company year end",
    ),
    ("Bookkeeping", "A month's books: reconcile, code, report.", "480.00", 14, "Bookkeeping month"),
    ("SMSF Audit and Return", "Audit and annual return of a self-managed super fund.", "2200.00", 60, None),
    ("Payroll Setup", "Set up payroll, awards and single touch reporting.", "650.00", 21, "Payroll set-up"),
    ("ASIC Annual Review", "Company statement checked and lodged.", "180.00", 28, "ASIC review"),
)

# name, charge type, rate, minutes
TEMPLATES = {
    "Tax return": (
        ("Collect documents", "NON_CHARGEABLE", "0", 20),
        ("Prepare return", "TIME", "165", 90),
        ("Review and lodge", "TIME", "220", 30),
    ),
    "BAS": (
        ("Reconcile GST accounts", "TIME", "145", 60),
        ("Prepare statement", "TIME", "145", 30),
        ("Review and lodge", "TIME", "220", 20),
    ),
    "Company year end": (
        ("Collect year-end papers", "NON_CHARGEABLE", "0", 30),
        ("Prepare accounts", "TIME", "165", 300),
        ("Prepare return", "TIME", "165", 120),
        ("Partner review", "TIME", "260", 60),
        ("Lodge and file", "FIXED", "90", 15),
    ),
    "Bookkeeping month": (
        ("Reconcile bank accounts", "TIME", "110", 120),
        ("Code and file bills", "TIME", "110", 90),
        ("Month report", "FIXED", "120", 30),
    ),
    "Payroll set-up": (
        ("Set up employees and awards", "TIME", "145", 120),
        ("Connect reporting", "TIME", "145", 45),
        ("Train the client", "NON_CHARGEABLE", "0", 60),
    ),
    "ASIC review": (("Check company statement", "TIME", "145", 20), ("Lodge changes", "FIXED", "60", 15)),
}


def add_user(person: Person, password_hash: str) -> User:
    user = User(
        email=person.email, name=person.name, password_hash=password_hash, super_admin=person.role == "super"
    )
    db.session.add(user)
    db.session.flush()
    return user


def hash_password() -> str:
    """Hashed once: these people share one password on purpose."""
    return password_hasher.hash(PASSWORD)


def add_practice(practice: Practice, company: Company, password_hash: str) -> dict[str, Membership]:
    """Offices and staff; memberships by first name. Inside the company's scope."""
    company.name = practice.name
    db.session.add_all([Office(name=name) for name in practice.offices])
    members: dict[str, Membership] = {}
    for person in practice.people:
        user = add_user(person, password_hash)
        members[person.name.split()[0]] = membership = Membership(user_id=user.id, role=person.role)
        db.session.add(membership)
    db.session.flush()
    first = practice.people[0]
    for person in practice.people[1:]:
        db.session.add(accepted_invitation(person, members[person.name.split()[0]], first.name))
    db.session.flush()
    return members


def accepted_invitation(person: Person, membership: Membership, by: str) -> Invitation:
    """How somebody came to the practice. Its link was used long ago; nobody knows its secret any more."""
    joined = now() - JOINED
    return Invitation(
        email=person.email,
        role=person.role,
        client_id=membership.client_id,
        token_hash=hash_of(new_secret()),
        invited_by=by,
        created_at=joined - timedelta(days=1),
        expires_at=joined + timedelta(days=6),
        accepted_at=joined,
        accepted_by=membership.user_id,
    )


def add_services(which: tuple[str, ...] | None = None) -> dict[str, Service]:
    """Services by name, with the task lists they can be mapped to."""
    for name, tasks in TEMPLATES.items():
        template = JobTemplate(name=name)
        template.tasks = [
            JobTemplateTask(
                position=n, name=task, charge_type=kind, rate=Decimal(rate), estimate_minutes=minutes
            )
            for n, (task, kind, rate, minutes) in enumerate(tasks)
        ]
        db.session.add(template)
    services = {
        name: Service(
            name=name,
            description=description,
            base_price=Decimal(price),
            default_due_days=days,
            account_code="200",
            tax_type="OUTPUT",
        )
        for name, description, price, days, _ in SERVICES
        if which is None or name in which
    }
    db.session.add_all(services.values())
    db.session.flush()
    return services


def add_clients(
    company: Company, rows: tuple[tuple[str, str, str, str, str], ...], offices: dict[str, Office]
) -> list[Client]:
    clients = [
        Client(
            number=company.take_client_number(),
            name=name,
            sort_name=name.casefold(),
            kind=kind,
            email=email,
            phone=phone,
            office_id=offices[office].id,
        )
        for name, kind, email, phone, office in rows
    ]
    db.session.add_all(clients)
    db.session.flush()
    _tag(clients)
    return clients


def _tag(clients: list[Client]) -> None:
    """Businesses apart from people, as most practices group their clients first."""
    tags = {name: Tag(name=name, sort_name=name.casefold()) for name in ("Business", "Personal")}
    db.session.add_all(tags.values())
    db.session.flush()
    for client in clients:
        tag = tags["Personal" if client.kind == "individual" else "Business"]
        db.session.add(ClientTag(client_id=client.id, tag_id=tag.id))
    db.session.flush()
