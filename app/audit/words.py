"""What the slugs of the audit log mean, in words for people. A slug, once given out, keeps its meaning."""

from uuid import UUID

from app.navigation import url_if

ACTS: dict[str, str] = {
    "client.added": "Added a client",
    "client.edited": "Changed a client",
    "client.archived": "Archived a client",
    "client.conflict": "Decided where a client and Xero differ",
    "client.synced": "Compared a client with Xero",
    "contacts.dry_run": "Had a dry run worked out",
    "contacts.dry_run_done": "Had a dry run carried out",
    "contacts.group": "Decided about a tag or group that was deleted",
    "contacts.synced": "Had clients and contacts brought together",
    "client.from_xero": "Took a client’s details from Xero",
    "client.restored": "Brought a client back",
    "client.imported": "Imported clients from a file",
    "client.merged": "Merged another client into one",
    "client.merged_away": "Merged a client into another",
    "client.tagged": "Gave a client a tag",
    "client.untagged": "Took a tag from a client",
    "connection.begun": "Went to Xero to connect",
    "connection.taken_up": "Took up an organisation of Xero",
    "connection.confirmed": "Confirmed the organisation",
    "connection.disconnected": "Disconnected the organisation",
    "document.infected": "Found a virus in a document and rejected it",
    "document.accepted": "Accepted a document",
    "document.ask_withdrawn": "No longer asked a client for a document",
    "document.asked": "Asked a client for documents",
    "document.erasure": "Had a client’s documents erased",
    "document.exported": "Took a client’s documents along",
    "document.pushed": "Had a document filed in Xero again",
    "document.received": "Sent a document",
    "document.refused": "Sent a file that was refused",
    "document.rejected": "Sent a document back",
    "import.begun": "Began an import of contacts",
    "import.cancelled": "Gave an import of contacts up",
    "import.confirmed": "Had contacts imported",
    "import.finished": "Finished an import of contacts",
    "import.ignored_back": "Took a contact off the ignore list",
    "import.paused": "Paused an import of contacts",
    "import.resumed": "Let an import of contacts go on",
    "import.taken_back": "Took an import of contacts back",
    "import.undone": "Had an import of contacts undone",
    "invoice.authorise": "Had an invoice approved in Xero",
    "invoice.delete": "Had a draft invoice deleted in Xero",
    "invoice.discarded": "Discarded a draft invoice",
    "invoice.drafted": "Drafted an invoice",
    "invoice.rewritten": "Changed an invoice",
    "invoice.sent": "Sent an invoice to Xero",
    "invoice.submit": "Had an invoice submitted for approval",
    "invoice.taken_back": "Took an invoice back before it was sent",
    "invoice.void": "Had an invoice voided in Xero",
    "job_template.added": "Added a job template",
    "job_template.edited": "Changed a job template",
    "job_template.switched_off": "Switched a job template off",
    "job_template.switched_on": "Switched a job template on",
    "mapping.charges": "Changed accounts and tax of services",
    "mapping.contact": "Chose a client’s contact in Xero",
    "mapping.offices": "Changed the offices’ tracking options",
    "mapping.services": "Changed the service mapping",
    "mapping.staff": "Changed the staff mapping",
    "mapping.tracking_made": "Had tracking options made in Xero",
    "office.added": "Added an office",
    "office.renamed": "Renamed an office",
    "office.closed": "Closed an office",
    "office.reopened": "Opened an office again",
    "operation.cancelled": "Gave up work for Xero",
    "operation.planned": "Had the jobs of assigned requests made",
    "operation.retried": "Tried work for Xero again",
    "operation.retried_group": "Tried all with one error again",
    "person.app_removed": "Switched the authenticator app off",
    "person.app_set_up": "Set up an authenticator app",
    "person.code_failed": "A wrong code for the second factor",
    "person.code_used": "Used up a recovery code",
    "person.codes_made": "Made new recovery codes",
    "person.deactivated": "Ended a person’s access",
    "person.mailed_code_failed": "A wrong code from a mail",
    "person.email_changed": "Changed their e-mail address",
    "person.factor_reset": "Reset a person’s second factor",
    "person.invited": "Invited a person",
    "person.invited_again": "Sent an invitation again",
    "person.joined": "Accepted an invitation",
    "person.opened": "Opened the practice",
    "person.passkey_added": "Added a passkey",
    "person.passkey_removed": "Removed a passkey",
    "person.password_changed": "Changed their password",
    "person.password_reset": "Chose a new password by a mailed link",
    "person.reactivated": "Gave a person access again",
    "person.role": "Gave a person another role",
    "person.session_ended": "Ended one of their sign-ins",
    "person.sessions_ended": "Ended their other sign-ins",
    "person.sign_in_failed": "Sign-in failed",
    "person.signed_in": "Signed in",
    "person.signed_out": "Signed out",
    "person.token_reused": "A program’s refresh token came twice: its sign-in was ended",
    "person.uninvited": "Withdrew an invitation",
    "practice.added": "Added the practice",
    "practice.changed": "Changed the practice’s settings",
    "practice.closed": "Closed the practice, to be deleted for good",
    "practice.deleted": "Deleted the practice for good",
    "practice.export_asked": "Had everything the practice has exported",
    "practice.export_downloaded": "Downloaded the export of everything",
    "practice.kept": "Took back that the practice is deleted",
    "practice.resumed": "Resumed the practice",
    "practice.suspended": "Suspended the practice",
    "request.assigned": "Assigned a request",
    "request.reassigned": "Passed a request on",
    "request.comment": "Commented on a request",
    "request.created": "Added a request",
    "request.edited": "Changed a request",
    "request.job": "Made a request’s job by hand",
    "request.status": "Set a request’s status",
    "service.added": "Added a service",
    "service.documents": "Changed what documents a service asks for",
    "service.edited": "Changed a service",
    "service.switched_off": "Switched a service off",
    "service.switched_on": "Switched a service on",
    "tag.deleted": "Deleted a tag",
    "tag.renamed": "Renamed a tag",
    "visit.begun": "Entered the practice",
    "visit.ended": "Left the practice",
    "visit.writing": "Went on from reading to writing",
}
"""What people do."""

LOOKS: dict[str, str] = {
    "audit.exported": "Exported the audit log",
    "audit.listed": "Looked at the audit log",
    "call.opened": "Opened a call to Xero",
    "calls.exported": "Exported the calls to Xero",
    "calls.listed": "Looked at the calls to Xero",
    "client.contact": "Looked for a client’s contact in Xero",
    "client.opened": "Opened a client",
    "clients.exported": "Exported the list of clients",
    "clients.file": "Looked at a file of clients",
    "clients.listed": "Looked at the list of clients",
    "contact_imports.listed": "Looked at contacts to import",
    "contact_imports.opened": "Opened an import of contacts",
    "dashboard.opened": "Opened the dashboard",
    "document.downloaded": "Downloaded a document",
    "document.opened": "Opened a document",
    "document.read": "Looked into a document",
    "documents.listed": "Looked at lists of documents",
    "invoice.opened": "Opened an invoice",
    "invoices.listed": "Looked at lists of invoices",
    "operation.opened": "Opened work for Xero",
    "people.listed": "Looked at the list of people",
    "portal.invoices": "Looked at their own invoices",
    "portal.documents": "Looked at their own documents",
    "portal.listed": "Looked at their own requests",
    "request.opened": "Opened a request",
    "requests.listed": "Looked at the list of requests",
    "sync_log.exported": "Exported the sync log",
    "sync_log.listed": "Looked at the sync log",
    "webhooks.listed": "Looked at news from Xero",
}
"""What people look at."""

ROLES = {
    "admin": "Admin",
    "accountant": "Accountant",
    "client": "Client",
    "super": "Countinghouse’s staff",
    "system": "Countinghouse itself",
}

SUBJECTS = {
    "client": "Client",
    "client_import": "File of clients",
    "connection": "Connection",
    "contact_import": "Import of contacts",
    "document": "Document",
    "invoice": "Invoice",
    "job_template": "Job template",
    "office": "Office",
    "operation": "Work for Xero",
    "person": "Person",
    "practice": "Practice",
    "request": "Request",
    "service": "Service",
    "tag": "Tag",
}

_GROUPS = {
    "contacts": "Clients and contacts",
    "client": "Clients",
    "connection": "Connection",
    "document": "Documents",
    "documents": "Documents",
    "import": "Imports of contacts",
    "invoice": "Invoices",
    "job_template": "Job templates",
    "mapping": "Mappings",
    "office": "Offices",
    "operation": "Work for Xero",
    "person": "People and sign-in",
    "practice": "Practice",
    "request": "Requests",
    "service": "Services",
    "tag": "Tags",
    "visit": "Visits",
}
_PAGES = {
    "client": ("clients.page", "client_id"),
    "contact_import": ("contacts.import_page", "import_id"),
    "document": ("documents.page", "document_id"),
    "invoice": ("invoices.page", "invoice_id"),
    "job_template": ("services.template_edit", "template_id"),
    "operation": ("sync.operation", "operation_id"),
    "request": ("requests.page", "request_id"),
    "service": ("services.page", "service_id"),
}

_FIELDS = {
    "accountant_id": "Accountant",
    "alert_mails": "Mails when work with Xero needs somebody",
    "assignee_id": "Assigned to",
    "base_price": "Base price",
    "call_log_days": "Days the call log is kept",
    "contact_groups": "Contact groups",
    "contact_rules": "Who decides when both sides changed",
    "create_contacts": "Make contacts in Xero",
    "push_new_clients": "Make contacts at once",
    "default_due_days": "Due after days",
    "due_on": "Due",
    "issued_on": "Date",
    "line_amounts": "Prices",
    "time_zone": "Time zone",
    "job_name_pattern": "Job names",
    "push_client_changes": "Send client changes",
    "push_documents": "File documents in Xero",
    "document_folder": "Folder in Xero Files",
    "document_folder_yearly": "A folder for each tax year",
    "document_name_pattern": "Names of the files",
    "xero_tenant_id": "Organisation’s id at Xero",
}


def act(what: str) -> str:
    """The words of a slug; one that this version does not know is shown as it is."""
    return ACTS.get(what) or LOOKS.get(what) or what


def role(name: str | None) -> str:
    """The words of an actor's role."""
    return ROLES.get(name or "", "No role")


def field(name: str) -> str:
    """What a field of before and after is called."""
    return _FIELDS.get(name) or name.removesuffix("_id").replace("_", " ").capitalize()


def choices(acts: dict[str, str], groups: bool = True) -> list[tuple[str, str]]:
    """What may be asked for: with `groups`, everything about one kind of thing before its single acts."""
    if not groups:
        return sorted(acts.items(), key=lambda one: one[1])
    found: list[tuple[str, str]] = []
    for slug in acts:
        group = slug.split(".")[0]
        if not any(value == f"{group}." for value, _ in found):
            found.append((f"{group}.", f"{_GROUPS[group]}: all"))
        found.append((slug, f"{_GROUPS[group]}: {acts[slug][0].lower()}{acts[slug][1:]}"))
    return found


def subject_url(kind: str | None, subject_id: UUID | None) -> str | None:
    """The page of what an entry is about, if it has one."""
    page = _PAGES.get(kind or "")
    return url_if(page[0], **{page[1]: subject_id}) if page and subject_id else None
