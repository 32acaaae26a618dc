"""Mappings: our rows tied to Xero's ids."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import CompanyOwned, Created, Json, Model, company_join, company_key
from app.models.client import Client
from app.models.job_template import JobTemplate
from app.models.membership import Membership
from app.models.office import Office
from app.models.service import Service
from app.models.xero_list import XeroListEntry


class XeroStaff(CompanyOwned, Created, Model):
    """A person as the organisation's Projects knows them; read from Xero, kept when they vanish there."""

    __tablename__ = "xero_staff"
    __table_args__ = (
        company_key("connection_id", "connections"),
        UniqueConstraint("company_id", "connection_id", "xero_user_id"),
    )

    connection_id: Mapped[UUID]
    xero_user_id: Mapped[str]
    name: Mapped[str]
    email: Mapped[str | None]
    gone_at: Mapped[datetime | None]


class StaffMapping(CompanyOwned, Created, Model):
    """An accountant's person in Xero, or the decision that there is none (`xero_staff_id` empty)."""

    __tablename__ = "staff_mappings"
    __table_args__ = (
        company_key("connection_id", "connections"),
        company_key("membership_id", "memberships"),
        company_key("xero_staff_id", "xero_staff"),
        UniqueConstraint("company_id", "connection_id", "membership_id"),
        UniqueConstraint("company_id", "connection_id", "xero_staff_id"),
    )

    connection_id: Mapped[UUID]
    membership_id: Mapped[UUID]
    xero_staff_id: Mapped[UUID | None]
    confirmed_by: Mapped[str]

    membership: Mapped[Membership] = relationship(
        primaryjoin=company_join("StaffMapping", "membership_id", "Membership")
    )
    xero_staff: Mapped[XeroStaff | None] = relationship(
        primaryjoin=company_join("StaffMapping", "xero_staff_id", "XeroStaff")
    )


class ServiceMapping(CompanyOwned, Created, Model):
    """The tasks a job of this service gets (`job_template_id` empty: a job without tasks, on purpose)."""

    __tablename__ = "service_mappings"
    __table_args__ = (
        company_key("service_id", "services"),
        company_key("job_template_id", "job_templates"),
        UniqueConstraint("company_id", "service_id"),
    )

    service_id: Mapped[UUID]
    job_template_id: Mapped[UUID | None]
    confirmed_by: Mapped[str]

    service: Mapped[Service] = relationship(
        primaryjoin=company_join("ServiceMapping", "service_id", "Service")
    )
    job_template: Mapped[JobTemplate | None] = relationship(
        primaryjoin=company_join("ServiceMapping", "job_template_id", "JobTemplate")
    )


class ChargeMapping(CompanyOwned, Created, Model):
    """How a service is charged in an organisation: the account, tax rate and item of its lines on invoices."""

    __tablename__ = "charge_mappings"
    __table_args__ = (
        company_key("connection_id", "connections"),
        company_key("service_id", "services"),
        company_key("account_id", "xero_list_entries"),
        company_key("tax_rate_id", "xero_list_entries"),
        company_key("item_id", "xero_list_entries"),
        UniqueConstraint("company_id", "connection_id", "service_id"),
    )

    connection_id: Mapped[UUID]
    service_id: Mapped[UUID]
    account_id: Mapped[UUID]
    tax_rate_id: Mapped[UUID | None]
    """Empty: the account's own."""
    item_id: Mapped[UUID | None]
    confirmed_by: Mapped[str]

    service: Mapped[Service] = relationship(
        primaryjoin=company_join("ChargeMapping", "service_id", "Service")
    )
    account: Mapped[XeroListEntry] = relationship(
        primaryjoin=company_join("ChargeMapping", "account_id", "XeroListEntry")
    )
    tax_rate: Mapped[XeroListEntry | None] = relationship(
        primaryjoin=company_join("ChargeMapping", "tax_rate_id", "XeroListEntry")
    )
    item: Mapped[XeroListEntry | None] = relationship(
        primaryjoin=company_join("ChargeMapping", "item_id", "XeroListEntry")
    )


class OfficeMapping(CompanyOwned, Created, Model):
    """An office's tracking option, or the decision that its lines carry none (`option_id` empty)."""

    __tablename__ = "office_mappings"
    __table_args__ = (
        company_key("connection_id", "connections"),
        company_key("office_id", "offices"),
        company_key("option_id", "xero_list_entries"),
        UniqueConstraint("company_id", "connection_id", "office_id"),
        UniqueConstraint("company_id", "connection_id", "option_id"),
    )

    connection_id: Mapped[UUID]
    office_id: Mapped[UUID]
    option_id: Mapped[UUID | None]
    confirmed_by: Mapped[str]

    office: Mapped[Office] = relationship(primaryjoin=company_join("OfficeMapping", "office_id", "Office"))
    option: Mapped[XeroListEntry | None] = relationship(
        primaryjoin=company_join("OfficeMapping", "option_id", "XeroListEntry")
    )


class ContactMapping(CompanyOwned, Created, Model):
    """A client's contact in an organisation, with what both sides last agreed on."""

    __tablename__ = "contact_mappings"
    __table_args__ = (
        company_key("connection_id", "connections"),
        company_key("client_id", "clients"),
        UniqueConstraint("company_id", "connection_id", "client_id"),
        UniqueConstraint("company_id", "connection_id", "xero_contact_id"),
        # Asked before a client is taken away.
        Index("ix_contact_mappings_company_id_client_id", "company_id", "client_id"),
    )

    connection_id: Mapped[UUID]
    client_id: Mapped[UUID]
    xero_contact_id: Mapped[str]
    contact_name: Mapped[str]
    found_by: Mapped[str]
    """How it was found: created, number, e-mail, name, person, import."""
    contact_status: Mapped[str] = mapped_column(default="ACTIVE")
    """As Xero says: ACTIVE, ARCHIVED, GDPRREQUEST or a new word; GONE when Xero no longer knows it."""
    contact_updated_at: Mapped[datetime | None]
    """Xero's UpdatedDateUTC of the contact as we last saw or wrote it: an echo of our own writing is not news."""
    agreed: Mapped[Json] = mapped_column(default=dict)
    """Field (`app.sync.contacts.fields`) → value that both sides had when they last agreed; absent: never compared."""
    agreed_at: Mapped[datetime | None]
    agreed_groups: Mapped[Json] = mapped_column(default=dict)
    """Id of a contact group → True, for those that the client's tags and the contact both had when they last agreed."""
    merged_into: Mapped[str | None]
    """The contact this one was merged into in Xero, when that one is another client's already: a person decides."""
    seen_at: Mapped[datetime | None]
    """When the contact was last seen by a reading of everything."""

    client: Mapped[Client] = relationship(primaryjoin=company_join("ContactMapping", "client_id", "Client"))
