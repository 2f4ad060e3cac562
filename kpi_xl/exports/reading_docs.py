"""The page ``docs/reading.md``, generated from the declarations: ``python -m kpi_xl.exports.reading_docs docs/reading.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from kpi_xl.decisions import DecisionKind
from kpi_xl.exports.decision_kinds import DECISION_KINDS
from kpi_xl.exports.kinds import KINDS
from kpi_xl.glossary import SET_ASIDE
from kpi_xl.issues import IssueKind

_INTRO = """# 读取 · How exports are read

Generated from `kpi_xl/exports/decision_kinds.py` and `kpi_xl/exports/kinds.py` by
`python -m kpi_xl.exports.reading_docs docs/reading.md`; a test keeps it current.

Every number that reaches a score means something: which column it stands in, its sign, its scale, its unit, its time zone, its
key, its month. Each of these is one of four things.

| 依据 · Ground | what it is | `kpi-xl measure` | `kpi-xl generate` |
|---|---|---|---|
| 读出 · read | words in cells, number formats, values, a second column that agrees | goes on | goes on |
| 已声明 · declared | a person said so: in a [mapping file](mapping.md) or in 导入检查.xlsx | goes on | goes on |
| 推测 · guess | a likelihood; the figure is computed | goes on, marked 待确认 | stops (exit code 2) with the lines to write |
| 待确认 · open | nothing tells; the value is missing, never 0 | goes on, marked 待确认 | stops likewise |

`generate` stops only where a measure of the schemes in use depends on the decision. What held is kept in `run.json`.

## 口径 · The decisions

"""

_ISSUES = """
## 问题 · What can be wrong with a row

Nothing is dropped in silence: each of these is counted and listed in 数据问题.xlsx and on the sheets 文件 and 重复 of
导入检查.xlsx.

"""


def reading_page() -> str:
    """Return docs/reading.md: a row per kind of decision, then a row per kind of fault."""
    decisions = _table(
        ("事项 · What", "怎样读出 · Read from the file", "何时问 · Asked when", "怎样声明 · Declared by", "不确定时"),
        (_decision(kind) for kind in DECISION_KINDS.values()),
    )
    issues = _table(("情况 · What", "处理 · Fate", "建议 · What to do"), (_issue(kind) for kind in KINDS.values()))
    return _INTRO + decisions + _ISSUES + issues


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def _decision(kind: DecisionKind) -> Sequence[str]:
    words = "<br>".join(f"`{option.word}` {option.label.zh} · {option.label.en}" for option in kind.options)
    setting = kind.setting.format(table="TABLE", column="COLUMN", detail="词")
    return (
        f"{kind.title.zh}<br>{kind.title.en} (`{kind.code}`)",
        f"{kind.read.zh}<br>{kind.read.en}",
        f"{kind.asked.zh}<br>{kind.asked.en}",
        f"`{setting}`" + (f"<br>{words}" if words else ""),
        "不生成考核表 · generate stops" if kind.stops else "只提示 · told only",
    )


def _issue(kind: IssueKind) -> Sequence[str]:
    fate = f"{SET_ASIDE} · set aside" if kind.disposition == "set_aside" else "保留 · kept"
    return f"{kind.reason.zh}<br>{kind.reason.en} (`{kind.code}`)", fate, f"{kind.remedy.zh}<br>{kind.remedy.en}"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(reading_page(), encoding="utf-8")
