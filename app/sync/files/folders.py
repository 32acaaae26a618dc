"""The practice's folder in Xero Files: found, or made once, however many documents wait for it.

Xero lets two folders have one name, so making it is an operation of its own: of one folder there is one row, and its
step remembers a call whose answer was lost. Documents wait for it.
"""

from uuid import UUID, uuid5

from sqlalchemy import delete, select

from app.extensions import db
from app.models import Connection, DocumentFolder, Operation
from app.models.base import Json
from app.models.operation import NORMAL
from app.sync import operations
from app.sync.live import connection_of, transport_of
from app.sync.operations import MAKE_FOLDER
from app.sync.outcomes import Blocked, Needless, NotYet
from app.sync.run import Run
from app.xero.errors import Permanent
from app.xero.files import FilesApi

LOOK_AGAIN_SECONDS = 2.0


def folder_for(run: Run, connection: Connection, name: str) -> str:
    """The Xero id of the folder. Raises `NotYet` while it is being made, `Blocked` by what blocks that,
    `Permanent` when it could not be made."""
    known = _known(connection, name)
    if known is not None:
        return known.xero_folder_id
    making = operations.latest(MAKE_FOLDER, subject_of(connection, name))
    if making is not None and making.state == "waiting" and making.cause is not None:
        raise Blocked(making.cause.kind, making.cause.subject, making.error or making.cause.sentence)
    if making is not None and making.state == "failed":
        _tell_failure_once(run, making, name)
    if making is None or not making.is_open:
        _plan(making, connection, name, run.operation.requested_by)
    patience = 10.0 if making is not None and making.state == "retry" else LOOK_AGAIN_SECONDS
    run.save()
    raise NotYet(patience)


def _tell_failure_once(run: Run, making: Operation, name: str) -> None:
    """Fail with the folder, once for each of its failures: a Retry of the document tries the folder again."""
    failure = str(making.finished_at)
    if run.operation.result.get("folder_failure") != failure:
        sentence = f"The folder “{name}” could not be made in Xero Files. {making.error}"
        run.save(result={"folder_failure": failure})
        raise Permanent("folder_failed", sentence, whose_move="practice")


def make(run: Run) -> None:
    """The operation: find the folder by its name, or make it. Raises `XeroError`, `Blocked`, `LeaseLost`."""
    connection = connection_of(run)
    name = run.operation.subject_label
    if subject_of(connection, name) != run.operation.subject_id:
        raise Needless("The practice has another organisation now; its folder is made when it is needed.")
    if _known(connection, name) is not None:
        return
    files = FilesApi(transport_of(run, connection))

    def read_back() -> Json | None:
        found = next((one for one in files.folders() if one.name.casefold() == name.casefold()), None)
        return {"folder_id": found.id} if found else None

    def send(key: str) -> Json:
        return {"folder_id": files.create_folder(name, key).id}

    found = None if run.started("folder") else read_back()
    folder_id = (found or run.step("folder", send, read_back))["folder_id"]
    db.session.add(DocumentFolder(connection_id=connection.id, name=name, xero_folder_id=str(folder_id)))


def forget(connection: Connection, name: str) -> None:
    """Somebody removed the folder in Xero: it is made anew (not committed)."""
    db.session.execute(delete(DocumentFolder).filter_by(connection_id=connection.id, name=name))


def subject_of(connection: Connection, name: str) -> UUID:
    """One for a folder of an organisation, so that two workers plan the same operation."""
    return uuid5(connection.id, f"folder {name.casefold()}")


def _known(connection: Connection, name: str) -> DocumentFolder | None:
    return db.session.scalar(select(DocumentFolder).filter_by(connection_id=connection.id, name=name))


def _plan(making: Operation | None, connection: Connection, name: str, by: str) -> None:
    if making is not None and making.state == "done":
        operations.begin_anew(making, by)
    else:
        operations.plan(MAKE_FOLDER, subject_of(connection, name), name, by, NORMAL)
