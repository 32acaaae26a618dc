"""The first step of what is written for a client: which client is it for? Query: client, or q to look for one."""

from flask import render_template, request

from app.clients.filters import ClientFilters
from app.clients.queries import find_client, list_clients
from app.forms import as_id
from app.models import Client

FOUND = 12


def chosen_client(text: str | None) -> Client | None:
    """The client of this id, unless there is none or it is archived."""
    client_id = as_id(text)
    client = find_client(client_id) if client_id else None
    return None if client is None or client.archived_at else client


def choosing_page(title: str, here: str, room: str, index: str) -> str:
    """Clients that the typed words find, each a link to `here` with its id. `here`, `index`: endpoints; `room`: what
    `index` is called."""
    words = request.args.get("q", "").strip()
    found = list_clients(ClientFilters(q=words), size=FOUND) if words else None
    return render_template(
        "clients/choose.html", words=words, found=found, title=title, here=here, room=room, index=index
    )
