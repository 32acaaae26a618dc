"""The rooms of the house: every blueprint, in one list."""

from flask import Flask


def register_rooms(app: Flask) -> None:
    from app import health

    for blueprint in (health.bp,):
        app.register_blueprint(blueprint)
