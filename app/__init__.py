"""Countinghouse: the application factory."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.bodies import Request
from app.config import Settings, load_settings
from app.lanes import Lanes


def create_app(settings: Settings | None = None) -> Flask:
    """Build the app. Raises `app.config.SettingsError` when a setting is missing or weak."""
    settings = settings or load_settings()
    app = Flask(__name__)
    app.request_class = Request
    _configure(app, settings)
    _bind_extensions(app, settings)
    _register_rooms(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.extensions["settings"] = settings
    app.config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SESSION_COOKIE_NAME="__Host-countinghouse" if settings.secure else "countinghouse",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=12 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        JWT_TOKEN_LOCATION=["headers"],
        JWT_ALGORITHM="HS256",
        JWT_DECODE_ALGORITHMS=["HS256"],
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.wsgi_app = Lanes(app.wsgi_app)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]


def _bind_extensions(app: Flask, settings: Settings) -> None:
    from app import extensions, json_provider, models, templating  # noqa: F401  models: registers every table

    app.json = json_provider.Provider(app)
    extensions.db.init_app(app)
    extensions.migrate.init_app(app, extensions.db)
    extensions.jwt.init_app(app)
    extensions.csrf.init_app(app)
    extensions.init_redis(app, settings.redis_url)
    templating.init_templating(app)


def _register_rooms(app: Flask) -> None:
    from app import audiences, cli, errors, headers
    from app.api import rate_limit
    from app.audit import views
    from app.auth import gate, reading
    from app.rooms import register_rooms

    gate.init_gate(app)
    rate_limit.init_rate_limit(app)
    register_rooms(app)
    errors.init_errors(app)
    headers.init_headers(app)
    views.init_views(app)
    reading.init_reading(app)
    cli.init_cli(app)
    audiences.check_complete(app)
