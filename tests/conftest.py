"""Fixtures of every test: real PostgreSQL and Redis, a fresh copy of the cast, the simulator over HTTP."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import disk_usage
from tempfile import TemporaryDirectory

import pytest
from flask import Flask, Response, request
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import sync_playwright
from sqlalchemy import Engine, text

from app import create_app
from app.config import load_settings
from app.extensions import db
from launcher.chromium import LAUNCH_ARGS, find_chromium
from launcher.postgres import EmbeddedPostgres
from launcher.redis import EmbeddedRedis
from tests.support.database import FRESH, Databases
from tests.support.mails import Outbox
from tests.support.nursery import Nursery
from tests.support.people import Api, Browser, Cast
from tests.support.simulator import SimulatorProcess
from tests.support.work import attach_connections, work_until_done

ROOM = 3 * 1024**3


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


SLOW_FIRST = ("tests/faults/", "tests/journeys/", "tests/launcher/", "tests/proof/", "tests/house/")
"""Files are shared out between processes: a slow one begun last would keep the others waiting."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(SLOW_FIRST))


@pytest.fixture(scope="session", autouse=True)
def this_machine_only() -> Iterator[None]:
    """No test opens a connection to anywhere else, whatever a setting says."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else None
        if self.family != socket.AF_UNIX and host not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"A test reached for {address}, which is not this machine")
        connect(self, address)  # type: ignore[arg-type]

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    # Short on purpose: a Unix socket's path may have about 100 characters.
    with TemporaryDirectory(prefix="ch-", dir=_memory()) as name:
        # PostgreSQL does not run as root: whoever it runs as must get in.
        Path(name).chmod(0o711)
        yield Path(name)


def _memory() -> str | None:
    """A folder in memory where there is one with room: a copy of the database is hundreds of files, and making them
    on a disk takes up to ten times as long."""
    shared = Path("/dev/shm")  # noqa: S108  files are made in a folder of their own, with a name of chance
    try:
        return str(shared) if disk_usage(shared).free > ROOM and os.access(shared, os.W_OK) else None
    except OSError:
        return None


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """One real browser for a test process: a second Playwright beside it would not start."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(LAUNCH_ARGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[SimulatorProcess]:
    process = SimulatorProcess(free_port())
    process.start()
    yield process
    process.stop()


@pytest.fixture(scope="session")
def redis_server(folder: Path) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(folder / "redis", fast=True) as redis:
        yield redis


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery | None]:
    """Whoever starts the processes of tests quickly; None where the system cannot."""
    if not hasattr(os, "pidfd_open"):
        yield None
        return
    with Nursery() as made:
        yield made


@pytest.fixture(scope="session")
def environment(
    simulator_process: SimulatorProcess, redis_server: EmbeddedRedis, folder: Path
) -> dict[str, str]:
    """What the app's processes get, but for the database."""
    simulator = simulator_process.url
    return {
        **{name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}},
        "COUNTINGHOUSE_DEMO": "1",
        "SECRET_KEY": "a-secret-of-the-test-run-0123456789",
        "TOKEN_MASTER_KEY": "dGhlIG1hc3RlciBrZXkgb2YgdGhlIHRlc3RzISEhISE=",
        "REDIS_URL": redis_server.url,
        "PUBLIC_URL": "http://localhost:8000",
        "XERO_CLIENT_ID": "countinghouse-demo",
        "XERO_CLIENT_SECRET": "countinghouse-demo-secret",
        "XERO_REDIRECT_URI": "http://localhost:8000/api/integrations/xero/callback",
        "XERO_LOGIN_URL": simulator,
        "XERO_IDENTITY_URL": simulator,
        "XERO_API_URL": simulator,
        "XERO_GO_URL": simulator,
        "DOCUMENTS_URL": f"file://{folder}/documents",
        "READ_BACK_AFTER_SECONDS": "0",
        "EXPORT_FOLDER": str(folder / "exports"),
        # Tests ask faster than people's programs do; test_rate_limit.py sets its own.
        "API_CALLS_PER_MINUTE": "100000",
    }


@pytest.fixture(scope="session")
def databases(
    folder: Path, environment: dict[str, str], simulator_process: SimulatorProcess
) -> Iterator[Databases]:
    with EmbeddedPostgres(folder / "pg", fast=True) as postgres:
        made = Databases(postgres)
        urls = {"DATABASE_URL": postgres.app_url, "DATABASE_OWNER_URL": postgres.owner_url}
        made.make_template({**environment, **urls})
        made.told = simulator_process.state(newest=0)["organisations"]
        yield made


@pytest.fixture
def database(databases: Databases) -> Iterator[str]:
    """A fresh copy of the cast, always under one name."""
    name = databases.fresh()
    yield name
    databases.drop(name)


@pytest.fixture(scope="session")
def one_app(databases: Databases, environment: dict[str, str]) -> Flask:
    """Made once for a test process: its addresses, templates and statements are compiled once. Use `app`."""
    settings = load_settings(
        **environment,
        DATABASE_URL=databases.postgres.url("countinghouse_app", FRESH),
        DATABASE_OWNER_URL=databases.postgres.url("countinghouse_owner", FRESH),
    )
    app = create_app(settings)
    app.config["TESTING"] = True
    app.after_request(_nothing_unsaved)
    return app


@pytest.fixture
def app(database: str, one_app: Flask) -> Iterator[Flask]:
    """The app on a fresh database and an empty Redis, with the settings it was made with."""
    config, extensions = dict(one_app.config), dict(one_app.extensions)
    extensions["redis"].flushall()
    yield one_app
    one_app.config.clear()
    one_app.config.update(config)
    one_app.extensions.clear()
    one_app.extensions.update(extensions)
    with one_app.app_context():
        db.engine.dispose()
    # A test may have stopped or filled it.
    extensions["redis"].connection_pool.disconnect()


def _nothing_unsaved(response: Response) -> Response:
    """A request that succeeds and leaves changes uncommitted has forgotten its commit."""
    left = [row for row in (*db.session.new, *db.session.dirty) if db.session.is_modified(row)]
    assert response.status_code >= 400 or not left, f"{request.method} {request.path} left unsaved: {left}"
    return response


@pytest.fixture
def cast(app: Flask, database: str, databases: Databases) -> Cast:
    engine = databases.engine(database, "postgres")
    with engine.connect() as connection:
        rows = connection.execute(text("select name, id from companies")).all()
    return Cast(app, dict(rows))


@pytest.fixture
def superuser(database: str, databases: Databases):
    """An engine that no wall holds back, for looking behind them."""
    return databases.engine(database, "postgres")


@pytest.fixture
def no_documents(superuser: Engine) -> None:
    """The cast without the papers of its past, for tests that count their own."""
    with superuser.begin() as connection:
        connection.execute(text("truncate documents, document_uploads, stored_files cascade"))


@pytest.fixture
def no_invoices(superuser: Engine) -> None:
    """The cast without the invoices of its past and the time on its jobs, for tests that count their own."""
    with superuser.begin() as connection:
        connection.execute(text("truncate time_entries, invoice_payments, invoice_lines, invoices"))


@pytest.fixture
def alice(browser: Callable[[str | None], Browser]) -> Browser:
    """The admin of ABC."""
    return browser("admin@abc.test")


@pytest.fixture
def jane(browser: Callable[[str | None], Browser]) -> Browser:
    """An accountant of ABC."""
    return browser("jane@abc.test")


@pytest.fixture
def outbox(app: Flask, superuser) -> Outbox:
    """The mails that were written, whoever's they are."""
    return Outbox(app, superuser)


@pytest.fixture
def browser(app: Flask) -> Callable[[str | None], Browser]:
    """`browser("admin@abc.test")`: that person's browser, signed in; `browser(None)`: nobody's."""
    return lambda email=None: Browser(app, email)


@pytest.fixture
def api(app: Flask) -> Callable[[str | None], Api]:
    """`api("admin@abc.test")`: that person's program, with a bearer token."""
    return lambda email=None: Api(app, email)


@pytest.fixture
def simulator(app: Flask, cast: Cast, simulator_process: SimulatorProcess) -> SimulatorProcess:
    """Xero as seeded, with ABC's and Smith's connections alive in it."""
    simulator_process.reset()
    attach_connections(app, cast, simulator_process)
    return simulator_process


@pytest.fixture
def work(app: Flask) -> Callable[..., int]:
    """`work()`: run what is due, outside any scope, as a worker would, until nothing is due."""
    return lambda **how: work_until_done(app, **how)
