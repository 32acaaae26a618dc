"""The operation that reads an organisation's lists: what changed is kept, and what it will block is said at once."""

from app.sync import successes
from app.sync.lists import noticing, seen, storing
from app.sync.live import connection_of, transport_of
from app.sync.run import Run
from app.xero.accounting import AccountingApi


def read(run: Run) -> None:
    """Read all lists: six calls, whatever they hold. Raises as `jobs.create`."""
    connection = connection_of(run)
    accounting, connection_id = AccountingApi(transport_of(run, connection)), connection.id
    told = seen.ask(accounting)
    # Nothing of ours is locked before the last answer has come; what follows is one transaction.
    run.save()
    counts = storing.store(connection_id, told)
    counts["causes"] = noticing.settle(connection_id).open
    successes.succeeded(run, connection_id, counts)
