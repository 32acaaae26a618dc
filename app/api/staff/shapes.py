"""What the endpoints for people and offices answer."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from app.api.paging import PageOf, PageQuery
from app.api.shapes import Answer

MappingState = Literal["not_connected", "unmapped", "nobody", "mapped", "gone"]


class StaffQuery(PageQuery):
    """Which people. By name."""

    active: bool | None = Field(default=None, description="Left out: those who left too.")


class XeroPerson(Answer):
    """The person's mapping to a person of the connected organisation."""

    state: MappingState = Field(
        description="not_connected: no organisation; unmapped: nobody has decided yet; nobody: it is decided"
        " that there is no such person; mapped; gone: mapped, but no longer in Xero."
    )
    user_id: str | None = Field(description="Xero's id of the person.")
    name: str | None


class StaffMember(Answer):
    """Someone who works in the practice. `id` is what `accountant_id` means elsewhere."""

    id: UUID
    name: str
    email: str
    role: Literal["admin", "accountant"]
    active: bool
    open_requests: int = Field(description="How many open requests they have.")
    xero: XeroPerson


class StaffPage(PageOf[StaffMember]):
    """People by name."""


class OfficeQuery(PageQuery):
    """Which offices. By name."""

    active: bool | None = Field(default=None, description="Left out: those that are closed too.")


class Office(Answer):
    """A place that the practice works from."""

    id: UUID
    name: str
    active: bool


class OfficePage(PageOf[Office]):
    """Offices by name."""
