"""About how much room a practice's rows take.

Knowing it exactly would mean to read every row with all it carries. Instead the rows of each table are counted in the
practice's own scope, which an index answers, and each counts with its table's average, indexes included. PostgreSQL
keeps the number of a table's rows by estimate, so the figure is good to some percent; it is stated with its time.
"""

from sqlalchemy import String, case, cast, column, func, literal, select, table, union_all, update

from app.extensions import db
from app.models import Company, now
from app.tenancy import company_tables, current_company_id

FEW = 200
"""Rows: a table with fewer is counted as if it had these, so that its empty pages are nobody's in particular."""
_PG_CLASS = table("pg_class", column("oid"), column("relname"), column("reltuples"), column("relkind"))


def count_stored() -> None:
    """Count the rows of the scope's company and keep the figures in its row (not committed). Two statements."""
    company_id = current_company_id()
    counts = union_all(
        *(
            select(literal(one.name).label("name"), func.count().label("rows"))
            .select_from(one)
            .where(one.c.company_id == company_id)
            for one in sorted(company_tables(), key=lambda one: one.name)
        )
    ).subquery()
    # A small table is mostly room kept free, and one that was never analysed says -1 rows.
    most = func.greatest(_PG_CLASS.c.reltuples, counts.c.rows, FEW)
    width = func.pg_total_relation_size(_PG_CLASS.c.oid) / most
    total = select(
        func.sum(counts.c.rows), func.sum(case((counts.c.rows > 0, counts.c.rows * width), else_=0))
    ).join_from(counts, _PG_CLASS, cast(_PG_CLASS.c.relname, String) == counts.c.name)
    rows, size = db.session.execute(total.where(_PG_CLASS.c.relkind == "r")).one()
    db.session.execute(
        update(Company)
        .where(Company.id == company_id)
        .values(stored_rows=int(rows), stored_bytes=int(size), stored_counted_at=now())
    )
