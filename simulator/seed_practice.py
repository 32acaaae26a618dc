"""The one Practice Manager practice: staff, clients, templates, categories, states and task names."""

from __future__ import annotations

from simulator.ids import fixed
from simulator.practice.clients import new_client
from simulator.seed_data import CONTACTS
from simulator.state import Organisation, State

NAME = "ABC Accounting (Practice Manager)"
PEOPLE = (
    ("Alice", "Carter", "admin@abc.test", "STANDARD"),
    ("Jane", "Doe", "jane@abc.test", "STANDARD"),
    ("Mike", "Brown", "mike@abc.test", "STANDARD"),
    ("Sarah", "Lee", "sarah.lee@abc.test", "STANDARD"),
)
TEMPLATES = {
    "Individual Tax Return": ("Collect documents", "Prepare return", "Partner review", "Lodge with the ATO"),
    "Quarterly BAS": ("Collect documents", "Reconcile accounts", "Prepare BAS", "Lodge with the ATO"),
    "Company Tax": (
        "Collect documents",
        "Financial statements",
        "Prepare return",
        "Partner review",
        "Lodge with the ATO",
    ),
}
CATEGORIES = ("Tax", "Compliance", "Advisory")
# label people see, interface code, whether it completes the job
STATES = (
    ("Planned", "PLN", False),
    ("In Progress", "WIP", False),
    ("Waiting on Client", "WOC", False),
    ("Ready for Review", "REV", False),
    ("Completed", "CMP", True),
)


def seed_practice(state: State, began: int) -> None:
    """Fill a new practice. Hold the shared lock; the caller commits."""
    practice_id = fixed("organisation", NAME)
    state.organisations.save(
        practice_id,
        {
            "TenantType": "PRACTICEMANAGER",
            "OrganisationID": practice_id,
            "Name": NAME,
            "ShortCode": "!pMa1B",
            "BaseCurrency": "AUD",
            "IsDemoCompany": False,
            "created": began,
        },
    )
    practice = state.organisation(practice_id)
    if practice is None:
        raise LookupError(NAME)
    _people(practice, began)
    for name, tasks in TEMPLATES.items():
        template_id = fixed("template", NAME, name)
        template = {"uuid": template_id, "name": name, "tasks": list(tasks)}
        practice.table("templates").save(template_id, template)
    for name in CATEGORIES:
        category_id = fixed("category", NAME, name)
        practice.table("categories").save(category_id, {"uuid": category_id, "name": name})
    for name, code, completes in STATES:
        state_id = fixed("job-state", NAME, name)
        practice.table("job_states").save(
            state_id, {"uuid": state_id, "name": name, "code": code, "completes": completes}
        )
    for name in dict.fromkeys(task for each in TEMPLATES.values() for task in each):
        task_id = fixed("task-name", NAME, name)
        practice.table("task_names").save(task_id, {"uuid": task_id, "name": name})
    for name, first, last, email, street, city, region, postcode, phone in CONTACTS["ABC Pty Ltd"][:15]:
        client_id = fixed("client", NAME, name)
        fields = {
            "name": name,
            "firstName": first,
            "lastName": last,
            "email": email,
            "address": street,
            "city": city,
            "region": region,
            "postCode": postcode,
            "country": "Australia",
            "phone": phone,
        }
        practice.table("clients").save(client_id, new_client(client_id, fields, began))


def _people(practice: Organisation, began: int) -> None:
    for first, last, email, role in PEOPLE:
        user_id, staff_id = fixed("user", email), fixed("staff", NAME, email)
        practice.table("users").save(
            user_id,
            {
                "UserID": user_id,
                "EmailAddress": email,
                "FirstName": first,
                "LastName": last,
                "IsSubscriber": email == PEOPLE[0][2],
                "OrganisationRole": role,
                "updated": began,
            },
        )
        practice.table("staff").save(
            staff_id,
            {
                "uuid": staff_id,
                "name": f"{first} {last}",
                "email": email,
                "phone": "",
                "mobile": "",
                "address": "",
                "payrollCode": "",
            },
        )
