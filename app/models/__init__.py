"""The tables, one noun a file. Importing this package registers them all."""

from app.models.alert import Alert
from app.models.api_reply import ApiReply
from app.models.audit import AuditEvent, AuditView
from app.models.base import CompanyOwned, Model, database_now, now
from app.models.client import Client
from app.models.client_import import ClientImport, ClientImportRow
from app.models.client_word import ClientWord
from app.models.company import Company
from app.models.company_closing import CompanyClosing
from app.models.company_entry import CompanyEntry
from app.models.company_export import CompanyExport
from app.models.connection import Connection, Consent, Grant
from app.models.contact_agreement import ContactConflict, XeroNewcomer
from app.models.contact_errand import ContactErrand
from app.models.contact_import import ContactImport, ContactImportRow, IgnoredContact
from app.models.contact_plan import ContactPlan, ContactPlanRow
from app.models.document import (
    Document,
    DocumentAsk,
    DocumentErasure,
    DocumentFolder,
    DocumentList,
    DocumentUpload,
)
from app.models.invitation import Invitation
from app.models.invoice import Invoice, InvoiceLine, InvoicePayment
from app.models.job_template import JobTemplate, JobTemplateTask
from app.models.last_sync import LastSync
from app.models.mail import Mail
from app.models.mapping import (
    ChargeMapping,
    ContactMapping,
    OfficeMapping,
    ServiceMapping,
    StaffMapping,
    XeroStaff,
)
from app.models.membership import Membership
from app.models.office import Office
from app.models.operation import Cause, Operation, OperationStep, XeroCall
from app.models.passkey import Passkey
from app.models.periodic_run import PeriodicRun
from app.models.platform_event import PlatformEvent
from app.models.request_event import RequestEvent
from app.models.second_factor import RecoveryCode, SecondFactor
from app.models.service import Service
from app.models.service_request import ServiceRequest
from app.models.sign_in_step import SignInStep
from app.models.stored_file import StoredFile
from app.models.tag import ClientTag, Tag
from app.models.tag_mapping import TagMapping
from app.models.time_entry import TimeEntry
from app.models.user import User, UserSession
from app.models.user_link import UserLink
from app.models.webhook import (
    StrayEvent,
    WebhookDelivery,
    WebhookEvent,
    WebhookGap,
    WebhookStream,
    WebhookStreamGap,
)
from app.models.xero_list import XeroListEntry

__all__ = [
    "Alert",
    "ApiReply",
    "AuditEvent",
    "AuditView",
    "Cause",
    "ChargeMapping",
    "Client",
    "ClientImport",
    "ClientImportRow",
    "ClientTag",
    "ClientWord",
    "Company",
    "CompanyClosing",
    "CompanyEntry",
    "CompanyExport",
    "CompanyOwned",
    "Connection",
    "Consent",
    "ContactConflict",
    "ContactErrand",
    "ContactImport",
    "ContactImportRow",
    "ContactMapping",
    "ContactPlan",
    "ContactPlanRow",
    "Document",
    "DocumentAsk",
    "DocumentErasure",
    "DocumentFolder",
    "DocumentList",
    "DocumentUpload",
    "Grant",
    "IgnoredContact",
    "Invitation",
    "Invoice",
    "InvoiceLine",
    "InvoicePayment",
    "JobTemplate",
    "JobTemplateTask",
    "LastSync",
    "Mail",
    "Membership",
    "Model",
    "Office",
    "OfficeMapping",
    "Operation",
    "OperationStep",
    "Passkey",
    "PeriodicRun",
    "PlatformEvent",
    "RecoveryCode",
    "RequestEvent",
    "SecondFactor",
    "Service",
    "ServiceMapping",
    "ServiceRequest",
    "SignInStep",
    "StaffMapping",
    "StoredFile",
    "StrayEvent",
    "Tag",
    "TagMapping",
    "TimeEntry",
    "User",
    "UserLink",
    "UserSession",
    "WebhookDelivery",
    "WebhookEvent",
    "WebhookGap",
    "WebhookStream",
    "WebhookStreamGap",
    "XeroCall",
    "XeroListEntry",
    "XeroNewcomer",
    "XeroStaff",
    "database_now",
    "now",
]
