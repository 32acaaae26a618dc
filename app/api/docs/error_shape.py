"""The one error shape, as a schema. `app.errors.error_body` writes it."""

from uuid import UUID

from pydantic import BaseModel, Field


class CompanyChoice(BaseModel):
    """A practice to choose at sign-in."""

    id: UUID
    name: str


class ErrorDetail(BaseModel):
    """What was wrong."""

    code: str = Field(description="One word for programs.", examples=["wrong_state"])
    message: str = Field(description="A plain sentence: what happened, and what to do.")
    fields: dict[str, list[str]] = Field(
        default={},
        description="By the name of the value, what is wrong with it. Only where a value can be named.",
    )
    companies: list[CompanyChoice] = Field(
        default=[], description="At sign-in only: the practices to choose from (code `choose_company`)."
    )


class Error(BaseModel):
    """The shape of every error."""

    error: ErrorDetail
