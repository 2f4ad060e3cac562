"""Our measures against hand-written DuckDB SQL and idiomatic pandas, on seeded exports of N rows, as ratios from one run.

    python benchmarks/measure.py --rows 1000000 [--json] [--repeat 3]

Each contestant runs in a process of its own over the same CSV files (tickets 60 %, ratings 20 %, repairs 15 %, quality checks
5 %) and writes its counts per agent and month; the counts must be equal to the last one. The files have the columns and the ways
of writing of the demo's exports: 23 columns for a ticket, Chinese words, ``2025/9/1 8:03``, ``-`` for what is missing; their only
fault is that one ticket in 200 is exported twice, its later state counting.

Ours is the real path, as for an unknown file: guard, encoding, header, typing, cleaning, issues, SHA-256, row balance, measures.
As a program may, it names the measures beforehand, so that columns which none of them needs stay unread.
The SQL knows these very files: types and formats declared, one query a file, columns that no measure needs not even kept. The
pandas version is a notebook's: default reader, dates parsed by name, groupby. Wall and CPU seconds and peak memory are those of
the whole process, imports (from compiled files, as of installed programs) included; medians of the repeats.
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
from typing import Any

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

    def pick(words: str, number: str) -> str:
        return f"{words.split()}[1 + {number} % {len(words.split())}]"

    def number(prefix: str, width: int, value: str) -> str:
        return f"'{prefix}' || lpad(CAST({value} AS VARCHAR), {width}, '0')"

    def written(moment: str) -> str:
        return f"coalesce(strftime({moment}, '%Y/%-m/%-d %-H:%M'), '-')"

    def copy(select: str, name: str) -> None:
        connection.execute(f"COPY ({select}) TO '{folder / name}' (HEADER)")

    moment = f"TIMESTAMP '{START}' + INTERVAL 1 MINUTE * {dice(92 * 1_440, 1)}"
    agent, customer, who = number("00", 5, dice(agents, 2)), number("K", 8, dice(customers, 3)), dice(agents, 2)
    ticket = f"""
        SELECT i, {moment} AS created,
          CASE WHEN {dice(50, 7)} > 0 THEN {moment} + INTERVAL 1 MINUTE * {dice(90, 8)} END AS responded,
          CASE WHEN {dice(25, 9)} > 0 THEN {moment} + INTERVAL 1 MINUTE * (10 + {dice(4_320, 10)}) END AS closed,
          CASE WHEN {dice(20, 13)} = 0 THEN {moment} + INTERVAL 1 HOUR END AS alerted,
          CASE WHEN {dice(10, 14)} > 0 THEN {moment} + INTERVAL 1 MINUTE * (60 + {dice(150, 15)}) END AS followed,
          8 - CAST({dice(9, 16)} / 4 AS INTEGER) AS filled FROM range({tickets}) t(i)"""
    columns = f"""{number("T", 9, "i")} AS 工单编号, {pick("咨询 咨询 安装 维修 投诉", dice(5, 5))} AS 工单类型,
        {pick("电话 微信 在线 邮件", dice(4, 4))} AS 受理渠道, {pick("空调 冰箱 洗衣机 热水器", dice(4, 17))} AS 产品品类,
        {customer} AS 客户编号, CASE WHEN {dice(10, 6)} = 0 THEN '是' ELSE '否' END AS 是否紧急, {agent} AS 客服工号,
        {pick("王 李 张 刘 陈 杨 赵 黄 周 吴", who)} || {pick("伟 芳娜 敏静 丽 强磊 军洋 勇", f"{who} // 7")} AS 客服姓名,
        '售后' || CAST({who} % 12 + 1 AS VARCHAR) || '组' AS 班组, {pick("华东 华北 华南", f"{who} % 12 // 4")} AS 区域,
        {written("created")} AS 创建时间, {written("responded")} AS 首次响应时间, {written("done")} AS 办结时间,
        coalesce(date_sub('hour', created, done) || '小时' || date_sub('minute', created, done) % 60 || '分钟', '-') AS 处理时长,
        CASE WHEN done IS NULL THEN '处理中' ELSE '已办结' END AS 工单状态,
        CASE WHEN {dice(60, 11)} % 30 = 0 THEN '-' WHEN {dice(100, 12)} < 83 THEN '是' ELSE '否' END AS 首次解决,
        CASE WHEN {dice(30, 18)} = 0 THEN '是' ELSE '否' END AS 是否重开, 1 + {dice(3, 19)} AS 联系次数,
        {written("alerted")} AS 预警时间, CASE WHEN alerted IS NULL THEN '-' ELSE {written("followed")} END AS 跟进时间,
        filled AS 已填必填项数, 8 AS 必填项数, round(filled * 100 / 8, 1) || '%' AS 信息完整率"""
    again = f"SELECT *, closed + INTERVAL 7 MINUTE AS done FROM ({ticket}) WHERE i % 200 = 0 AND closed IS NOT NULL"
    copy(f"SELECT {columns} FROM (SELECT *, closed AS done FROM ({ticket}) UNION ALL {again})", "tickets.csv")
    other_ticket = number("T", 9, dice(max(tickets, 1), 20))
    rating = f"CASE WHEN {dice(5, 21)} > 0 THEN [5, 5, 5, 4, 4, 4, 3, 2, 1][1 + {dice(9, 22)}] END"
    labels = "['非常不满意', '不满意', '一般', '满意', '非常满意']"
    copy(
        f"""SELECT {other_ticket} AS 工单编号, {agent} AS 客服工号, {customer} AS 客户编号,
          {written(moment)} AS 回访时间, CASE WHEN {dice(5, 21)} > 0 THEN '成功接通' ELSE '未接通' END AS 回访状态,
          coalesce(CAST({rating} AS VARCHAR), '-') AS 评分, {labels}[{rating}] AS 满意度, 5 AS 满分 FROM range({ratings}) t(i)""",
        "ratings.csv",
    )
    copy(
        f"""SELECT {number("R", 9, "i")} AS 维修单号, {other_ticket} AS 工单编号,
          {number("S", 9, dice(assets, 30))} AS 机身号, {pick("空调 冰箱 洗衣机", dice(3, 17))} AS 产品品类, {agent} AS 员工工号,
          {written(moment)} AS 完工时间, {pick("制冷系统 控制板 电机 排水泵 传感器", dice(5, 31))} AS 故障部位,
          {pick("更换配件 现场调试 清洗保养", dice(3, 32))} AS 维修方式 FROM range({repairs}) t(i)""",
        "repairs.csv",
    )
    copy(
        f"""SELECT strftime({moment}, '%Y年%-m月%-d日 %H:%M') AS 质检时间, {agent} AS 客服工号, {other_ticket} AS 工单编号,
          {pick("服务态度 专业知识 流程规范", dice(3, 41))} AS 质检项目, 60 + {dice(401, 40)} / 10 AS 质检得分,
          '质检员' || {dice(4, 42)} AS 质检员 FROM range({quality}) t(i)""",
        "quality.csv",
    )
    connection.close()


# --- the contestants: each prints {measure: {agent|month: [sample, numerator, denominator]}} to a file ------------------------

Counts = dict[str, dict[str, list[int]]]


def run_ours(folder: Path) -> Counts:
    """Read and count through the public functions; values as in `Count` (ratings and scores in ten-thousandths)."""
    from kpi_xl.exports import read_exports
    from kpi_xl.measures import built_in_catalog, measure_tables, needed_columns
    from kpi_xl.periods import Period

    period = Period.parse("2025-Q3")
    exports = [folder / f"{name}.csv" for name in ("tickets", "ratings", "repairs", "quality")]
    needed = needed_columns(built_in_catalog().resolve(MEASURES, {}))
    tables = read_exports(exports, period=period, columns=needed)
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


READ = "header = true, nullstr = ['', '-'], timestampformat = '%Y/%m/%d %H:%M'"
SQL_TICKETS = f"""
WITH raw AS (
  SELECT * FROM read_csv('{{folder}}/tickets.csv', {READ}, columns = {{{{
    'id': 'VARCHAR', 'kind': 'VARCHAR', 'channel': 'VARCHAR', 'product': 'VARCHAR', 'customer': 'VARCHAR', 'urgent': 'VARCHAR',
    'agent': 'VARCHAR', 'name': 'VARCHAR', 'team': 'VARCHAR', 'region': 'VARCHAR', 'created': 'TIMESTAMP',
    'responded': 'TIMESTAMP', 'closed': 'TIMESTAMP', 'took': 'VARCHAR', 'status': 'VARCHAR', 'first': 'VARCHAR',
    'reopened': 'VARCHAR', 'contacts': 'BIGINT', 'alerted': 'TIMESTAMP', 'followed': 'TIMESTAMP', 'filled': 'BIGINT',
    'required': 'BIGINT', 'complete': 'VARCHAR'}}}})
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
FROM tickets LEFT JOIN complaints USING (id) WHERE created >= '{{start}}' AND created < '{{end}}' GROUP BY ALL
"""
SQL_RATINGS = f"""
SELECT agent, strftime(date_trunc('month', rated), '%Y-%m') AS month, count(rating), count(*) FILTER (rating >= 4), sum(rating)
FROM read_csv('{{folder}}/ratings.csv', {READ}, columns = {{{{
  'ticket': 'VARCHAR', 'agent': 'VARCHAR', 'customer': 'VARCHAR', 'rated': 'TIMESTAMP', 'status': 'VARCHAR', 'rating': 'BIGINT',
  'label': 'VARCHAR', 'scale': 'BIGINT'}}}})
WHERE status = '成功接通' AND rated >= '{{start}}' AND rated < '{{end}}' GROUP BY ALL
"""
SQL_REPAIRS = f"""
WITH repairs AS (
  SELECT *, lead(done) OVER (PARTITION BY asset ORDER BY done, id) AS next
  FROM read_csv('{{folder}}/repairs.csv', {READ}, columns = {{{{
    'id': 'VARCHAR', 'ticket': 'VARCHAR', 'asset': 'VARCHAR', 'product': 'VARCHAR', 'agent': 'VARCHAR', 'done': 'TIMESTAMP',
    'part': 'VARCHAR', 'fix': 'VARCHAR'}}}})
)
SELECT agent, strftime(date_trunc('month', done), '%Y-%m') AS month, count(*),
  count(*) FILTER (next IS NULL OR next > done + INTERVAL 30 DAY)
FROM repairs WHERE done >= '{{start}}' AND done < '{{end}}' GROUP BY ALL
"""
SQL_QUALITY = """
SELECT agent, strftime(date_trunc('month', checked), '%Y-%m') AS month, count(*), sum(CAST(round(score * 10000) AS BIGINT))
FROM read_csv('{folder}/quality.csv', header = true, timestampformat = '%Y年%m月%d日 %H:%M', columns = {{
  'checked': 'TIMESTAMP', 'agent': 'VARCHAR', 'ticket': 'VARCHAR', 'item': 'VARCHAR', 'score': 'DOUBLE', 'checker': 'VARCHAR'}})
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

    def rows(query: str) -> list[tuple[Any, ...]]:
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
    ) in rows(SQL_TICKETS):
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
    for agent, month, n, satisfied, total in rows(SQL_RATINGS):
        put("csat", f"{agent}|{month}", n, satisfied)
        put("mean_rating", f"{agent}|{month}", n, int(total or 0) * 10_000)
    for agent, month, n, fixed in rows(SQL_REPAIRS):
        put("first_fix", f"{agent}|{month}", n, fixed)
    for agent, month, n, total in rows(SQL_QUALITY):
        put("professionalism", f"{agent}|{month}", n, total)
    return found


def run_pandas(folder: Path) -> Counts:
    """Do the same in pandas with its default reader, the way most notebooks do."""
    import pandas as pd

    found: Counts = {}

    def put(measure: str, frame: pd.DataFrame, value: pd.Series, per: pd.Series | None = None) -> None:
        """Group a column of outcomes (missing: not counted) by agent and month."""
        known = value.notna()
        keys = [frame.loc[known, "agent"], frame.loc[known, "month"]]
        grouped = value[known].astype("int64").groupby(keys)
        samples, sums = grouped.count(), grouped.sum()
        pers = samples if per is None else per[known].astype("int64").groupby(keys).sum()
        found[measure] = {
            f"{agent}|{month}": [int(samples[agent, month]), int(sums[agent, month]), int(pers[agent, month])]
            for agent, month in samples.index
        }

    def read(name: str, agent: str, when: str, *dates: str, date_format: str | None = None) -> pd.DataFrame:
        frame = pd.read_csv(
            folder / f"{name}.csv", dtype={agent: str}, na_values="-", parse_dates=[when, *dates], date_format=date_format
        )
        frame["month"] = frame[when].dt.strftime("%Y-%m")
        return frame.rename(columns={agent: "agent"})

    tickets = read("tickets", "客服工号", "创建时间", "首次响应时间", "办结时间", "预警时间", "跟进时间")
    tickets = tickets.sort_values("办结时间", ascending=False, na_position="last", kind="stable").drop_duplicates("工单编号")
    seconds = (tickets["办结时间"] - tickets["创建时间"]).dt.total_seconds()
    urgent = tickets["是否紧急"] == "是"
    put("volume", tickets, pd.Series(1, index=tickets.index))
    put("fcr", tickets, tickets["首次解决"].map({"是": 1, "否": 0}))
    put("handling_hours", tickets, seconds)
    put("handling_hours.normal", tickets, seconds.where(~urgent))
    put("handling_hours.urgent", tickets, seconds.where(urgent))
    put("handling_hours.urgent_share", tickets, urgent.astype("float").where(seconds.notna()))
    complaints = tickets[tickets["工单类型"] == "投诉"].sort_values(["客户编号", "创建时间", "工单编号"])
    gap = complaints["创建时间"] - complaints.groupby("客户编号")["创建时间"].shift()
    repeated = (gap <= pd.Timedelta(days=30)).reindex(tickets.index, fill_value=False)
    put("repeat_complaint", tickets, repeated.astype("int64"))
    put("completeness", tickets, tickets["已填必填项数"], tickets["必填项数"])
    followed = (tickets["跟进时间"] - tickets["预警时间"]) <= pd.Timedelta(hours=2)
    put("alert_follow_up", tickets, followed.astype("float").where(tickets["预警时间"].notna()))
    put("first_response_minutes", tickets, (tickets["首次响应时间"] - tickets["创建时间"]).dt.total_seconds())
    ratings = read("ratings", "客服工号", "回访时间")
    rating = ratings["评分"].where(ratings["回访状态"] == "成功接通")
    put("csat", ratings, (rating >= 4).astype("float").where(rating.notna()))
    put("mean_rating", ratings, rating * 10_000)
    repairs = read("repairs", "员工工号", "完工时间").sort_values(["机身号", "完工时间", "维修单号"])
    following = repairs.groupby("机身号")["完工时间"].shift(-1)
    put("first_fix", repairs, (~((following - repairs["完工时间"]) <= pd.Timedelta(days=30))).astype("int64"))
    quality = read("quality", "客服工号", "质检时间", date_format="%Y年%m月%d日 %H:%M")
    put("professionalism", quality, (quality["质检得分"] * 10_000).round())
    return {measure: values for measure, values in found.items() if values}


CONTESTANTS = {"ours": run_ours, "sql": run_sql, "pandas": run_pandas}


# --- the race -------------------------------------------------------------------------------------------------------------


def timed(name: str, folder: Path, result: Path) -> dict[str, float]:
    """Run a contestant in a process of its own; seconds and megabytes of the whole process."""
    begin = time.perf_counter()
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        [sys.executable, __file__, "--contestant", name, "--folder", str(folder), "--result", str(result)],
        env={**environment, "PYTHONPYCACHEPREFIX": str(result.parent / "compiled")},
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    if status != 0:
        raise SystemExit(f"{name} failed")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "mb": usage.ru_maxrss / 1024}


def race(rows: int, seed: int, repeat: int) -> dict[str, object]:
    """Write the exports, let all run in turns, compare their counts, return medians and ratios."""
    with tempfile.TemporaryDirectory(prefix="kpi-xl-measure-") as place:
        folder = Path(place)
        for count, target in ((1_000, folder / "small"), (rows, folder)):
            target.mkdir(exist_ok=True)
            subprocess.run(
                [sys.executable, __file__, "--write", str(target), "--rows", str(count), "--seed", str(seed)], check=True
            )
        for name in CONTESTANTS:  # compiles what each imports
            timed(name, folder / "small", folder / f"{name}.json")
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
