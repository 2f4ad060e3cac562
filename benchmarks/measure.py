"""Our measures against hand-written DuckDB SQL and idiomatic pandas, on seeded exports of N rows, as ratios from one run.

    python benchmarks/measure.py --rows 1000000 [--json] [--repeat 3]

Each contestant runs in a process of its own over the same CSV files (tickets 60 %, ratings 20 %, repairs 15 %, quality checks 5
%;
one ticket in 200 is exported twice, its later state wins) and writes its counts per agent and month; the counts must be equal to
the last one. Ours is the real path: guard, encoding, header, typing, cleaning, issues, measures. Wall and CPU seconds and peak
memory are those of the whole process, imports included; medians of the repeats.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

START, END = "2025-07-01", "2025-10-01"
DATA_END = "2025-10-05 00:00:00"
MEASURES = (
    "volume", "fcr", "handling_hours", "handling_hours.normal", "handling_hours.urgent", "handling_hours.urgent_share",
    "repeat_complaint",
    "completeness", "alert_follow_up", "first_response_minutes", "csat", "mean_rating", "first_fix", "professionalism",
)  # fmt: skip


# --- exports from a seed --------------------------------------------------------------------------------------------------


def write_exports(folder: Path, rows: int, seed: int) -> None:
    """Write tickets.csv, ratings.csv, repairs.csv and quality.csv; the same rows and seed give the same bytes."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET preserve_insertion_order = true")
    tickets, ratings, repairs, quality = (rows * share // 100 for share in (60, 20, 15, 5))
    agents, customers, assets = max(20, rows // 2_000), max(50, rows // 5), max(50, rows // 10)

    def dice(sides: int, salt: int) -> str:
        return f"CAST(hash(i * 1000003 + {salt + seed * 7919}::BIGINT) % {sides} AS INTEGER)"

    moment = f"TIMESTAMP '{START}' + INTERVAL 1 SECOND * {dice(92 * 86_400, 1)}"
    agent = f"'KF' || lpad(CAST({dice(agents, 2)} AS VARCHAR), 5, '0')"
    team = f"'售后' || CAST({dice(agents, 2)} % 12 + 1 AS VARCHAR) || '组'"
    ticket = f"""
        SELECT i, 'T' || lpad(CAST(i AS VARCHAR), 9, '0') AS 工单编号, {agent} AS 客服, {team} AS 班组, '华东' AS 区域,
          'C' || lpad(CAST({dice(customers, 3)} AS VARCHAR), 8, '0') AS 客户, ['电话', '微信', '邮件'][1 + {dice(3, 4)}] AS 渠道,
          ['咨询', '咨询', '安装', '维修', '投诉'][1 + {dice(5, 5)}] AS 工单类型, CASE WHEN {
        dice(10, 6)
    } = 0 THEN '是' ELSE '否' END AS 是否紧急,
          {moment} AS created, CASE WHEN {dice(50, 7)} > 0 THEN {moment} + INTERVAL 1 SECOND * {dice(5_400, 8)} END AS responded,
          CASE WHEN {dice(25, 9)} > 0 THEN {moment} + INTERVAL 1 SECOND * (600 + {dice(259_200, 10)}) END AS closed,
          CASE {dice(60, 11)} % 30 WHEN 0 THEN NULL ELSE CASE WHEN {dice(100, 12)} < 83 THEN '是' ELSE '否' END END AS 首次解决,
          CASE WHEN {dice(20, 13)} = 0 THEN {moment} + INTERVAL 1 HOUR END AS alerted,
          CASE WHEN {dice(10, 14)} > 0 THEN {moment} + INTERVAL 1 SECOND * (3600 + {dice(9_000, 15)}) END AS followed,
          8 - CAST({dice(9, 16)} / 4 AS INTEGER) AS 已填必填项数, 8 AS 必填项数
        FROM range({tickets}) t(i)"""

    def copy(select: str, name: str) -> None:
        connection.execute(f"COPY ({select}) TO '{folder / name}' (HEADER, TIMESTAMPFORMAT '%Y-%m-%d %H:%M:%S')")

    columns = """工单编号, 客服, 班组, 区域, 客户, 渠道, 工单类型, 是否紧急, created AS 创建时间, responded AS 首次响应时间,
        {} AS 办结时间, 首次解决,
        alerted AS 异常预警时间, CASE WHEN alerted IS NOT NULL THEN followed END AS 跟进时间, 已填必填项数, 必填项数"""
    copy(
        f"WITH t AS ({ticket}) SELECT {columns.format('closed')} FROM t "
        f"UNION ALL SELECT {columns.format('closed + INTERVAL 7 MINUTE')} FROM t WHERE i % 200 = 0 AND closed IS NOT NULL",
        "tickets.csv",
    )
    copy(
        f"""SELECT 'T' || lpad(CAST({dice(max(tickets, 1), 20)} AS VARCHAR), 9, '0') AS 工单编号, {agent} AS 客服,
          'C' || lpad(CAST({dice(customers, 3)} AS VARCHAR), 8, '0') AS 客户, {moment} AS 评价时间,
          CASE WHEN {dice(5, 21)} > 0 THEN [5, 5, 5, 4, 4, 4, 3, 2, 1][1 + {dice(9, 22)}] END AS 评分,
          CASE WHEN {dice(5, 21)} > 0 THEN '成功接通' ELSE '未接通' END AS 回访状态 FROM range({ratings}) t(i)""",
        "ratings.csv",
    )
    copy(
        f"""SELECT 'R' || lpad(CAST(i AS VARCHAR), 9, '0') AS 维修单号, 'S' || lpad(CAST({
            dice(assets, 30)
        } AS VARCHAR), 9, '0') AS 机身号, {agent} AS 客服,
          {moment} AS 完工时间 FROM range({repairs}) t(i)""",
        "repairs.csv",
    )
    copy(
        f"SELECT {agent} AS 客服, {moment} AS 质检时间, 60 + {dice(401, 40)} / 10 AS 质检得分 FROM range({quality}) t(i)",
        "quality.csv",
    )
    connection.close()


# --- the contestants: each prints {measure: {agent|month: [sample, numerator, denominator]}} to a file ------------------------

Counts = dict[str, dict[str, list[int]]]


def run_ours(folder: Path) -> Counts:
    """Read and count through the public functions; values as in `Count` (ratings and scores in ten-thousandths)."""
    from kpi_xl.exports import read_exports
    from kpi_xl.measures import measure_tables
    from kpi_xl.periods import Period

    period = Period.parse("2025-Q3")
    tables = read_exports([folder / f"{name}.csv" for name in ("tickets", "ratings", "repairs", "quality")], period=period)
    tables.issues()
    counts = measure_tables(tables, period, measures=MEASURES)
    found: Counts = {}
    for count in counts.counts:
        found.setdefault(count.measure, {})[f"{count.agent}|{count.month:%Y-%m}"] = [
            count.sample,
            count.numerator,
            count.denominator,
        ]
    return found


SQL_TICKETS = """
WITH raw AS (
  SELECT * FROM read_csv('{folder}/tickets.csv', header = true, timestampformat = '%Y-%m-%d %H:%M:%S', columns = {{
    'id': 'VARCHAR', 'agent': 'VARCHAR', 'team': 'VARCHAR', 'region': 'VARCHAR', 'customer': 'VARCHAR', 'channel': 'VARCHAR',
    'kind': 'VARCHAR', 'urgent': 'VARCHAR', 'created': 'TIMESTAMP', 'responded': 'TIMESTAMP', 'closed': 'TIMESTAMP',
    'first': 'VARCHAR', 'alerted': 'TIMESTAMP', 'followed': 'TIMESTAMP',
    'filled': 'BIGINT', 'required': 'BIGINT'}})
), tickets AS (
  SELECT * FROM raw QUALIFY row_number() OVER (PARTITION BY id ORDER BY closed DESC NULLS LAST) = 1
), complaints AS (
  SELECT id, lag(created) OVER (PARTITION BY customer ORDER BY created, id) AS previous FROM tickets WHERE kind = '投诉'
)
SELECT agent, strftime(date_trunc('month', created), '%Y-%m') AS month, count(*) AS n,
  count(first), count(*) FILTER (first = '是'),
  count(closed), sum(date_diff('second', created, closed)),
  count(closed) FILTER (urgent = '否'), sum(date_diff('second', created, closed)) FILTER (urgent = '否'),
  count(closed) FILTER (urgent = '是'), sum(date_diff('second', created, closed)) FILTER (urgent = '是'),
  count(*) FILTER (previous >= created - INTERVAL 30 DAY),
  sum(filled), sum(required),
  count(alerted), count(*) FILTER (followed <= alerted + INTERVAL 2 HOUR),
  count(responded), sum(date_diff('second', created, responded))
FROM tickets LEFT JOIN complaints USING (id) WHERE created >= '{start}' AND created < '{end}' GROUP BY ALL
"""
SQL_RATINGS = """
SELECT agent, strftime(date_trunc('month', rated), '%Y-%m') AS month, count(rating), count(*) FILTER (rating >= 4), sum(rating)
FROM read_csv('{folder}/ratings.csv', header = true, timestampformat = '%Y-%m-%d %H:%M:%S', columns = {{
  'ticket': 'VARCHAR', 'agent': 'VARCHAR', 'customer': 'VARCHAR', 'rated': 'TIMESTAMP', 'rating': 'BIGINT', 'status': 'VARCHAR'}})
WHERE status = '成功接通' AND rated >= '{start}' AND rated < '{end}' GROUP BY ALL
"""
SQL_REPAIRS = """
WITH repairs AS (
  SELECT *, lead(done) OVER (PARTITION BY asset ORDER BY done, id) AS next FROM read_csv('{folder}/repairs.csv', header = true,
    timestampformat = '%Y-%m-%d %H:%M:%S', columns = {{
      'id': 'VARCHAR', 'asset': 'VARCHAR', 'agent': 'VARCHAR', 'done': 'TIMESTAMP'}})
)
SELECT agent, strftime(date_trunc('month', done), '%Y-%m') AS month, count(*),
  count(*) FILTER (next IS NULL OR next > done + INTERVAL 30 DAY)
FROM repairs WHERE done >= '{start}' AND done < '{end}' GROUP BY ALL
"""
SQL_QUALITY = """
SELECT agent, strftime(date_trunc('month', checked), '%Y-%m') AS month, count(*), sum(CAST(round(score * 10000) AS BIGINT))
FROM read_csv('{folder}/quality.csv', header = true, timestampformat = '%Y-%m-%d %H:%M:%S',
  columns = {{'agent': 'VARCHAR', 'checked': 'TIMESTAMP', 'score': 'DOUBLE'}})
WHERE checked >= '{start}' AND checked < '{end}' GROUP BY ALL
"""


def run_sql(folder: Path) -> Counts:
    """Run four queries straight over the files, types declared, as somebody who knows these very files would write them."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'; SET disabled_optimizers = 'top_n_window_elimination'")
    found: Counts = {}

    def put(measure: str, key: str, sample: int, numerator: int | None, denominator: int | None = None) -> None:
        if sample:
            found.setdefault(measure, {})[key] = [
                sample,
                int(numerator or 0),
                sample if denominator is None else int(denominator),
            ]

    def rows(query: str) -> list[tuple[object, ...]]:
        return connection.execute(query.format(folder=folder, start=START, end=END)).fetchall()

    for (
        agent,
        month,
        n,
        flagged,
        first,
        closed,
        took,
        c0,
        t0,
        c1,
        t1,
        repeats,
        filled,
        required,
        alerted,
        in_time,
        answered,
        waited,
    ) in rows(SQL_TICKETS):  # type: ignore[misc]
        key = f"{agent}|{month}"
        put("volume", key, n, n)
        put("fcr", key, flagged, first)
        put("handling_hours", key, closed, took)
        put("handling_hours.normal", key, c0, t0)
        put("handling_hours.urgent", key, c1, t1)
        put("handling_hours.urgent_share", key, closed, c1)
        put("repeat_complaint", key, n, repeats)
        put("completeness", key, n, filled, required)
        put("alert_follow_up", key, alerted, in_time)
        put("first_response_minutes", key, answered, waited)
    for agent, month, n, satisfied, total in rows(SQL_RATINGS):  # type: ignore[misc]
        put("csat", f"{agent}|{month}", n, satisfied)
        put("mean_rating", f"{agent}|{month}", n, int(total or 0) * 10_000)
    for agent, month, n, fixed in rows(SQL_REPAIRS):  # type: ignore[misc]
        put("first_fix", f"{agent}|{month}", n, fixed)
    for agent, month, n, total in rows(SQL_QUALITY):  # type: ignore[misc]
        put("professionalism", f"{agent}|{month}", n, total)
    return found


def run_pandas(folder: Path) -> Counts:
    """Do the same in pandas with its default reader, the way most notebooks do."""
    import pandas as pd

    found: Counts = {}

    def put(measure: str, frame: pd.DataFrame, value: pd.Series, per: pd.Series | None = None) -> None:
        """Group a column of outcomes (missing: not counted) by agent and month."""
        known = value.notna()
        keys = [frame.loc[known, "客服"], frame.loc[known, "month"]]
        grouped = value[known].astype("int64").groupby(keys)
        samples, sums = grouped.count(), grouped.sum()
        pers = samples if per is None else per[known].astype("int64").groupby(keys).sum()
        found[measure] = {
            f"{agent}|{month}": [int(samples[agent, month]), int(sums[agent, month]), int(pers[agent, month])]
            for agent, month in samples.index
        }

    def read(name: str, when: str, *dates: str) -> pd.DataFrame:
        frame = pd.read_csv(folder / f"{name}.csv", dtype={"工单编号": str, "客户": str}, parse_dates=[when, *dates])
        frame["month"] = frame[when].dt.strftime("%Y-%m")
        return frame

    tickets = read("tickets", "创建时间", "首次响应时间", "办结时间", "异常预警时间", "跟进时间")
    tickets = tickets.sort_values("办结时间", ascending=False, na_position="last", kind="stable").drop_duplicates("工单编号")
    seconds = (tickets["办结时间"] - tickets["创建时间"]).dt.total_seconds()
    urgent = tickets["是否紧急"] == "是"
    put("volume", tickets, pd.Series(1, index=tickets.index))
    put("fcr", tickets, tickets["首次解决"].map({"是": 1, "否": 0}))
    put("handling_hours", tickets, seconds)
    put("handling_hours.normal", tickets, seconds.where(~urgent))
    put("handling_hours.urgent", tickets, seconds.where(urgent))
    put("handling_hours.urgent_share", tickets, urgent.astype("float").where(seconds.notna()))
    complaints = tickets[tickets["工单类型"] == "投诉"].sort_values(["客户", "创建时间", "工单编号"])
    gap = complaints["创建时间"] - complaints.groupby("客户")["创建时间"].shift()
    repeated = (gap <= pd.Timedelta(days=30)).reindex(tickets.index, fill_value=False)
    put("repeat_complaint", tickets, repeated.astype("int64"))
    put("completeness", tickets, tickets["已填必填项数"], tickets["必填项数"])
    followed = (tickets["跟进时间"] - tickets["异常预警时间"]) <= pd.Timedelta(hours=2)
    put("alert_follow_up", tickets, followed.astype("float").where(tickets["异常预警时间"].notna()))
    put("first_response_minutes", tickets, (tickets["首次响应时间"] - tickets["创建时间"]).dt.total_seconds())
    ratings = read("ratings", "评价时间")
    rating = ratings["评分"].where(ratings["回访状态"] == "成功接通")
    put("csat", ratings, (rating >= 4).astype("float").where(rating.notna()))
    put("mean_rating", ratings, rating * 10_000)
    repairs = read("repairs", "完工时间").sort_values(["机身号", "完工时间", "维修单号"])
    following = repairs.groupby("机身号")["完工时间"].shift(-1)
    put("first_fix", repairs, (~((following - repairs["完工时间"]) <= pd.Timedelta(days=30))).astype("int64"))
    quality = read("quality", "质检时间")
    put("professionalism", quality, (quality["质检得分"] * 10_000).round())
    return {measure: values for measure, values in found.items() if values}


CONTESTANTS = {"ours": run_ours, "sql": run_sql, "pandas": run_pandas}


# --- the race -------------------------------------------------------------------------------------------------------------


def timed(name: str, folder: Path, result: Path) -> dict[str, float]:
    """Run a contestant in a process of its own; seconds and megabytes of the whole process."""
    begin = time.perf_counter()
    process = subprocess.Popen([sys.executable, __file__, "--contestant", name, "--folder", str(folder), "--result", str(result)])
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    if status != 0:
        raise SystemExit(f"{name} failed")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "mb": usage.ru_maxrss / 1024}


def race(rows: int, seed: int, repeat: int) -> dict[str, object]:
    """Write the exports, let all run in turns, compare their counts, return medians and ratios."""
    with tempfile.TemporaryDirectory(prefix="kpi-xl-measure-") as place:
        folder = Path(place)
        subprocess.run([sys.executable, __file__, "--write", str(folder), "--rows", str(rows), "--seed", str(seed)], check=True)
        megabytes = sum(path.stat().st_size for path in folder.glob("*.csv")) / 1e6
        times: dict[str, list[dict[str, float]]] = {name: [] for name in CONTESTANTS}
        for turn in range(repeat):
            for name in CONTESTANTS:
                if name != "pandas" or turn == 0:
                    times[name].append(timed(name, folder, folder / f"{name}.json"))
        results = {name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in CONTESTANTS}
    for name in ("sql", "pandas"):
        if results[name] != results["ours"]:
            wrong = [measure for measure in MEASURES if results[name].get(measure) != results["ours"].get(measure)]
            raise SystemExit(f"{name} and ours differ in {', '.join(wrong)}")
    median = {
        name: {key: round(statistics.median(run[key] for run in runs), 3) for key in ("wall", "cpu", "mb")}
        for name, runs in times.items()
    }
    return {
        "rows": rows,
        "csv_mb": round(megabytes, 1),
        "times_duckdb_sql": round(median["ours"]["wall"] / median["sql"]["wall"], 3),
        "times_duckdb_sql_cpu": round(median["ours"]["cpu"] / median["sql"]["cpu"], 3),
        "times_faster_than_pandas": round(median["pandas"]["wall"] / median["ours"]["wall"], 2),
        "peak_mb": round(median["ours"]["mb"]),
        "equal_counts": sum(len(values) for values in results["ours"].values()),
        "seconds": median,
    }


def main() -> None:
    """Read the arguments; the hidden ones are for the processes that this one starts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=9)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--contestant", choices=CONTESTANTS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--result", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.write:
        write_exports(arguments.write, arguments.rows, arguments.seed)
    elif arguments.contestant:
        arguments.result.write_text(json.dumps(CONTESTANTS[arguments.contestant](arguments.folder)), encoding="utf-8")
    else:
        found = race(arguments.rows, arguments.seed, arguments.repeat)
        print(json.dumps(found, indent=2) if arguments.json else "\n".join(f"{key}: {value}" for key, value in found.items()))


if __name__ == "__main__":
    main()
