"""The application factory."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, Response

from simulator import accounting, console, files, practice, projects
from simulator.core import Simulator
from simulator.identity import consent
from simulator.identity.endpoints import connections, discovery, sign_in


def create_app(folder: Path | None = None) -> Flask:
    """One simulated Xero. With a folder its state is kept there and read again at the next start."""
    app = Flask("simulator")
    app.url_map.strict_slashes = True
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["simulator"] = Simulator(folder)
    app.register_blueprint(consent.blueprint)
    app.register_blueprint(discovery)
    for api in (sign_in, connections, *accounting.apis(), *projects.apis(), *files.apis(), *practice.apis()):
        app.register_blueprint(api.blueprint)
    for blueprint in console.blueprints():
        app.register_blueprint(blueprint)
    app.after_request(_no_sniffing)
    return app


def _no_sniffing(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response
