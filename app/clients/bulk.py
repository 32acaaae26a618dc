"""The same done to many clients: a tag given or taken, the office set, archived.

One transaction and a handful of statements for all, however many; each client's change stands in the audit log. Nothing
here commits.
"""

from collections.abc import Callable, Collection, Sequence
from uuid import UUID

from sqlalchemy import select

from app.clients.actions import archive_client, put
from app.clients.details import checked
from app.clients.tags import find_tag, tag_clients, tag_named, tell_tagged, untag_clients
from app.errors import Problem, field_problem
from app.extensions import db
from app.forms import as_id
from app.models import Client

MOST = 10_000
"""As many as one transaction should hold, and as a list counts."""
ACTS = ("tag", "untag", "office", "archive")


def check_amount(count: int) -> None:
    """Raises `Problem` when nothing is chosen, or more than one transaction should hold."""
    if not count:
        raise field_problem("ids", "Choose at least one client.")
    if count > MOST:
        raise field_problem(
            "ids", f"That is more than {MOST:,} clients. Narrow the filters, and do it in parts."
        )


def do_to_many(act: str, client_ids: Collection[UUID], value: str) -> int:
    """Do it to these clients; how many it changed. `value`: a tag's name (tag), the id of a tag (untag), of an office
    or nothing for none (office).

    Ids that are not the company's are passed over, as if they were not there. Raises `Problem` for a wrong value, for
    none, or for more than `MOST` clients.
    """
    check_amount(len(client_ids))
    acts: dict[str, Callable[[Sequence[Client], str], int]] = {
        "tag": _tag,
        "untag": _untag,
        "office": _set_office,
        "archive": _archive,
    }
    if act not in acts:
        raise field_problem("do", "Choose what to do with these clients.")
    return acts[act](_locked(client_ids), value)


def _tag(clients: Sequence[Client], name: str) -> int:
    tag = tag_named(name)
    fresh = tag_clients([client.id for client in clients], tag)
    tell_tagged([client for client in clients if client.id in fresh], tag)
    return len(fresh)


def _untag(clients: Sequence[Client], tag_id: str) -> int:
    tag = find_tag(as_id(tag_id))
    gone = untag_clients([client.id for client in clients], tag)
    tell_tagged([client for client in clients if client.id in gone], tag, gone=True)
    return len(gone)


def _set_office(clients: Sequence[Client], office_id: str) -> int:
    try:
        values = checked({"office_id": as_id(office_id)}, None)
    except Problem as problem:
        raise field_problem("office", problem.message) from None
    different = [client for client in clients if client.office_id != values["office_id"]]
    for client in different:
        put(client, values)
    return len(different)


def _archive(clients: Sequence[Client], _value: str) -> int:
    living = [client for client in clients if client.archived_at is None]
    for client in living:
        archive_client(client)
    return len(living)


def _locked(wanted: Collection[UUID]) -> Sequence[Client]:
    # In one order for everybody, so that two that overlap wait for each other instead of deadlocking.
    return db.session.scalars(
        select(Client)
        .where(Client.id.in_(wanted))
        .order_by(Client.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
