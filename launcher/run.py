"""`make run` from the first process to the last."""

from __future__ import annotations

import os
import shutil
import time

from launcher import database, readiness
from launcher.checkout import ROOT, VAR, alone, with_venv
from launcher.environment import complete, demonstration, refuse_busy_ports
from launcher.interrupts import Interrupts
from launcher.processes import Supervisor, end_leftovers, read_procfile, say
from launcher.readiness import Address
from launcher.servers import Servers

_RECORD = VAR / "processes.json"
_POLL_SECONDS = 0.1
_ACCOUNTS = (
    ("admin@abc.test", "practice admin, ABC Accounting (connected to Xero)"),
    ("jane@abc.test", "accountant, ABC Accounting"),
    ("client@abc.test", "a client of ABC Accounting, in the client portal"),
    ("admin@smith.test", "practice admin, Smith Tax Co. (connected to Xero)"),
    ("admin@xyz.test", "practice admin, XYZ Partners (not connected yet)"),
    ("super@countinghouse.test", "super admin of the whole installation"),
)
_PASSWORD = "countinghouse-demo"  # noqa: S105 — it is shown on the sign-in page of the demonstration


def run(*, verbose: bool = False) -> None:
    """Start everything, say where it is, and stop it again on Ctrl-C, SIGTERM or SIGHUP.

    Raises Refused before anything is started, or after everything is stopped again.
    """
    environment = complete(dict(os.environ))
    address = environment["PUBLIC_URL"]
    note = (
        f"Countinghouse is already running from this folder (process {os.getpid()}): {address}\n"
        "Stop it with Ctrl-C in its terminal first."
    )
    with alone("run", note=note), Interrupts() as interrupts:
        end_leftovers(_RECORD)
        refuse_busy_ports(environment)
        servers = Servers(VAR, environment)
        try:
            say("Starting Countinghouse …")
            servers.start()
            _run_processes(servers, with_venv(environment | servers.urls), interrupts, verbose=verbose)
        except KeyboardInterrupt:
            say("\nStopping …")
        finally:
            interrupts.ignored()
            servers.stop()
        say("Stopped. The data stays in var/ for the next start.")


def _run_processes(
    servers: Servers, environment: dict[str, str], interrupts: Interrupts, *, verbose: bool
) -> None:
    """Everything that stands on the servers, until a signal comes."""
    commands = read_procfile(ROOT / "Procfile")
    if not demonstration(environment):
        commands.pop("simulator", None)
    supervisor = Supervisor(
        commands,
        # Web, worker and clock never hold the owner's key to the tables.
        {name: value for name, value in environment.items() if name != "DATABASE_OWNER_URL"},
        folder=ROOT,
        logs=VAR / "log",
        record=_RECORD,
        verbose=verbose,
        held=interrupts.held,
    )
    try:
        _start(supervisor, servers, environment)
        say(_welcome(environment))
        while True:  # until a signal comes
            supervisor.tend()
            servers.tend()
            time.sleep(_POLL_SECONDS)
    finally:
        interrupts.ignored()
        supervisor.stop()


def _start(supervisor: Supervisor, servers: Servers, environment: dict[str, str]) -> None:
    simulator = Address("simulator", "127.0.0.1", int(environment["SIMULATOR_PORT"]), "/_console/state")
    web = Address("web", _web_host(environment), int(environment["PORT"]), "/readyz")
    demo = demonstration(environment)
    if demo:
        supervisor.start(["simulator"])
    if not database.prepared(servers.postgres):
        database.migrate(environment)
        if demo:
            say("Loading the demonstration data, if there is none yet …")
            readiness.wait(supervisor, [simulator])
            database.load_demonstration(environment)
        database.note_prepared(servers.postgres)
    supervisor.start()
    readiness.wait(supervisor, [simulator, web] if demo else [web])


def _web_host(environment: dict[str, str]) -> str:
    bind = environment.get("BIND", "127.0.0.1")
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(bind, bind)  # noqa: S104 — compared, not listened on


def _welcome(environment: dict[str, str]) -> str:
    lines = ["", "Countinghouse is running.", "", f"  Address     {environment['PUBLIC_URL']}"]
    if demonstration(environment):
        width = max(len(account) for account, _ in _ACCOUNTS)
        lines += [
            f"  Simulator   http://localhost:{environment['SIMULATOR_PORT']}  (plays Xero)",
            "",
            f"  Sign in with the password {_PASSWORD} as",
            *(f"    {account:<{width}}  {who}" for account, who in _ACCOUNTS),
        ]
    lines += [
        "",
        "  Logs: var/log/. Ctrl-C stops everything, the data stays; `make reset` starts afresh.",
        "",
    ]
    return "\n".join(lines)


def reset() -> None:
    """Remove all data of this checkout. Raises Refused while it is running."""
    with alone("run"):
        end_leftovers(_RECORD)
        # Where DATABASE_URL and REDIS_URL point is not ours to empty: only what is under var/ goes.
        Servers(VAR, {}).discard()
        for path in VAR.iterdir():
            if path.suffix == ".lock":
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    say("All data of this checkout is removed. `make run` makes it anew.")
