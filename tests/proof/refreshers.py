"""Forty processes that need the token at one moment: `python -m tests.proof.weakened BUILD tests/proof/refreshers.py
COMPANY GRANT COUNT`. Prints one JSON line: how each of them ended."""

import json
import os
import sys
from collections import Counter
from uuid import UUID

from app import create_app
from app.sync.connections import vault, xero_app
from app.sync.tokens import GrantTokens


def main() -> None:
    company_id, grant_id, count = UUID(sys.argv[1]), UUID(sys.argv[2]), int(sys.argv[3])
    app = create_app()
    ready_read, ready_write = os.pipe()
    start_read, start_write = os.pipe()
    answers_read, answers_write = os.pipe()
    # Forked before anything connects: each process has sockets of its own.
    ends = ready_write, start_read, answers_write
    children = [_child(app, company_id, grant_id, ends) for _ in range(count)]
    os.close(answers_write)
    for _ in range(count):
        os.read(ready_read, 1)
    os.write(start_write, b"x" * count)
    with os.fdopen(answers_read) as answers:
        said = Counter(line.strip() for line in answers)
    died = sum(os.waitpid(child, 0)[1] != 0 for child in children)
    print(json.dumps({"answers": said, "died": died}))


def _child(app, company_id: UUID, grant_id: UUID, ends: tuple[int, int, int]) -> int:
    ready, start, answers = ends
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        with app.app_context():
            source = GrantTokens(xero_app(), vault(company_id), company_id, grant_id)
            source._read()  # connected and warm, so that all are at the line
            os.write(ready, b"x")
            os.read(start, 1)
            try:
                answer = source.current()[-12:]
            except Exception as problem:  # noqa: BLE001  told to the one who counts
                answer = type(problem).__name__
            os.write(answers, f"{answer}\n".encode())
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
