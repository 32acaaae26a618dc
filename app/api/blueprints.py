"""Every blueprint of the JSON API."""

from app.api.auth.routes import bp as auth
from app.api.clients.routes import bp as clients
from app.api.docs.routes import bp as docs
from app.api.requests import assign  # noqa: F401  adds its routes
from app.api.requests.routes import bp as requests
from app.api.services.routes import bp as services
from app.api.staff.routes import bp as staff

BLUEPRINTS = (auth, clients, docs, requests, services, staff)
