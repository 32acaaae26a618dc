"""What people change of their own account, and the links mailed to them for it. Nothing here commits."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from app.auth import trail
from app.auth.link_secrets import hash_of, new_secret
from app.auth.passwords import check_repeat, set_password
from app.auth.sessions import check_password, end_all_sessions, vouch
from app.checks import Checks
from app.errors import Problem
from app.extensions import db
from app.mail.outbox import discard, post, public_link
from app.models import User, UserLink, now
from app.models.user import THEMES
from app.models.user_link import EMAIL_CHANGE, PASSWORD_RESET

RESET_LASTS = timedelta(minutes=60)
CHANGE_LASTS = timedelta(hours=24)
LONGEST_NAME = 100
YOURS = "You get this mail because this is the address of your Countinghouse account."
LINK_GONE = "This link does not work any more: it was used, or it has expired."


def find_user(user_id: UUID) -> User:
    return db.session.scalars(select(User).where(User.id == user_id)).one()


def user_of(email: str) -> User | None:
    """The active person with this address."""
    if "\x00" in email:
        return None
    known = select(User).where(func.lower(User.email) == email.strip().lower(), User.active)
    return db.session.scalar(known)


def change_details(user: User, name: str, theme: str, shortcuts: bool) -> None:
    """Raises `Problem` 422 on `name` or `theme`."""
    checks = Checks()
    written = checks.required("name", name, "Your name", LONGEST_NAME)
    chosen = checks.one_of("theme", theme, THEMES, "The theme")
    checks.finish()
    user.name, user.theme, user.shortcuts = written, chosen, shortcuts


def ask_for_reset(email: str) -> None:
    """Mail a link for a new password. An unknown address costs the same work and gets nothing.

    Links sent before stay good: somebody who asks again and again for another's account takes nothing from them.
    """
    user, secret = user_of(email), new_secret()
    words = {"url": public_link("auth.reset", secret=secret), "name": user.name if user else "Nobody"}
    if user is None:
        discard("password_reset", words)
        return
    _keep_link(user, PASSWORD_RESET, secret, RESET_LASTS)
    post(
        "password_reset",
        user.email,
        "A new password for Countinghouse",
        words,
        reason=YOURS,
        good_for=RESET_LASTS,
    )


def reset_password(secret: str, password: str, again: str) -> User:
    """Set the password by a mailed link; every sign-in ends, every other link too. Raises `Problem`: 422 on a field,
    410 when the link is not good (any more)."""
    link = open_link(secret, PASSWORD_RESET, lock=True)
    if link is None:
        raise Problem(LINK_GONE, code="link_gone", status=410)
    user = find_user(link.user_id)
    check_repeat(password, again)
    set_password(user, password)
    _after_new_password(user)
    vouch(user.email)
    trail.told("person.password_reset", user.id)
    return user


def change_password(user: User, current: str, password: str, again: str, session_id: UUID) -> None:
    """A new password for who knows the present one; all other sign-ins end. Raises `Problem` 422 on a field, 429."""
    _prove(user, current)
    check_repeat(password, again)
    set_password(user, password)
    _after_new_password(user, session_id)
    trail.told("person.password_changed", user.id)


def _prove(user: User, password: str) -> None:
    try:
        check_password(user.email, password)
    except Problem as wrong:
        sentence = "This is not your present password." if wrong.status == 401 else wrong.message
        raise Problem(sentence, status=422, fields={"current": [sentence]}) from None


def _after_new_password(user: User, keep: UUID | None = None) -> None:
    end_all_sessions(user.id, keep)
    use_up_links(user.id)
    post(
        "password_changed",
        user.email,
        "Your password was changed",
        {"name": user.name, "url": public_link("auth.forgot")},
        reason=YOURS,
    )


def ask_for_email(user: User, email: str, current: str) -> str:
    """Mail a link to the new address and a notice to the present one; the new address. Raises `Problem` 422."""
    checks = Checks()
    new = checks.email("email", email)
    if new is None:
        checks.wrong("email", "The new e-mail address is missing. Write one.")
    elif new.lower() == user.email.lower():
        checks.wrong("email", "This is your address already.")
    checks.finish()
    _prove(user, current)
    secret = new_secret()
    words = {"url": public_link("auth.confirm_email", secret=secret), "name": user.name, "email": new}
    if db.session.scalar(select(User.id).where(func.lower(User.email) == str(new).lower())) is not None:
        # Somebody else's: they are not bothered, and nobody learns that they are here.
        discard("email_confirm", words)
    else:
        use_up_links(user.id, EMAIL_CHANGE)
        _keep_link(user, EMAIL_CHANGE, secret, CHANGE_LASTS, new)
        reason = "You get this mail because somebody wants to use this address for a Countinghouse account."
        subject = "Confirm your new e-mail address"
        post("email_confirm", str(new), subject, words, reason=reason, good_for=CHANGE_LASTS)
    notice = {"name": user.name, "email": new, "url": public_link("auth.forgot"), "done": False}
    post("email_notice", user.email, "Your e-mail address is to be changed", notice, reason=YOURS)
    return str(new)


def confirm_email(secret: str) -> User:
    """Make the address of a mailed link the person's. Raises `Problem` 410 when the link is not good (any more)."""
    gone = Problem(LINK_GONE, code="link_gone", status=410)
    link = open_link(secret, EMAIL_CHANGE, lock=True)
    if link is None or link.email is None:
        raise gone
    user, before = find_user(link.user_id), ""
    try:
        with db.session.begin_nested():
            before, user.email = user.email, link.email
            db.session.flush()
    except IntegrityError:
        raise gone from None  # somebody took the address meanwhile
    use_up_links(user.id)
    trail.told("person.email_changed", user.id, {"email": user.email}, {"email": before})
    notice = {"name": user.name, "email": user.email, "url": public_link("auth.forgot"), "done": True}
    post("email_notice", before, "Your e-mail address was changed", notice, reason=YOURS)
    return user


def open_link(secret: str, kind: str, *, lock: bool = False) -> UserLink | None:
    """The link with this secret that can still be followed, its person being active."""
    found = select(UserLink).where(
        UserLink.token_hash == hash_of(secret),
        UserLink.kind == kind,
        UserLink.used_at.is_(None),
        UserLink.expires_at > now(),
        UserLink.user_id.in_(select(User.id).where(User.active)),
    )
    return db.session.scalar(found.with_for_update(of=UserLink) if lock else found)


def use_up_links(user_id: UUID, kind: str | None = None) -> None:
    """No mailed link of the person works any more (of one kind, when it is named)."""
    using = update(UserLink).where(UserLink.user_id == user_id, UserLink.used_at.is_(None))
    if kind:
        using = using.where(UserLink.kind == kind)
    db.session.execute(using.values(used_at=now()))


def _keep_link(user: User, kind: str, secret: str, lasts: timedelta, email: str | None = None) -> None:
    row = UserLink(
        user_id=user.id, kind=kind, token_hash=hash_of(secret), expires_at=now() + lasts, email=email
    )
    db.session.add(row)
