"""Following an invitation: who may, and what becomes of it. Inside the inviting company's scope; nothing commits."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.audit.record import Actor, record
from app.auth.link_secrets import hash_of
from app.auth.passwords import check_new_password, check_repeat, set_password
from app.auth.person import LONGEST_NAME
from app.checks import Checks
from app.errors import Problem, WrongState
from app.extensions import db
from app.models import Company, Invitation, Membership, User, now
from app.tenancy import current_company_id


def find_invitation(secret: str, *, lock: bool = False) -> Invitation | None:
    found = select(Invitation).where(Invitation.token_hash == hash_of(secret))
    if lock:
        # Read anew under the lock: the link counts once, also for two who follow it at the same time.
        found = found.with_for_update(of=Invitation).execution_options(populate_existing=True)
    return db.session.scalar(found)


def inviting_company() -> Company:
    return db.session.scalars(select(Company).where(Company.id == current_company_id())).one()


def accept(secret: str, user: User) -> None:
    """Give the invited person their place. Raises `WrongState`: not open any more, or theirs already."""
    invitation = _open(secret)
    if user.email.lower() != invitation.email.lower():
        raise WrongState(f"This invitation is for {invitation.email}. Sign in as that person to accept it.")
    if invitation.role != "client" and not user.password_hash:
        raise WrongState(
            "People of a practice sign in with a password, and you have none yet. Sign out, choose “Forgotten your"
            " password?” to make one, then follow this link again."
        )
    _join(invitation, user)


def accept_as_new(secret: str, name: str, password: str, again: str) -> User:
    """Make the account and give it its place. A client's person may leave the password empty: a code is mailed to them
    each time they sign in. Raises `Problem` 422 on `name`, `password`, `again`; `WrongState`."""
    invitation = _open(secret)
    checks = Checks()
    written = checks.required("name", name, "Your name", LONGEST_NAME)
    wanted = bool(password or again) or invitation.role != "client"
    if wanted:
        check_new_password(checks, password, invitation.email)
    checks.finish()
    user = User(email=invitation.email, name=written, password_hash="")
    if wanted:
        check_repeat(password, again)
        set_password(user, password)
    try:
        with db.session.begin_nested():
            db.session.add(user)
            db.session.flush()
    except IntegrityError:
        raise WrongState(
            f"There is an account with the address {invitation.email} by now. Sign in, then accept."
        ) from None
    _join(invitation, user)
    return user


def _open(secret: str) -> Invitation:
    invitation = find_invitation(secret, lock=True)
    if invitation is None or invitation.state != "open":
        raise Problem("This invitation does not work any more.", code="link_gone", status=410)
    if inviting_company().suspended_at:
        raise WrongState("This practice is suspended. Please ask its admin what happened.")
    return invitation


def _join(invitation: Invitation, user: User) -> None:
    theirs = db.session.scalar(select(Membership).where(Membership.user_id == user.id))
    if theirs is not None:
        raise WrongState(
            "You belong to this practice already."
            if theirs.active
            else "Your access to this practice was ended. Ask its admin to let you in again."
        )
    db.session.add(Membership(user_id=user.id, role=invitation.role, client_id=invitation.client_id))
    invitation.accepted_at, invitation.accepted_by = now(), user.id
    db.session.flush()
    role = invitation.role
    record("person.joined", user, None, {"role": role}, by=Actor(user.id, user.name, role))
