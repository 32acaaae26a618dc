"""The rooms of the house: every blueprint, in one list."""

from flask import Flask


def register_rooms(app: Flask) -> None:
    from app import health
    from app.api.auth import routes as api_auth

    for blueprint in (health.bp, api_auth.bp):
        app.register_blueprint(blueprint)
