"""Filtering a list by ``where`` and If-Modified-Since."""

from __future__ import annotations

from simulator.accounting.api import bad_query
from simulator.accounting.where import ValueOf, WhereError, where_test
from simulator.journal import Record


def filtered(records: list[Record], where: str | None, value_of: ValueOf, since: int | None) -> list[Record]:
    """The records that fit. Raises Refused (ErrorNumber 16) for a filter that cannot be read."""
    if since is not None:
        records = [record for record in records if record["updated"] > since]
    if not where:
        return records
    try:
        test = where_test(where, value_of)
        return [record for record in records if test(record)]
    except WhereError as error:
        raise bad_query(str(error)) from error
