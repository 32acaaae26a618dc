"""The Projects API 2.0 (facts 5)."""

from app.xero.projects.api import ProjectsApi
from app.xero.projects.shapes import Amount, Project, ProjectUser, Task, TimeEntry

__all__ = ["Amount", "Project", "ProjectUser", "ProjectsApi", "Task", "TimeEntry"]
