"""Looking at the tables from behind the walls, while the server may be down for a moment."""

import time
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

PATIENCE = 60.0


class Rows:
    """Statements of a proof, as the superuser; repeated while PostgreSQL restarts."""

    def __init__(self, superuser: Engine) -> None:
        self._superuser = superuser

    def ask(self, statement: str, **values: Any) -> list[Any]:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with self._superuser.begin() as connection:
                    result = connection.execute(text(statement), values)
                    return list(result) if result.returns_rows else []
            except OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def cut_connections(self) -> int:
        """End every session of the application, whatever it is doing; how many there were."""
        return len(
            self.ask(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where usename = 'countinghouse_app' and datname = current_database()"
            )
        )

    def states(self, references: str) -> dict[str, int]:
        """How many jobs' operations stand in each state; `references`: how theirs begin."""
        found = self.ask(
            "select state, count(*) from operations where kind = 'job.create' and subject_label like :like"
            " group by state",
            like=f"{references}%",
        )
        return {str(state): int(count) for state, count in found}
