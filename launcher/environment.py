"""The environment the processes are started with: what is set already is respected, the rest is filled in.

In demonstration mode (the default of `make run`) Xero is the simulator and the secrets are made once, at
random, and kept in var/secrets.env. A file `.env` beside the Makefile is read first; the environment wins
over it.
"""

from __future__ import annotations

import base64
import errno
import os
import secrets
import socket
from pathlib import Path

from launcher.checkout import ROOT, VAR, Refused

_GIVEN_OUTSIDE_DEMONSTRATION = ("PUBLIC_URL", "XERO_CLIENT_ID", "XERO_CLIENT_SECRET", "XERO_REDIRECT_URI")


def complete(given: dict[str, str]) -> dict[str, str]:
    """`given` with everything a start needs.

    Raises Refused when something is missing that cannot be made up, or a port is no port.
    """
    environment = _read(ROOT / ".env") | {name: value for name, value in given.items() if value != ""}
    environment.setdefault("COUNTINGHOUSE_DEMO", "1")
    environment.setdefault("PORT", "8000")
    environment.setdefault("SIMULATOR_PORT", "8100")
    port, simulator_port = _port(environment, "PORT"), _port(environment, "SIMULATOR_PORT")
    if "DATABASE_URL" in environment and "DATABASE_OWNER_URL" not in environment:
        raise Refused(
            "DATABASE_URL is set but DATABASE_OWNER_URL is not. Migrations run as the role that owns "
            "the tables: set DATABASE_OWNER_URL to the same database as countinghouse_owner (see "
            "migrations/roles.sql)."
        )
    if demonstration(environment):
        if port == simulator_port:
            raise Refused(f"PORT and SIMULATOR_PORT are both {port}. Set one of them to another port.")
        simulator = f"http://localhost:{simulator_port}"
        public = environment.setdefault("PUBLIC_URL", f"http://localhost:{port}").rstrip("/")
        environment = {
            "XERO_CLIENT_ID": "countinghouse-demo",
            "XERO_CLIENT_SECRET": "countinghouse-demo-secret",
            "XERO_REDIRECT_URI": f"{public}/api/integrations/xero/callback",
            "XERO_LOGIN_URL": simulator,
            "XERO_IDENTITY_URL": simulator,
            "XERO_API_URL": simulator,
            "XERO_GO_URL": simulator,
            "XERO_WEBHOOK_KEY": "simulated-webhook-key",
        } | environment
        # The simulated portal is set up for this app: the simulator posts to it with its key.
        environment.setdefault(
            "SIMULATOR_WEBHOOK_URL", f"http://{_own_host(environment)}:{port}/api/webhooks/xero"
        )
        environment.setdefault(
            "SIMULATOR_WEBHOOK_KEY", environment["XERO_WEBHOOK_KEY"].replace(",", " ").split()[0]
        )
    else:
        missing = [name for name in _GIVEN_OUTSIDE_DEMONSTRATION if name not in environment]
        if missing:
            raise Refused(
                "COUNTINGHOUSE_DEMO is 0, so Xero is the real one and these must be set: "
                f"{', '.join(missing)}. Leave COUNTINGHOUSE_DEMO out to run against the simulator."
            )
    return _secrets(environment) | environment


def _own_host(environment: dict[str, str]) -> str:
    """Where this machine reaches the web process."""
    bind = environment.get("BIND", "127.0.0.1")
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(bind, bind)  # noqa: S104 — compared, not listened on
    return f"[{host}]" if ":" in host else host


def demonstration(environment: dict[str, str]) -> bool:
    return environment.get("COUNTINGHOUSE_DEMO", "1").lower() not in {"0", "false", "no", "off"}


def refuse_busy_ports(environment: dict[str, str]) -> None:
    """Raises Refused, before anything is started, naming the port in use and the variable to set."""
    names = ["PORT", "SIMULATOR_PORT"] if demonstration(environment) else ["PORT"]
    for name in names:
        port = int(environment[name])
        hosts = {"127.0.0.1", "::1"}
        if name == "PORT" and environment.get("BIND"):
            hosts.add(environment["BIND"])
        if any(_in_use(host, port) for host in sorted(hosts)):
            raise Refused(
                f"Port {port} is in use by another program. Stop that program, or choose another port: "
                f"make run {name}={port + 1}"
            )


def _in_use(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            # As servers do: a port whose last connections are still closing is free.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((host, port))
    except PermissionError:
        raise Refused(f"Port {port} needs more rights than this user has. Choose one above 1023.") from None
    except OSError as error:
        return error.errno == errno.EADDRINUSE  # anything else: this machine has no such address
    return False


def _port(environment: dict[str, str], name: str) -> int:
    value = environment[name]
    if not value.isdecimal() or not 1 <= int(value) <= 65535:
        raise Refused(f"{name} is “{value}”. It must be a number from 1 to 65535.")
    return int(value)


def _secrets(environment: dict[str, str]) -> dict[str, str]:
    """SECRET_KEY and TOKEN_MASTER_KEY of this checkout, made at the first start, unless both are given."""
    if "SECRET_KEY" in environment and "TOKEN_MASTER_KEY" in environment:
        return {}
    file = VAR / "secrets.env"
    if not file.exists():
        made = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "TOKEN_MASTER_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        VAR.mkdir(exist_ok=True)
        unfinished = file.with_suffix(".new")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.writelines(f"{name}={value}\n" for name, value in made.items())
        unfinished.rename(file)  # whole or not at all: a half-written key would lock every token away
    return _read(file)


def _read(file: Path) -> dict[str, str]:
    """`NAME=value` lines; quotes around a value and lines beginning with # are taken off."""
    if not file.exists():
        return {}
    lines = (line.strip().removeprefix("export ") for line in file.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}
