"""Who may reach which endpoint: the one written table. `app.auth.gate` enforces it; an endpoint that is not in it
stops the start.

Someone without the right gets 404 where the existence of the page is not theirs to know (a client on a staff page,
staff in the portal), 403 where they know it exists (an accountant on settings).
"""

from flask import Flask

PUBLIC = "public"
"""Anyone, signed in or not."""
WEBHOOK = "webhook"
"""Xero's server. Nobody signs in: what it sends carries a signature, which the endpoint checks, and nothing else that
the request carries (a cookie, a token) is looked at."""
SIGNED_IN = "signed_in"
"""Any person who is signed in, with or without a company."""
ADMIN = "admin"
STAFF = "staff"
"""Admins and accountants."""
CLIENT = "client"
SUPER = "super"
"""Super admins, outside any company."""

ROLES_OF = {ADMIN: {"admin", "super"}, STAFF: {"admin", "accountant", "super"}, CLIENT: {"client"}}
"""`super` here is a super admin inside a company through an open entry, with an admin's view of it."""

AUDIENCES: dict[str, str] = {
    # the frame
    "static": PUBLIC,
    "assets.file": PUBLIC,
    "health.healthz": PUBLIC,
    "health.readyz": PUBLIC,
    # the audit log
    "audit.index": ADMIN,
    "audit.views": ADMIN,
    "audit.entry": ADMIN,
    "audit.export_csv": ADMIN,
    "audit.export_json": ADMIN,
    # the JSON API
    "api_audit.index": ADMIN,
    "api_auth.login": PUBLIC,
    "api_auth.refresh": PUBLIC,
    "api_auth.logout": SIGNED_IN,
    "api_auth.me": SIGNED_IN,
    "api_clients.index": STAFF,
    "api_clients.create": STAFF,
    "api_clients.show": STAFF,
    "api_clients.change": STAFF,
    "api_clients.archive": STAFF,
    "api_clients.restore": STAFF,
    "api_clients.merge_into": STAFF,
    "api_clients.tag": STAFF,
    "api_clients.untag": STAFF,
    "api_clients.tags": STAFF,
    "api_contact_imports.create": ADMIN,
    "api_contact_imports.show": ADMIN,
    "api_contact_imports.pause": ADMIN,
    "api_contact_imports.resume": ADMIN,
    "api_contact_imports.cancel": ADMIN,
    "api_contact_imports.undo": ADMIN,
    "api_contact_sync.client": STAFF,
    "api_contact_sync.everything": ADMIN,
    "api_contact_sync.begin": ADMIN,
    "api_contact_sync.show": ADMIN,
    "api_contact_sync.do": ADMIN,
    "api_contact_sync.cron": PUBLIC,
    "api_docs.document": PUBLIC,
    "api_docs.page": PUBLIC,
    "api_people.index": ADMIN,
    "api_people.change": ADMIN,
    "api_people.invitations": ADMIN,
    "api_people.invite": ADMIN,
    "api_people.resend": ADMIN,
    "api_people.withdraw": ADMIN,
    "api_requests.index": STAFF,
    "api_requests.create": STAFF,
    "api_requests.show": STAFF,
    "api_requests.change": STAFF,
    "api_requests.history": STAFF,
    "api_requests.comment": STAFF,
    "api_requests.assign": STAFF,
    "api_requests.assign_many": STAFF,
    "api_services.index": STAFF,
    "api_services.create": ADMIN,
    "api_services.show": STAFF,
    "api_services.change": ADMIN,
    "api_staff.staff": STAFF,
    "api_staff.offices": STAFF,
    # signing in
    "auth.sign_in": PUBLIC,
    "auth.sign_in_check": PUBLIC,
    "auth.sign_out": SIGNED_IN,
    "auth.companies": SIGNED_IN,
    "auth.choose": SIGNED_IN,
    "auth.theme": SIGNED_IN,
    "auth.forgot": PUBLIC,
    "auth.reset": PUBLIC,
    "auth.invitation": PUBLIC,
    "auth.confirm_email": PUBLIC,
    "auth.account": SIGNED_IN,
    "auth.password": SIGNED_IN,
    "auth.email": SIGNED_IN,
    "auth.end_session_of": SIGNED_IN,
    "auth.end_other_sessions": SIGNED_IN,
    # the demonstration's mail; elsewhere there is no such page
    "demo.mailbox": PUBLIC,
    "demo.mail": PUBLIC,
    "demo.mail_html": PUBLIC,
    # the second factor
    "auth.code": PUBLIC,
    "auth.second_factor": SIGNED_IN,
    "auth.second_factor_begin": SIGNED_IN,
    "auth.second_factor_app": SIGNED_IN,
    "auth.second_factor_confirm": SIGNED_IN,
    "auth.second_factor_off": SIGNED_IN,
    "auth.recovery_codes": SIGNED_IN,
    "auth.passkey": PUBLIC,
    "auth.passkey_answer": PUBLIC,
    "auth.passkey_new": SIGNED_IN,
    "auth.passkey_keep": SIGNED_IN,
    "auth.passkey_remove": SIGNED_IN,
    # clients
    "clients.index": STAFF,
    "clients.new": STAFF,
    "clients.page": STAFF,
    "clients.edit": STAFF,
    "clients.archive": STAFF,
    "clients.unarchive": STAFF,
    "clients.export": STAFF,
    "clients.imports": STAFF,
    "clients.import_columns": STAFF,
    "clients.import_page": STAFF,
    "clients.import_row": STAFF,
    "clients.import_confirmed": STAFF,
    "clients.merge": STAFF,
    "clients.merge_with": STAFF,
    "clients.merge_confirmed": STAFF,
    "clients.tag": STAFF,
    "clients.untag": STAFF,
    "clients.check_many": STAFF,
    "clients.do_many": STAFF,
    # imports of contacts
    "contacts.agreement": STAFF,
    "contacts.sync": STAFF,
    "contacts.sync_one": STAFF,
    "contacts.conflicts": STAFF,
    "contacts.decide": STAFF,
    "contacts.dry_runs": ADMIN,
    "contacts.begin_dry_run": ADMIN,
    "contacts.dry_run": ADMIN,
    "contacts.do_dry_run": ADMIN,
    "contacts.groups": ADMIN,
    "contacts.decide_group": ADMIN,
    "contacts.imports": ADMIN,
    "contacts.begin": ADMIN,
    "contacts.import_page": ADMIN,
    "contacts.import_progress": ADMIN,
    "contacts.choose": ADMIN,
    "contacts.choose_all": ADMIN,
    "contacts.check": ADMIN,
    "contacts.run": ADMIN,
    "contacts.pause": ADMIN,
    "contacts.resume": ADMIN,
    "contacts.cancel": ADMIN,
    "contacts.undo_check": ADMIN,
    "contacts.undo": ADMIN,
    "contacts.ignored": ADMIN,
    "contacts.take_back": ADMIN,
    # the connection to Xero and the mapping
    "integrations.xero": ADMIN,
    "integrations.connect": ADMIN,
    "integrations.callback": ADMIN,
    "integrations.choose": ADMIN,
    "integrations.confirm": ADMIN,
    "integrations.leave": ADMIN,
    "integrations.disconnect": ADMIN,
    "integrations.refresh": ADMIN,
    "integrations.status": ADMIN,
    "integrations.logs": STAFF,
    "integrations.sync_job": STAFF,
    "integrations.create_jobs": ADMIN,
    "integrations.filing": ADMIN,
    "integrations.file_again": ADMIN,
    "integrations.staff": ADMIN,
    "integrations.read_staff": ADMIN,
    "integrations.service_mapping": ADMIN,
    "integrations.contact": STAFF,
    # everything a practice has, to take along
    "exports.index": ADMIN,
    "exports.begin": ADMIN,
    "exports.download": ADMIN,
    # the platform
    "platform.acts": SUPER,
    "platform.close": SUPER,
    "platform.export": SUPER,
    "platform.export_download": SUPER,
    "platform.index": SUPER,
    "platform.invite_again": SUPER,
    "platform.new": SUPER,
    "platform.practice": SUPER,
    "platform.resume": SUPER,
    "platform.suspend": SUPER,
    "platform.switch": SUPER,
    "platform.enter": SUPER,
    "platform.keep": SUPER,
    "platform.leave": SUPER,
    "platform.write": SUPER,
    "platform.webhooks": SUPER,
    # the portal
    "portal.index": CLIENT,
    "portal.new": CLIENT,
    "portal.page": CLIENT,
    "portal.comment": CLIENT,
    # services and job templates
    "services.index": STAFF,
    "services.new": ADMIN,
    "services.page": STAFF,
    "services.edit": ADMIN,
    "services.deactivate": ADMIN,
    "services.activate": ADMIN,
    "services.templates": STAFF,
    "services.template_new": ADMIN,
    "services.template_edit": ADMIN,
    "services.template_deactivate": ADMIN,
    "services.template_activate": ADMIN,
    # settings
    "settings.index": ADMIN,
    "settings.company": ADMIN,
    "settings.job_names": ADMIN,
    "settings.client_sync": ADMIN,
    "settings.offices": ADMIN,
    "settings.office": ADMIN,
    "settings.office_close": ADMIN,
    "settings.office_reopen": ADMIN,
    "settings.people": ADMIN,
    "settings.invitations_sent": ADMIN,
    "settings.invitation_resend": ADMIN,
    "settings.invitation_withdraw": ADMIN,
    "settings.person": ADMIN,
    "settings.person_deactivate": ADMIN,
    "settings.person_reactivate": ADMIN,
    "settings.client_people": ADMIN,
    "settings.second_factor": ADMIN,
    "settings.visits": ADMIN,
    # the sync log
    "sync.index": STAFF,
    "sync.export": STAFF,
    "sync.operation": STAFF,
    "sync.retry": STAFF,
    "sync.cancel": STAFF,
    "sync.causes": STAFF,
    "sync.retry_group": STAFF,
    "sync.calls": ADMIN,
    "sync.export_calls": ADMIN,
    "sync.call": ADMIN,
    # calls used, left and needed
    "usage.index": ADMIN,
    "usage.figures": ADMIN,
    # news from Xero
    "xero_webhooks.receive": WEBHOOK,
    "webhooks.index": ADMIN,
    "webhooks.test": ADMIN,
    # the dashboard sends everybody to the page of their role
    "dashboard.index": SIGNED_IN,
    "help.index": PUBLIC,
    # service requests
    "requests.index": STAFF,
    "requests.new": STAFF,
    "requests.create": STAFF,
    "requests.page": STAFF,
    "requests.job": STAFF,
    "requests.edit": STAFF,
    "requests.assign": STAFF,
    "requests.move": STAFF,
    "requests.comment": STAFF,
    "requests.retry_job": STAFF,
    "requests.check_many": STAFF,
    "requests.assign_many": STAFF,
    "requests.assigned": STAFF,
}

BROWSER_TOO: set[str] = {
    "integrations.connect",
    "integrations.callback",
    "integrations.disconnect",
    "integrations.refresh",
    "integrations.status",
    "integrations.sync_job",
    "integrations.logs",
}
"""JSON API endpoints that a browser reaches with its cookie as well (then CSRF is checked for unsafe methods)."""


WITHOUT_SECOND_FACTOR: set[str] = {
    "api_auth.logout",
    "api_auth.me",
    "auth.choose",
    "auth.companies",
    "auth.passkey_keep",
    "auth.passkey_new",
    "auth.passkey_remove",
    "auth.recovery_codes",
    "auth.second_factor",
    "auth.second_factor_app",
    "auth.second_factor_begin",
    "auth.second_factor_confirm",
    "auth.second_factor_off",
    "auth.sign_out",
    "auth.theme",
}
"""What a person reaches who owes their practice a second factor: setting one up, another practice, the way out."""


def check_complete(app: Flask) -> None:
    """Raise RuntimeError unless table and routes name exactly the same endpoints."""
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    unlisted, gone = sorted(endpoints - AUDIENCES.keys()), sorted(AUDIENCES.keys() - endpoints)
    if unlisted or gone:
        raise RuntimeError(
            f"app/audiences.py: endpoints without an audience: {unlisted}; listed endpoints that do not exist: {gone}"
        )
