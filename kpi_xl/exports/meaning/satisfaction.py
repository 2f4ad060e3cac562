"""Ratings: their scale, and which of them lie outside it."""

# ruff: noqa: S608 - the SQL is put together from our own names and quoted literals

from __future__ import annotations

import duckdb

from kpi_xl.exports.kinds import issue_of
from kpi_xl.exports.rows.clean import add_issue, add_issues
from kpi_xl.exports.rows.spellings import quote
from kpi_xl.exports.rows.stage import Stage


def check_ratings(connection: duckdb.DuckDBPyConnection, stage: Stage) -> str | None:
    """Work out the scale of the ratings when it is neither mapped nor a column, and drop ratings above it.

    Returns the SQL of the scale. Scales are 5, 10 or 100: the smallest that holds 99 of 100 ratings (3 when no rating of at
    least 50 is higher).
    """
    feed = next((f for f in stage.feeds if f.table == "ratings"), None)
    if feed is None or "rating" not in stage.bound["ratings"]:
        return None
    rating = stage.bound["ratings"]["rating"]
    scale = feed.mapping.scale
    if "scale" in stage.bound["ratings"]:
        return stage.bound["ratings"]["scale"]
    if scale is None:
        row = connection.execute(
            f"SELECT quantile_disc({rating}, 0.99), max({rating}), count({rating}) FROM {stage.table} s WHERE s.fate IS NULL"
        ).fetchone()
        top, highest, count = row or (None, None, 0)
        if top is None:
            return None
        scale = (
            3.0 if highest <= 3 and count >= 50 and highest > 1 else next((s for s in (5.0, 10.0, 100.0) if top <= s), float(top))
        )
        label = stage.labels.get("ratings.rating")
        guessed = issue_of("scale_guessed", stage.sheet.file, stage.sheet.sheet, column=label, value=f"{scale:g}")
        add_issue(connection, stage.number, guessed)
    column = stage.column("ratings", "rating")
    if column is not None:
        beyond = f"s.fate IS NULL AND ({rating} > {scale} OR {rating} < 0)"
        if add_issues(connection, stage, "absurd_value", beyond, quote(column.label), f"CAST({rating} AS VARCHAR)"):
            connection.execute(f"UPDATE {stage.table} AS s SET {column.name} = NULL WHERE {beyond}")
    return f"CAST({scale} AS DOUBLE)"
