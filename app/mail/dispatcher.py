"""Rings for every due mail that nobody came for, so that Redis may be wiped and workers may die."""

import logging
from collections import defaultdict
from contextlib import nullcontext
from datetime import timedelta
from uuid import UUID

from flask import Flask
from redis.exceptions import RedisError
from sqlalchemy import func, update

from app import lookups
from app.extensions import db
from app.mail.outbox import ring
from app.models import Mail
from app.tenancy import company_scope

log = logging.getLogger(__name__)

AT_ONCE = 200
RING_AGAIN_AFTER = timedelta(seconds=20)


def sweep(app: Flask) -> int:
    """One sweep; how many mails were rung for. Needs no context; raises nothing when Redis is away."""
    with app.app_context():
        due = lookups.due_mails(db.session, AT_ONCE, RING_AGAIN_AFTER)
        db.session.rollback()
    by_company: dict[UUID | None, list[UUID]] = defaultdict(list)
    for company_id, mail_id in due:
        by_company[company_id].append(mail_id)
    rung = 0
    for company_id, mail_ids in by_company.items():
        with app.app_context(), company_scope(company_id) if company_id else nullcontext():
            db.session.execute(update(Mail).where(Mail.id.in_(mail_ids)).values(rung_at=func.now()))
            db.session.commit()
            for mail_id in mail_ids:
                try:
                    ring(company_id, mail_id)
                except RedisError:
                    log.warning("Redis does not answer: mails wait for the next sweep")
                    return rung
                rung += 1
    return rung
