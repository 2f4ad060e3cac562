"""The tables, and triggers that refuse to change or remove what was entered.

The triggers stop mistakes, not an administrator; what the administrator changes breaks the chain of hashes.
"""

from __future__ import annotations

from sqlalchemy import DDL, Column, Integer, LargeBinary, MetaData, String, Table, Text, event

metadata = MetaData()

entries = Table(
    "kpi_entries",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(32), nullable=False, index=True),
    Column("at", String(32), nullable=False),
    Column("person", String(200), nullable=False, index=True),
    Column("period", String(16), nullable=False, index=True),
    Column("issue", String(64), nullable=False, index=True),
    Column("body", Text, nullable=False),
    Column("previous", String(64), nullable=False, unique=True),  # two entries can never follow the same one
    Column("hash", String(64), nullable=False, unique=True),
)

blobs = Table(
    "kpi_blobs",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

_SQLITE = """CREATE TRIGGER %(table)s_no_{verb} BEFORE {verb} ON %(table)s
BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END"""
_POSTGRESQL_FUNCTION = """CREATE OR REPLACE FUNCTION kpi_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the ledger is append only'; END $$"""
_POSTGRESQL = """CREATE TRIGGER %(table)s_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %(table)s
FOR EACH STATEMENT EXECUTE FUNCTION kpi_append_only()"""


def _after_creation(table: Table, dialect: str, statement: str) -> None:
    ddl = DDL(statement)  # type: ignore[no-untyped-call]
    event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


for _table in (entries, blobs):
    _after_creation(_table, "sqlite", _SQLITE.format(verb="UPDATE"))
    _after_creation(_table, "sqlite", _SQLITE.format(verb="DELETE"))
    _after_creation(_table, "postgresql", _POSTGRESQL_FUNCTION)
    _after_creation(_table, "postgresql", _POSTGRESQL)
