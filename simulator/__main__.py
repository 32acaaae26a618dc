"""``python -m simulator --port 8100 [--state FOLDER] [--host 127.0.0.1]``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(prog="simulator", description="Plays Xero over HTTP.")
    parser.add_argument("--port", type=int, required=True, help="the port to listen on")
    parser.add_argument(
        "--host", default="127.0.0.1", help="the address to listen on (default: this machine only)"
    )
    parser.add_argument(
        "--state", type=Path, default=None, help="a folder that keeps the state over restarts"
    )
    chosen = parser.parse_args()
    from simulator.server import Server

    sys.stdout.write(f"Simulated Xero on http://{chosen.host}:{chosen.port}/\n")
    sys.stdout.flush()
    Server(chosen.host, chosen.port, chosen.state).run()


if __name__ == "__main__":
    main()
