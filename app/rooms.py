"""The rooms of the house: every blueprint, in one list."""

from flask import Flask


def register_rooms(app: Flask) -> None:
    from app import health
    from app.api.blueprints import BLUEPRINTS as JSON_API

    for blueprint in (health.bp, *JSON_API):
        app.register_blueprint(blueprint)
