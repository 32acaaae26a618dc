"""Every blueprint of the JSON API."""

from flask import Response

from app.api.audit.routes import bp as audit
from app.api.auth.routes import bp as auth
from app.api.clients.routes import bp as clients
from app.api.contact_imports.routes import bp as contact_imports
from app.api.contact_sync import cron  # noqa: F401  adds its routes
from app.api.contact_sync.routes import bp as contact_sync
from app.api.docs.routes import bp as docs
from app.api.documents.routes import bp as documents
from app.api.invoices.routes import bp as invoices
from app.api.people.routes import bp as people
from app.api.requests import assign  # noqa: F401  adds its routes
from app.api.requests.routes import bp as requests
from app.api.services.routes import bp as services
from app.api.staff.routes import bp as staff

BLUEPRINTS = (
    audit,
    auth,
    clients,
    contact_imports,
    contact_sync,
    docs,
    documents,
    invoices,
    people,
    requests,
    services,
    staff,
)


def _name_the_scheme(response: Response) -> Response:
    # RFC 9110 11.6.1: an answer 401 says how to sign in.
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


for blueprint in BLUEPRINTS:
    blueprint.after_request(_name_the_scheme)
