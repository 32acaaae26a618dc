"""The rooms of the house: every blueprint, in one list."""

from flask import Flask


def register_rooms(app: Flask) -> None:
    from app import health
    from app.api.blueprints import BLUEPRINTS as JSON_API
    from app.catalogue import routes as services
    from app.clients import routes as clients
    from app.platform import routes as platform
    from app.portal import routes as portal
    from app.settings import routes as settings

    for blueprint in (health.bp, clients.bp, services.bp, settings.bp, portal.bp, platform.bp, *JSON_API):
        app.register_blueprint(blueprint)
