"""Sending one mail: claim the row, hand it over, write how it ended. At least once; the Message-ID is the row's, so a
mail program shows a doubled one once."""

import logging
from contextlib import nullcontext
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from uuid import UUID

from sqlalchemy import func, select, update

from app.crypto import SealBrokenError
from app.extensions import db, settings
from app.mail.outbox import read_body
from app.mail.smtp import MailError, MailServer
from app.models import Mail
from app.tenancy import company_scope

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
"""For so long after a claim nobody else tries: longer than a mail server may take."""
NEXT_TRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))
NO_SERVER = "Not sent: no mail server is set (SMTP_URL)."
LOOK_AGAIN = timedelta(minutes=5)
TOO_LATE = "Not sent in time: its link has expired."


def can_send() -> bool:
    """Whether mail goes anywhere: to the server, or to the demonstration's mailbox."""
    return settings().demo or settings().smtp_url is not None


def send(company_id: UUID | None, mail_id: UUID) -> str | None:
    """Try to send the mail; its state afterwards, None when it was not ours to try. Needs no scope; commits."""
    with company_scope(company_id) if company_id else nullcontext():
        if not can_send():
            _wait_for_server(mail_id)
            return "queued"
        claimed = _claim(mail_id)
        if claimed is None:
            return None
        mail, too_late = claimed
        if too_late:
            return _end(mail, "failed", TOO_LATE)
        if settings().demo:
            return _end(mail, "sent")  # nothing leaves the demonstration: the row is its mailbox
        return _hand_over(mail)


def _claim(mail_id: UUID) -> tuple[Mail, bool] | None:
    """The mail, with whether its link has expired; by the database's clock, as every time of a mail."""
    due = (Mail.id == mail_id, Mail.state == "queued", Mail.not_before <= func.now())
    claiming = update(Mail).where(*due).values(attempts=Mail.attempts + 1, not_before=func.now() + LEASE)
    too_late = func.coalesce(Mail.useless_after <= func.now(), False)
    claimed = db.session.execute(claiming.returning(Mail.id, too_late)).one_or_none()
    mail = db.session.scalar(select(Mail).where(Mail.id == claimed[0])) if claimed else None
    if mail is not None:
        # No transaction stays open while the mail server is asked.
        db.session.expunge(mail)
    db.session.commit()
    return (mail, bool(claimed[1])) if mail is not None and claimed is not None else None


def _hand_over(mail: Mail) -> str:
    url = settings().smtp_url
    server = MailServer.at(url.get_secret_value() if url else "")
    sender = settings().mail_from or ""
    try:
        server.hand_over(message_of(mail, sender), parseaddr(sender)[1], mail.recipient)
    except MailError as problem:
        log.warning("Mail %s (%s) was not sent: %s", mail.id, mail.kind, problem.sentence)
        if problem.permanent or mail.attempts > len(NEXT_TRIES):
            return _end(mail, "failed", problem.sentence)
        return _end(mail, "queued", problem.sentence, again_in=NEXT_TRIES[mail.attempts - 1])
    return _end(mail, "sent")


def message_of(mail: Mail, sender: str) -> EmailMessage:
    """The message as it is sent: text with an HTML alternative. Raises `MailError` when its text does not open."""
    try:
        body = read_body(mail) or {"text": "", "html": ""}
    except SealBrokenError as closed:
        raise MailError(str(closed)) from None
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<{mail.id}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body["text"])
    message.add_alternative(body["html"], subtype="html")
    return message


def _end(mail: Mail, state: str, error: str | None = None, again_in: timedelta | None = None) -> str:
    values: dict[str, object] = {"state": state, "last_error": error}
    if again_in:
        values["not_before"] = func.now() + again_in
    if state == "sent":
        values["sent_at"] = func.now()
    if state == "sent" and not settings().demo:
        values["sealed_body"] = None
    # Only by whoever claimed last: a sender that was thought dead changes nothing.
    ours = (Mail.id == mail.id, Mail.state == "queued", Mail.attempts == mail.attempts)
    db.session.execute(update(Mail).where(*ours).values(**values))
    db.session.commit()
    return state


def _wait_for_server(mail_id: UUID) -> None:
    log.error("Mail %s: %s", mail_id, NO_SERVER)
    waiting = update(Mail).where(Mail.id == mail_id, Mail.state == "queued")
    db.session.execute(waiting.values(last_error=NO_SERVER, not_before=func.now() + LOOK_AGAIN))
    db.session.commit()
