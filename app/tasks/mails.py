"""What RQ calls to send a mail. Arguments are ids, as text; an empty one for a mail that is no company's."""

from uuid import UUID

from flask import Flask, current_app

from app.mail import sending
from app.tasks.crew import Crew


def send(company_id: str, mail_id: str) -> None:
    """Send one mail: by the worker's crew when there is one, so that a slow mail server holds nobody up."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    company, mail = UUID(company_id) if company_id else None, UUID(mail_id)
    crew: Crew | None = app.extensions.get("crew")
    if crew is not None:
        crew.lend(lambda: _send(app, company, mail), f"Mail {mail}")
    else:
        _send(app, company, mail)


def _send(app: Flask, company_id: UUID | None, mail_id: UUID) -> None:
    with app.app_context():
        sending.send(company_id, mail_id)
