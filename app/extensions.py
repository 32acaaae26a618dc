"""Extensions, made once and bound in the factory. They import nothing of the app's rooms."""

from argon2 import PasswordHasher
from flask import Flask, current_app
from flask_jwt_extended import JWTManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from app.config import Settings
from app.models.base import Model
from app.tenancy import CompanySession

db = SQLAlchemy(
    model_class=Model,
    session_options={"class_": CompanySession},
    engine_options={
        "pool_pre_ping": True,
        # A client's data must not stand in an exception's text.
        "hide_parameters": True,
        # A thread of a worker may need three at once: its work, the call log, a token's lock.
        "pool_size": 10,
        "max_overflow": 40,
    },
)
migrate = Migrate(directory="migrations")
jwt = JWTManager()
# Pages are guarded by Flask-WTF's token; the JSON API takes bearer tokens only, never a cookie, and is exempt.
csrf = CSRFProtect()
# OWASP's minimum for argon2id: 19 MiB, two passes.
password_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

QUEUE = "operations"


def settings() -> Settings:
    """The running app's typed settings."""
    found: Settings = current_app.extensions["settings"]
    return found


def redis_client() -> "Redis":
    """The running app's Redis connection pool (bytes in and out)."""
    found: Redis = current_app.extensions["redis"]
    return found


def task_queue() -> Queue:
    """The one queue. Arguments are ids in JSON, never pickled; what is to be called stands in Redis too, and the worker
    takes one name only (worker.py)."""
    return Queue(QUEUE, connection=redis_client(), serializer=JSONSerializer)


def init_redis(app: Flask, url: str) -> None:
    # Short limits: Redis away must not hold a web request.
    app.extensions["redis"] = Redis.from_url(
        url, socket_connect_timeout=1, socket_timeout=5, health_check_interval=15
    )
