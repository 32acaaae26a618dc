"""What a practice's admin does with people who have a place in it. Nothing here commits.

The company's row is locked first: two admins who take away each other's role at the same time come one after the
other, and the second is told that they are the last.
"""

from sqlalchemy import func, select, update

from app.audit.record import record
from app.checks import Checks
from app.companies import locked_company
from app.errors import WrongState
from app.extensions import db
from app.models import Invitation, Membership, User, now
from app.models.membership import STAFF_ROLES

ROLE_WORDS = {"admin": "Practice admin", "accountant": "Accountant", "client": "Client"}


def change_role(person: Membership, role: str) -> bool:
    """Give a member of staff another role; whether that changed anything. Raises `Problem` 422 on `role`,
    `WrongState` for the last admin and for people of a client."""
    checks = Checks()
    checks.one_of("role", role, STAFF_ROLES, "The role")
    checks.finish()
    _read_anew(person)
    if person.role == "client":
        raise WrongState(
            f"{person.name} has access as a client. Invite another address for a member of staff."
        )
    if person.role == role:
        return False
    if person.role == "admin":
        _keep_an_admin(person, "an accountant")
    record("person.role", person, {"role": person.role}, {"role": role})
    person.role = role
    return True


def deactivate(person: Membership, by: str) -> None:
    """End the person's access to this practice, at once: the way in reads it on each request. Their work stays.
    Raises `WrongState` when it has ended already, and for the last admin."""
    _read_anew(person)
    if not person.active:
        raise WrongState(f"{person.name} has no access already.")
    if person.role == "admin":
        _keep_an_admin(person, "deactivated")
    person.active = False
    record("person.deactivated", person, {"active": True}, {"active": False})
    # A link still on its way to the same address must not let them in again.
    db.session.execute(
        update(Invitation)
        .where(
            func.lower(Invitation.email) == person.user.email.lower(),
            Invitation.accepted_at.is_(None),
            Invitation.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now(), withdrawn_by=by)
    )


def reactivate(person: Membership) -> None:
    """Give the person their access back, in the role they had. Raises `WrongState` when they have it."""
    _read_anew(person)
    if person.active:
        raise WrongState(f"{person.name} has access already.")
    person.active = True
    record("person.reactivated", person, {"active": False}, {"active": True})


def _read_anew(person: Membership) -> None:
    locked_company()
    db.session.refresh(person)


def _keep_an_admin(person: Membership, becomes: str) -> None:
    others = select(func.count(Membership.id)).join(User, User.id == Membership.user_id)
    left = db.session.scalar(
        others.where(Membership.role == "admin", Membership.active, User.active, Membership.id != person.id)
    )
    if not left:
        raise WrongState(
            f"{person.name} is the practice’s only admin and cannot be {becomes}. Make somebody else an admin first."
            if becomes == "deactivated"
            else f"{person.name} is the practice’s only admin and cannot become {becomes}. Make somebody else an"
            " admin first."
        )
