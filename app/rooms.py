"""The rooms of the house: every blueprint, in one list."""

from flask import Flask


def register_rooms(app: Flask) -> None:
    from app import health
    from app.api.blueprints import BLUEPRINTS as JSON_API
    from app.audit import routes as audit
    from app.auth import routes as auth
    from app.catalogue import routes as services
    from app.clients import routes as clients
    from app.contacts import routes as contacts
    from app.dashboard import routes as dashboard
    from app.demonstration import mailbox
    from app.documents import routes as documents
    from app.exports import routes as exports
    from app.help import routes as help_pages
    from app.integrations import routes as integrations
    from app.invoices import revenue_pages as revenue
    from app.invoices import routes as invoices
    from app.platform import routes as platform
    from app.portal import routes as portal
    from app.requests import routes as requests
    from app.settings import routes as settings
    from app.synclog import call_routes  # noqa: F401  the second half of its room
    from app.synclog import routes as synclog
    from app.usage import routes as usage
    from app.webhooks import receiving as xero_webhooks
    from app.webhooks import routes as webhooks

    rooms = (
        audit,
        auth,
        clients,
        contacts,
        dashboard,
        documents,
        exports,
        health,
        help_pages,
        integrations,
        invoices,
        mailbox,
        platform,
        portal,
        requests,
        revenue,
        services,
        settings,
        synclog,
        usage,
        webhooks,
        xero_webhooks,
    )
    for blueprint in (*(room.bp for room in rooms), *JSON_API):
        app.register_blueprint(blueprint)
