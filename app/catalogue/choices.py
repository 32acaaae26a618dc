"""What can be chosen in forms and filters: services and offices."""

from typing import Any

from sqlalchemy import Row, literal, select, union_all

from app.extensions import db
from app.models import Office, Service


def service_choices() -> list[Row[Any]]:
    """The services that are sold, by name. Row: id, name, base_price, default_due_days."""
    columns = (Service.id, Service.name, Service.base_price, Service.default_due_days)
    return list(db.session.execute(select(*columns).where(Service.active).order_by(Service.name)))


def filter_choices() -> dict[str, list[tuple[str, str]]]:
    """What a list can be narrowed to, old ones included: pairs (id, name) under `service` and `office`."""
    kinds: dict[str, type[Service] | type[Office]] = {"service": Service, "office": Office}
    parts = [select(literal(kind).label("kind"), table.id, table.name) for kind, table in kinds.items()]
    found: dict[str, list[tuple[str, str]]] = {kind: [] for kind in kinds}
    for kind, id_, name in db.session.execute(union_all(*parts).order_by("name")):
        found[kind].append((str(id_), name))
    return found
