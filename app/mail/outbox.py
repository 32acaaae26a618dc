"""The outbox: a mail is a row, written in the transaction of what causes it. Nothing here commits or sends.

After the commit a worker is told; losing that is harmless, because the clock asks for due mails again
(`app.mail.dispatcher`).
"""

import json
import logging
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4

from flask import current_app
from redis.exceptions import RedisError
from sqlalchemy import event, func
from sqlalchemy.orm import Session

from app.checks import one_line
from app.crypto import Vault
from app.extensions import db, settings, task_queue
from app.models import Mail
from app.tenancy import CompanySession

log = logging.getLogger(__name__)

SEND = "app.tasks.mails.send"
_POSTED = "mails_to_ring"
AT_MOST = 5
"""Rings for one commit; the rest are the dispatcher's."""
NOBODY = UUID(int=0)
"""In the place of the company, for the seal of a mail that belongs to none."""


class Practice(Protocol):
    """A company, as row or as view."""

    @property
    def id(self) -> UUID: ...

    @property
    def name(self) -> str: ...


def post(
    kind: str,
    recipient: str,
    subject: str,
    words: dict[str, Any],
    *,
    company: Practice | None = None,
    reason: str,
    good_for: timedelta | None = None,
) -> Mail:
    """Write a mail from the templates `mail/<kind>.txt` and `.html`.

    `words`: what the templates say. `company`: whose mail it is, the scope's; None for a person's own. `reason`: why
    they get it, for the foot. `good_for`: after that long it is not worth sending.
    """
    mail = Mail(
        id=uuid4(),
        company_id=company.id if company else None,
        kind=kind,
        recipient=recipient,
        subject=one_line(subject),
        useless_after=func.now() + good_for if good_for else None,
    )
    words = {**words, "company": company, "reason": reason, "subject": mail.subject}
    body = {"text": _written(f"{kind}.txt", words), "html": _written(f"{kind}.html", words)}
    mail.sealed_body = _vault(mail).seal(json.dumps(body), mail.id, "body")
    db.session.add(mail)
    db.session().info.setdefault(_POSTED, {})[mail.id] = mail.company_id
    return mail


def discard(kind: str, words: dict[str, Any]) -> None:
    """Do the work of a mail that nobody gets: an unknown address must take as long as a known one."""
    mail = post(kind, "", "Nobody's", words, reason="")
    mail.state, mail.sealed_body = "discarded", None


def read_body(mail: Mail) -> dict[str, str] | None:
    """`text` and `html`; None when they were wiped."""
    if mail.sealed_body is None:
        return None
    body: dict[str, str] = json.loads(_vault(mail).open(mail.sealed_body, mail.id, "body"))
    return body


def public_link(endpoint: str, **values: Any) -> str:
    """The whole address of a page of ours, also where no request is (a worker)."""
    path = current_app.url_map.bind("localhost").build(endpoint, values)
    return settings().public_url + path


def _written(name: str, words: dict[str, Any]) -> str:
    # Not `render_template`: a mail knows nothing of the person looking at a page.
    return current_app.jinja_env.get_template(f"mail/{name}").render(words).strip() + "\n"


def _vault(mail: Mail) -> Vault:
    return Vault(settings().master_keys, mail.company_id or NOBODY)


def ring(company_id: UUID | None, mail_id: UUID) -> None:
    """Put the mail's ids into the queue. Raises `RedisError`."""
    task_queue().enqueue(
        SEND,
        args=(str(company_id or ""), str(mail_id)),
        job_timeout=120,
        result_ttl=0,
        failure_ttl=0,
    )


@event.listens_for(CompanySession, "after_commit")
def _ring_posted(session: Session) -> None:
    posted = session.info.pop(_POSTED, {})
    for mail_id, company_id in list(posted.items())[:AT_MOST]:
        try:
            ring(company_id, mail_id)
        except RedisError:
            log.warning("Redis does not answer: mail %s waits for the dispatcher", mail_id)
            return


@event.listens_for(CompanySession, "after_rollback")
def _forget_posted(session: Session) -> None:
    session.info.pop(_POSTED, None)
