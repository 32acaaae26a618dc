"""Looking into the outbox, behind its walls."""

import json
import re
from dataclasses import dataclass
from uuid import UUID

from flask import Flask
from sqlalchemy import Engine, text

from app.crypto import Vault
from app.mail.outbox import NOBODY
from app.tasks.mails import send


@dataclass(frozen=True)
class Posted:
    id: UUID
    company_id: UUID | None
    kind: str
    recipient: str
    subject: str
    state: str
    attempts: int
    last_error: str | None
    text: str
    html: str

    @property
    def link(self) -> str:
        """The path of the one link in the mail."""
        (found,) = set(re.findall(r"http://localhost:8000(/\S+)", self.text))
        return found


class Outbox:
    """What was posted, oldest first."""

    def __init__(self, app: Flask, superuser: Engine) -> None:
        self.app, self._superuser = app, superuser

    def all(self, kind: str | None = None) -> list[Posted]:
        with self._superuser.connect() as connection:
            rows = connection.execute(
                text(
                    "select id, company_id, kind, recipient, subject, state, attempts, last_error, sealed_body"
                    " from mails order by created_at, id"
                )
            ).all()
        key = self.app.extensions["settings"].master_keys
        found = []
        for *facts, sealed in rows:
            body = {"text": "", "html": ""}
            if sealed is not None:
                body = json.loads(Vault(key, facts[1] or NOBODY).open(bytes(sealed), facts[0], "body"))
            found.append(Posted(*facts, body["text"], body["html"]))
        return [mail for mail in found if kind in {None, mail.kind}]

    def last(self, kind: str) -> Posted:
        return self.all(kind)[-1]

    def send(self, mail: Posted) -> None:
        """As a worker would."""
        with self.app.app_context():
            send(str(mail.company_id or ""), str(mail.id))

    def set(self, mail: Posted, assignments: str) -> None:
        with self._superuser.begin() as connection:
            connection.execute(text(f"update mails set {assignments} where id = :id"), {"id": mail.id})
