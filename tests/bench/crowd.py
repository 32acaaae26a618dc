"""Many rows at once: written by the server itself from a series, with statistics gathered."""

from uuid import UUID, uuid4

from sqlalchemy import Engine, text

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
    """Companies with so many clients and requests each; their ids. Each request is of a client, in turn, a minute
    after the one before."""
    ids = [uuid4() for _ in range(how_many)]
    with superuser.begin() as connection:
        # Nothing is referred to that is not written here; the triggers that other rows hang on stay on.
        connection.exec_driver_sql("set local synchronous_commit = off")
        connection.execute(
            text(
                "insert into companies select (jsonb_populate_record(c, jsonb_build_object('id', new.id, 'name',"
                " 'Crowd ' || new.n, 'reference_prefix', 'CR'))).* from unnest(cast(:ids as uuid[])) with ordinality"
                " as new (id, n), (select * from companies order by id limit 1) as c"
            ),
            {"ids": [str(one) for one in ids]},
        )
        whole = {"ids": [str(one) for one in ids], "clients": clients, "requests": requests}
        for statement in (_SERVICES, _CLIENTS, _REQUESTS):
            connection.execute(text(statement), {**whole, "first": list(FIRST), "second": list(SECOND)})
    with superuser.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("vacuum analyze")
    return ids


def _key(table: str, number: str) -> str:
    """An id made of the company's and a number, so that rows can refer to each other without being read."""
    return f"md5(company::text || '{table}' || {number})::uuid"


_OF = "from unnest(cast(:ids as uuid[])) as company"
_SERVICES = f"""
insert into services select (jsonb_populate_record(s, jsonb_build_object('company_id', company, 'id', {_key("s", "1")},
  'name', 'Crowd return'))).* {_OF}, (select * from services order by company_id, id limit 1) as s"""
_NAME = """(cast(:first as text[]))[1 + n % 10] || ' ' || (cast(:second as text[]))[1 + n / 10 % 10] || ' ' ||
  substr(md5(n::text), 1, 6)"""
_CLIENTS = f"""
insert into clients select (jsonb_populate_record(c, jsonb_build_object('company_id', company, 'id', {_key("c", "n")},
  'number', 'C' || n, 'name', {_NAME}, 'sort_name', lower({_NAME}), 'office_id', null, 'email', null,
  'abn', null, 'phone', null, 'archived_at', null))).* {_OF}, generate_series(0, :clients - 1) as n,
  (select * from clients order by company_id, id limit 1) as c"""
_REQUESTS = f"""
insert into service_requests (company_id, id, reference, client_id, service_id, status, price, due_on, created_at,
  updated_at)
select company, {_key("r", "n")}, 'CR-' || n, {_key("c", "n % :clients")}, {_key("s", "1")}, 'new', 100,
  current_date + 30, moment, moment
{_OF}, generate_series(1, :requests) as n,
  lateral (select now() - make_interval(mins => :requests - n)) as at (moment)"""
