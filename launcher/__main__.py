"""`python -m launcher …`, which is what the Makefile's targets call. The first step, the set-up, runs under
any Python 3.11 or later; the rest under the one in .venv."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from pathlib import Path

from launcher.checkout import PYTHON, ROOT, VAR, Refused, in_venv, with_venv


def main() -> int:
    arguments = _parse()
    os.chdir(ROOT)
    try:
        if not in_venv():
            _set_up(arguments)
        return _do(arguments)
    except Refused as answer:
        print(answer, file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 130


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m launcher")
    commands = parser.add_subparsers(dest="command", required=True)
    setup = commands.add_parser("setup", help="install what the locks name")
    setup.add_argument("--dev", action="store_true", help="with what tests and checks need")
    run = commands.add_parser("run", help="start everything")
    run.add_argument("--verbose", action="store_true", help="show every process's output")
    commands.add_parser("reset", help="remove all data of this checkout")
    commands.add_parser("test", help="run every test; more words are for pytest")
    commands.add_parser("audit", help="look for known vulnerabilities in what the app runs with")
    services = commands.add_parser("services", help="start only the embedded servers")
    services.add_argument("--stop", action="store_true", help="stop them instead")
    services.add_argument("--folder", type=Path, default=VAR, help="where their data is (default: var)")
    # pytest's own options would confuse the parser: what follows `test` is handed on as it stands.
    words = sys.argv[1:]
    return parser.parse_args(words[:1] if words[:1] == ["test"] else words)


def _set_up(arguments: argparse.Namespace) -> None:
    """Install what is missing, then begin again under the checkout's own Python."""
    from launcher.packages import install

    install(development=arguments.command in {"audit", "test"} or getattr(arguments, "dev", False))
    if arguments.command != "setup":
        again = [str(PYTHON), "-m", "launcher", *sys.argv[1:]]
        os.execve(PYTHON, again, with_venv(dict(os.environ)))  # noqa: S606


def _do(arguments: argparse.Namespace) -> int:
    match arguments.command:
        case "setup":
            _set_up(arguments)
        case "run":
            from launcher.run import run

            run(verbose=arguments.verbose)
        case "reset":
            from launcher.run import reset

            reset()
        case "test":
            from launcher.chromium import find_chromium

            environment = with_venv(dict(os.environ) | {"CHROMIUM": str(find_chromium())})
            words = sys.argv[2:] or ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
            os.execve(PYTHON, [str(PYTHON), "-m", "pytest", *words], environment)  # noqa: S606
        case "audit":
            from launcher.audit import audit

            print(audit())
        case "services":
            _services(arguments.folder, stop=arguments.stop)
    return 0


def _services(folder: Path, *, stop: bool) -> None:
    from launcher.servers import Servers

    servers = Servers(folder.absolute(), {})
    if stop:
        servers.stop()
        return
    servers.start()
    for name, value in servers.urls.items():
        print(f"export {name}={shlex.quote(value)}")


sys.exit(main())
