"""ProjectsUsers: who can log time. Their ids are not those of the Accounting API, so people are matched by
e-mail.
"""

from __future__ import annotations

from simulator import ids
from simulator.calls import Call
from simulator.journal import Record
from simulator.projects.api import READ, paged, projects_api
from simulator.reply import Reply
from simulator.state import Organisation

api = projects_api("users")


def project_user_id(user: Record) -> str:
    return ids.fixed("projects-user", user["UserID"])


def people(organisation: Organisation) -> list[Record]:
    return [user for user in organisation.table("users").all() if user["OrganisationRole"] != "REMOVED"]


def rendered(user: Record) -> Record:
    return {
        "userId": project_user_id(user),
        "name": f"{user['FirstName']} {user['LastName']}",
        "email": user["EmailAddress"],
    }


@api.route("/ProjectsUsers", "GET", *READ)
def get_project_users(call: Call) -> Reply:
    return paged(people(call.organisation), rendered)
