"""Many rows at once: written by the server itself from a series, with statistics gathered."""

from uuid import UUID, uuid4

from sqlalchemy import Engine, text

from app.models import Client, Company, Model, Service

FIRST = (
    "Harbour",
    "Wattle",
    "Coral",
    "Banksia",
    "Granite",
    "Saltbush",
    "Cedar",
    "Lyrebird",
    "Opal",
    "Mallee",
)
SECOND = (
    "Bakery",
    "Plumbing",
    "Dental",
    "Timber",
    "Couriers",
    "Nursery",
    "Motors",
    "Optical",
    "Fencing",
    "Legal",
)


def add_companies(superuser: Engine, how_many: int, *, requests: int, clients: int) -> list[UUID]:
    """Companies with so many clients and requests each; their ids. Each request is of a client, in turn, a minute after
    the one before. The tables' triggers run as ever."""
    ids = [uuid4() for _ in range(how_many)]
    asked = {"ids": [str(one) for one in ids], "clients": clients, "requests": requests}
    with superuser.begin() as connection:
        connection.exec_driver_sql("set local synchronous_commit = off")
        for statement in (_companies(), _services(), _clients(), _REQUESTS):
            connection.execute(text(statement), {**asked, "first": list(FIRST), "second": list(SECOND)})
    with superuser.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("vacuum analyze")
    return ids


def _key(table: str, number: str) -> str:
    """An id made of the company's and a number, so that rows can refer to each other without being read."""
    return f"md5(company::text || '{table}' || {number})::uuid"


_OF = "from unnest(cast(:ids as uuid[])) with ordinality as new (company, place)"


def _like_the_first(model: type[Model], changes: dict[str, str], more: str = "") -> str:
    """Copies of the table's first row with these values (SQL), one for each company and for each row of `more`."""
    table = model.__tablename__
    names = ", ".join(column.name for column in model.__table__.columns if column.computed is None)
    changed = ", ".join(f"'{name}', {value}" for name, value in changes.items())
    first = f"(select * from {table} order by {'company_id, ' if 'company_id' in changes else ''}id limit 1)"
    return (
        f"insert into {table} ({names}) select {names} from (select (jsonb_populate_record("
        f"null::{table}, to_jsonb(one) || jsonb_build_object({changed}))).* {_OF}{more}, {first} as one) as made"
    )


def _companies() -> str:
    changes = {"id": "company", "name": "'Crowd ' || place", "reference_prefix": "'CR'"}
    return _like_the_first(Company, changes)


def _services() -> str:
    changes = {"company_id": "company", "id": _key("s", "1"), "name": "'Crowd return'"}
    return _like_the_first(Service, changes)


def _clients() -> str:
    """With names of three words, of which the last is one of its own."""
    name = (
        "(cast(:first as text[]))[1 + n % 10] || ' ' || (cast(:second as text[]))[1 + n / 10 % 10] || ' ' ||"
        " substr(md5(n::text), 1, 6)"
    )
    changes = {
        "company_id": "company",
        "id": _key("c", "n"),
        "number": "'C' || n",
        "name": name,
        "sort_name": f"lower({name})",
        **dict.fromkeys(("office_id", "email", "abn", "phone", "archived_at"), "null"),
    }
    return _like_the_first(Client, changes, ", generate_series(0, :clients - 1) as n")


_REQUESTS = f"""
insert into service_requests (company_id, id, reference, client_id, service_id, status, price, due_on, created_at,
  updated_at)
select company, {_key("r", "n")}, 'CR-' || n, {_key("c", "n % :clients")}, {_key("s", "1")}, 'new', 100,
  current_date + 30, moment, moment
{_OF}, generate_series(1, :requests) as n,
  lateral (select now() - make_interval(mins => :requests - n)) as at (moment)"""
