"""The Practice Manager API 3.1 (facts 7): an optional second connection with a consent of its own."""

from app.xero.practice_manager.api import PracticeManagerApi
from app.xero.practice_manager.shapes import (
    Document,
    Job,
    JobFields,
    JobTask,
    Named,
    PracticeClient,
    PracticeClientFields,
    StaffMember,
)

__all__ = [
    "Document",
    "Job",
    "JobFields",
    "JobTask",
    "Named",
    "PracticeClient",
    "PracticeClientFields",
    "PracticeManagerApi",
    "StaffMember",
]
