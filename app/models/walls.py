"""The wall around a company table, as migrations build it."""


def wall(table: str, column: str = "company_id") -> list[str]:
    """Row-level security, forced: the app's role sees and writes the rows of the company it has named, and no
    others. SQL statements to be run one after the other, as the table's owner."""
    theirs = f"{column} = nullif(current_setting('app.company_id', true), '')::uuid"
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY company ON {table} USING ({theirs}) WITH CHECK ({theirs})",
    ]
