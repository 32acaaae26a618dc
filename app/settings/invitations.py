"""Inviting people into the practice. Nothing here commits.

A link is mailed and works once, for seven days; the database keeps the hash of its secret only.
"""

from datetime import timedelta

from sqlalchemy import func, select

from app.audit.record import Actor, Subject, record
from app.auth import throttle
from app.auth.link_secrets import hash_of, new_secret
from app.checks import Checks
from app.companies import locked_company
from app.errors import Problem, WrongState
from app.extensions import db
from app.mail.outbox import post, public_link
from app.models import Client, Company, Invitation, Membership, User, now
from app.models.membership import STAFF_ROLES
from app.settings.people_actions import ROLE_WORDS

LASTS = timedelta(days=7)
DAY = timedelta(days=1)
A_DAY, SENT_A_DAY = 100, 5
"""Invitations of a practice, and mails of one invitation: what goes to strangers' addresses is limited."""


def invite(email: str, role: str, by: str, actor: Actor | None = None) -> Invitation:
    """Invite a member of staff and mail the link. `actor`: who did it, if not the viewer. Raises `Problem` 422 on
    `email` or `role`, 429 after too many."""
    checks = Checks()
    checks.one_of("role", role, STAFF_ROLES, "The role")
    return _invite(checks, email, role, None, by, actor)


def invite_client(client: Client, email: str, by: str) -> Invitation:
    """Invite somebody to the portal of a client. Raises `Problem` 422 on `email`, 429; `WrongState` when archived."""
    if client.archived_at is not None:
        raise WrongState(f"{client.name} is archived. Bring the client back before you invite somebody.")
    return _invite(Checks(), email, "client", client, by)


def resend(invitation: Invitation, actor: Actor | None = None) -> None:
    """Mail a new link, good for seven days from now; the one before stops working. Raises `WrongState` when the
    invitation was accepted or withdrawn, `Problem` 429 after too many."""
    company = _locked(invitation)
    _check_unfinished(invitation)
    throttle.count(
        f"invitation-sent:{invitation.id}",
        SENT_A_DAY,
        int(DAY.total_seconds()),
        f"This invitation was sent {SENT_A_DAY} times today. Ask {invitation.email} to look among unwanted mail.",
    )
    _send_link(company, invitation)
    record("person.invited_again", _told(invitation), by=actor)


def withdraw(invitation: Invitation, by: str) -> None:
    """The link stops working. Raises `WrongState` when the invitation was accepted or withdrawn."""
    _locked(invitation)
    _check_unfinished(invitation)
    invitation.withdrawn_at, invitation.withdrawn_by = now(), by
    record("person.uninvited", _told(invitation))


def _told(invitation: Invitation) -> Subject:
    return Subject("person", invitation.id, invitation.email)


def _invite(
    checks: Checks, email: str, role: str, client: Client | None, by: str, actor: Actor | None = None
) -> Invitation:
    address = checks.email("email", email)
    if address is None:
        checks.wrong("email", "The e-mail address is missing. Write one.")
    checks.finish()
    company = locked_company()
    _check_rate()
    _check_address(checks, str(address))
    checks.finish()
    invitation = Invitation(
        email=str(address),
        role=role,
        client_id=client.id if client else None,
        invited_by=by,
        token_hash="",
        expires_at=now(),
    )
    _send_link(company, invitation)
    db.session.add(invitation)
    db.session.flush()
    said = {"email": invitation.email, "role": role, "client_id": invitation.client_id}
    after = {name: value for name, value in said.items() if value}
    record("person.invited", _told(invitation), None, after, by=actor)
    return invitation


def _send_link(company: Company, invitation: Invitation) -> None:
    secret = new_secret()
    invitation.token_hash, invitation.expires_at = hash_of(secret), now() + LASTS
    mail = post(
        "invitation",
        invitation.email,
        f"{invitation.invited_by} invites you to {company.name}",
        {
            "by": invitation.invited_by,
            "role": ROLE_WORDS[invitation.role].lower(),
            "for_client": invitation.role == "client",
            "url": public_link("auth.invitation", secret=secret),
        },
        company=company,
        reason=f"You get this mail because {invitation.invited_by} of {company.name} wrote your address.",
        good_for=LASTS,
    )
    invitation.mail_id = mail.id


def _check_rate() -> None:
    lately = select(func.count(Invitation.id)).where(Invitation.created_at > now() - DAY)
    if (db.session.scalar(lately) or 0) >= A_DAY:
        raise Problem(
            f"Your practice has sent {A_DAY} invitations within a day. Go on tomorrow.",
            code="too_many",
            status=429,
        )


def _check_address(checks: Checks, address: str) -> None:
    theirs = db.session.scalar(
        select(Membership)
        .join(User, User.id == Membership.user_id)
        .where(func.lower(User.email) == address.lower())
    )
    if theirs is not None:
        has = "has a place in your practice" if theirs.active else "had a place in your practice"
        then = (
            "There is nothing to invite to."
            if theirs.active
            else "Open the person and give access back instead."
        )
        checks.wrong("email", f"{theirs.name} {has} already, as {ROLE_WORDS[theirs.role].lower()}. {then}")
        return
    waiting = db.session.scalar(
        select(Invitation).where(
            func.lower(Invitation.email) == address.lower(),
            Invitation.accepted_at.is_(None),
            Invitation.withdrawn_at.is_(None),
        )
    )
    if waiting is None:
        return
    if waiting.state == "open":
        checks.wrong(
            "email", f"{address} was invited already. Send that invitation again, or withdraw it first."
        )
        return
    # Expired: it makes room for the new one.
    waiting.withdrawn_at, waiting.withdrawn_by = now(), None
    db.session.flush()


def _locked(invitation: Invitation) -> Company:
    company = locked_company()
    db.session.refresh(invitation, with_for_update={"of": Invitation})
    return company


def _check_unfinished(invitation: Invitation) -> None:
    if invitation.accepted_at is not None:
        raise WrongState(f"{invitation.email} has accepted already.")
    if invitation.withdrawn_at is not None:
        raise WrongState(f"The invitation of {invitation.email} was withdrawn. Invite the address again.")
