"""One row for each thing: rows of one number, and rows that stand in several exports, count once.

Every table has a key: the number of the record, or, where there is none, the whole row over all columns of the file. What stands
once in each of two overlapping exports is one; what stands twice in one export stays two, unless it has a number of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from kpi_xl.decisions import Decision
from kpi_xl.exports.rows.numbers import SINGLE, one_row_per_number
from kpi_xl.exports.rows.records import NUMBER, one_record_per_number
from kpi_xl.exports.rows.stage import Stage
from kpi_xl.exports.rows.whole_rows import one_of_equal_rows
from kpi_xl.people import Person
from kpi_xl.tables import TABLES


def resolve_duplicates(
    connection: duckdb.DuckDBPyConnection, stages: Sequence[Stage], people: Sequence[Person] = ()
) -> list[Decision]:
    """Set aside what stands in the exports more than once, over all sources; `people` is the roster.

    Returns what was decided about numbers that stand on rows of several people. The files of the stages must still be there.
    """
    decisions: list[Decision] = []
    for table in TABLES.values():
        fed = [stage for stage in stages if stage.primary.table == table.name]
        if not fed or table.name == "roster":
            continue
        number = table.key if table.name in SINGLE and table.key else NUMBER
        numbered = [stage for stage in fed if number in stage.bound[table.name]]
        if numbered and table.name in SINGLE:
            decisions += one_row_per_number(connection, numbered, table.name, number, people)
        elif len(numbered) > 1:
            one_record_per_number(connection, numbered, table.name)
        if len(fed) > 1:
            one_of_equal_rows(connection, fed, table.name, number)
    return decisions
