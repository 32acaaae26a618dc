"""Where "Open in Xero" lands: one project as Xero would show it."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from simulator.core import simulator
from simulator.projects import projects as projects_file
from simulator.projects import tasks as tasks_file
from simulator.projects.totals import tasks_of
from simulator.state import Organisation

blueprint = Blueprint("deep_links", __name__)


@blueprint.get("/organisation/<short_code>/projects/<project_id>")
def project(short_code: str, project_id: str) -> str:
    """A project of the organisation with that short code (with or without its exclamation mark)."""
    organisation = _with_short_code(short_code)
    with organisation.lock:
        found = organisation.table("projects").get(project_id.lower())
        if found is None:
            abort(404)
        return render_template(
            "project.html",
            organisation=organisation.name,
            project=projects_file.rendered(organisation, found),
            contact=organisation.table("contacts").get(found["contactId"]) or {"Name": "?"},
            tasks=[
                tasks_file.rendered(organisation, task) for task in tasks_of(organisation, found["projectId"])
            ],
        )


def _with_short_code(short_code: str) -> Organisation:
    for organisation in simulator().state.all_organisations():
        if str(organisation.record["ShortCode"]).lstrip("!") == short_code.lstrip("!"):
            return organisation
    return abort(404)
