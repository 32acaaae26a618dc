"""The hourly look at a connection: is the organisation still ours to reach, and is it called what we think?"""

from app.models import now
from app.sync.live import connection_of, transport_of
from app.sync.run import Run
from app.xero.accounting.api import AccountingApi


def check(run: Run) -> None:
    """One call. A connection that no longer answers becomes *reconnect needed* by the error it raises."""
    connection = connection_of(run)
    organisation = AccountingApi(transport_of(run, connection)).organisation()
    connection.organisation_name = organisation.name
    connection.base_currency = organisation.base_currency or connection.base_currency
    connection.last_sync_at = now()
