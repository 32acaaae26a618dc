"""The company of the scope we are in, as a row to change."""

from sqlalchemy import select

from app.extensions import db
from app.models import Company
from app.tenancy import current_company_id


def locked_company() -> Company:
    """The company's row, locked until the commit.

    Numbers are taken from it one after the other, and names that must be unique are looked for without
    another writer in between.
    """
    return db.session.scalars(
        select(Company)
        .where(Company.id == current_company_id())
        .with_for_update()
        # The way in has read this row already; under the lock it must be read anew.
        .execution_options(populate_existing=True)
    ).one()
