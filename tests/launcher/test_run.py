"""`python -m launcher run` as a person meets it: the real launcher and servers over a tiny application."""

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from launcher import pids
from launcher.postgres import EmbeddedPostgres
from launcher.redis import EmbeddedRedis


def launcher(checkout: Path, environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(checkout / ".venv/bin/python"), "-m", "launcher", *words]
    return subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, check=False, timeout=30
    )


@contextmanager
def running(checkout: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A started launcher that has said it is ready; ended at the latest on the way out."""
    with subprocess.Popen(
        [str(checkout / ".venv/bin/python"), "-m", "launcher", "run"],
        cwd=checkout,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        try:
            said = ""
            for line in process.stdout:
                said += line
                if "Ctrl-C stops everything" in line:
                    break
            assert "Countinghouse is running" in said, said
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)


def everything(checkout: Path) -> list[int]:
    """The ids of all that a running launcher has started."""
    leaders = [pid for pid, _ in json.loads((checkout / "var/processes.json").read_text())]
    servers = [EmbeddedPostgres(checkout / "var/postgres").pid, EmbeddedRedis(checkout / "var/redis").pid]
    tops = leaders + [pid for pid in servers if pid]
    return tops + [child for top in tops for child in pids.below(top)]


def get(port: str, path: str) -> str:
    line = http.client.HTTPConnection("127.0.0.1", int(port), timeout=5)
    try:
        line.request("GET", path)
        return line.getresponse().read().decode()
    finally:
        line.close()


def test_from_first_start_to_reset(checkout: Path, environment: dict[str, str]) -> None:
    notes = checkout / "var/notes"
    with running(checkout, environment) as first:
        assert json.loads(get(environment["PORT"], "/readyz")) == {"owner key": False}
        secrets = checkout / "var/secrets.env"
        assert secrets.stat().st_mode & 0o777 == 0o600
        kept = secrets.read_text()

        again = launcher(checkout, environment, "run")
        assert again.returncode == 1
        assert f"already running from this folder (process {first.pid})" in again.stderr
        refused = launcher(checkout, environment, "reset")
        assert refused.returncode == 1
        assert "already running" in refused.stderr
        assert secrets.exists()

        family = everything(checkout)
        assert len(family) > 10
        begun = time.monotonic()
        first.send_signal(signal.SIGINT)
        assert first.wait(timeout=15) == 0
        assert time.monotonic() - begun < 10
    assert [pid for pid in family if pids.alive(pid)] == []

    begun = time.monotonic()
    with running(checkout, environment) as second:
        assert time.monotonic() - begun < 10
        assert notes.read_text().split() == ["upgrade", "load"], "the second start has nothing to prepare"
        assert secrets.read_text() == kept
        family = everything(checkout)
        second.send_signal(signal.SIGHUP)
        assert second.wait(timeout=15) == 0
    assert [pid for pid in family if pids.alive(pid)] == []

    assert launcher(checkout, environment, "reset").returncode == 0
    assert [path.name for path in (checkout / "var").iterdir() if path.suffix != ".lock"] == []


def test_a_killed_server_is_started_again(checkout: Path, environment: dict[str, str]) -> None:
    with running(checkout, environment):
        servers = (EmbeddedPostgres(checkout / "var/postgres"), EmbeddedRedis(checkout / "var/redis"))
        before = [server.pid for server in servers]
        for server in servers:
            server.kill()
        deadline = time.monotonic() + 20
        while not all(server.running for server in servers):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert not set(before) & {server.pid for server in servers}


def test_a_killed_launcher_is_cleaned_up_after(checkout: Path, environment: dict[str, str]) -> None:
    with running(checkout, environment) as first:
        family = everything(checkout)
        first.kill()
        first.wait()
    servers = {EmbeddedPostgres(checkout / "var/postgres").pid, EmbeddedRedis(checkout / "var/redis").pid}
    assert None not in servers, "a killed launcher can stop nothing"
    with running(checkout, environment) as second:
        family += everything(checkout)
        second.send_signal(signal.SIGTERM)
        second.wait(timeout=15)
    assert [pid for pid in family if pids.alive(pid)] == []


@pytest.mark.parametrize("name", ["PORT", "SIMULATOR_PORT"])
def test_a_port_in_use_is_said_before_anything_starts(
    checkout: Path, environment: dict[str, str], name: str
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(environment[name])))
        other.listen()
        refused = launcher(checkout, environment, "run")
    assert refused.returncode == 1
    assert f"Port {environment[name]} is in use" in refused.stderr
    assert f"make run {name}=" in refused.stderr
    assert refused.stdout == ""
    assert not (checkout / "var/postgres").exists()


def test_a_process_that_does_not_start_is_said_with_the_end_of_its_log(
    checkout: Path, environment: dict[str, str]
) -> None:
    (checkout / "worker.py").write_text("raise SystemExit('The worker has no queue.')")
    refused = launcher(checkout, environment, "run")
    assert refused.returncode == 1
    assert "worker does not start" in refused.stderr
    assert "The worker has no queue." in refused.stderr
    assert not EmbeddedPostgres(checkout / "var/postgres").running


def test_a_migration_that_fails_is_said(checkout: Path, environment: dict[str, str]) -> None:
    with (checkout / "wsgi.py").open("a") as application:
        application.write("db.commands['upgrade'].callback = lambda: exit('The table is locked.')\n")
    refused = launcher(checkout, environment, "run")
    assert refused.returncode == 1
    assert "could not be migrated" in refused.stderr
    assert "The table is locked." in refused.stderr
    assert not (checkout / "var/processes.json").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the database as somebody else")
def test_a_checkout_that_only_root_can_enter(checkout: Path, environment: dict[str, str]) -> None:
    checkout.chmod(0o700)
    with running(checkout, environment):
        assert json.loads(get(environment["PORT"], "/readyz")) == {"owner key": False}
    assert checkout.stat().st_mode & 0o777 == 0o700
    home = EmbeddedPostgres(checkout / "var/postgres").home
    assert home.exists()
    assert launcher(checkout, environment, "reset").returncode == 0
    assert not home.exists()


def test_servers_of_ones_own_replace_the_embedded(checkout: Path, environment: dict[str, str]) -> None:
    own = checkout / "own"
    with (
        EmbeddedPostgres(own / "postgres", fast=True) as postgres,
        EmbeddedRedis(own / "redis", fast=True) as redis,
    ):
        environment |= {
            "DATABASE_URL": postgres.app_url,
            "DATABASE_OWNER_URL": postgres.owner_url,
            "REDIS_URL": redis.url,
        }
        with running(checkout, environment):
            assert not (checkout / "var/postgres").exists()
            assert not (checkout / "var/redis").exists()
            assert postgres.ask("SELECT version_num FROM alembic_version") == "one"
        assert postgres.running
        assert redis.running


def test_outside_demonstration_mode_there_is_no_simulator(
    checkout: Path, environment: dict[str, str]
) -> None:
    real = environment | {"COUNTINGHOUSE_DEMO": "0"}
    refused = launcher(checkout, real, "run")
    assert refused.returncode == 1
    assert "XERO_CLIENT_ID, XERO_CLIENT_SECRET, XERO_REDIRECT_URI" in refused.stderr
    given = {
        "PUBLIC_URL": "https://practice.test",
        "XERO_CLIENT_ID": "id",
        "XERO_CLIENT_SECRET": "secret",
        "XERO_REDIRECT_URI": "https://practice.test/api/integrations/xero/callback",
    }
    with running(checkout, real | given):
        assert not (checkout / "var/log/simulator.log").exists()
        assert (checkout / "var/notes").read_text().split() == ["upgrade"]


def test_services_alone(checkout: Path, environment: dict[str, str]) -> None:
    started = launcher(checkout, environment, "services")
    assert started.returncode == 0
    names = [line.partition("=")[0] for line in started.stdout.splitlines()]
    assert names == ["export DATABASE_URL", "export DATABASE_OWNER_URL", "export REDIS_URL"]
    assert EmbeddedRedis(checkout / "var/redis").running
    assert launcher(checkout, environment, "services", "--stop").returncode == 0
    assert not EmbeddedPostgres(checkout / "var/postgres").running
    assert os.listdir(checkout / "var/postgres")  # noqa: PTH208 — the data stays
