"""The page ``docs/functions.md`` and the table in the READMEs, generated from the catalog.

``python -m kpi_xl.functions.docs docs/functions.md README.md README.zh-CN.md`` writes them anew.
"""

from __future__ import annotations

import sys
from pathlib import Path

from kpi_xl.functions.calc_notes import EMPTY_CELL, MIXED_TABLES, RANGE_ERRORS
from kpi_xl.functions.catalog import CATALOG, CATEGORY
from kpi_xl.functions.cells import Cell
from kpi_xl.functions.function import Function, Kind, literal

_PLACES = (
    Path(__file__)
    .with_name("docs_places.md")
    .read_text(encoding="utf-8")
    .format(EMPTY_CELL=EMPTY_CELL, MIXED_TABLES=MIXED_TABLES, RANGE_ERRORS=RANGE_ERRORS)
)
"""Where the functions work and what was run, one array or a call a cell, comparing results: long tables."""
_INTRO = f"""# 单元格函数 · Cell functions

Generated from `kpi_xl/functions/catalog/` by `python -m kpi_xl.functions.docs docs/functions.md`; a test keeps it current and
executes every example in Python, through xlwings' COM code, in Pyodide (xlwings Lite) and in LibreOffice Calc.

Excel 与 LibreOffice Calc 中同名、同义；在函数向导中的类别为“{CATEGORY}”（Calc 中为“加载项”）。

## 通用约定

- 每个参数都可以是一个单元格，也可以是一片区域；给出区域的，返回同样大小的区域（旧版 Excel 和 Calc 用数组公式 Ctrl+Shift+Enter）。
- 空白进，空白出。`-`、`N/A`、`无数据` 表示没有数据，不按 0 分；缺数据的总分显示“待评”和所缺的指标。
- 数字可以是文字（`８７`、`1,200`、`85%`）；日期可以是日期单元格或 `2025-09-01 08:00` 这样的文字。
- 比率：格式为百分比的单元格 8% 就是 0.08；也可以写文字 `8%`。写成数字 8 会报错，提示“8% 请输入 0.08 或 8%”，不会当成 800%。
  低者为优的比率（如成本占比）确实超过 100% 的，请写带百分号的文字，如 `120%`。
- 参数不对时，单元格显示一句中文说明（`参数错误：……`），逐格计算的区域只有出错的那一格显示；把整片区域当一组数的函数（平均、
  占比、名次）指出是第几行（`参数错误：第 7 行：评分应为数字……`），表头选进来了也会说。错误值（`#N/A`）照原样返回。
- 评分、时间、周期的写法与导出数据相同：`10分`、`5星`、`4/5`、`1-非常满意`（以文字为准）、`未评价`、`下午3:05`、`24:00`、
  `+08:00`、`2025年9月`、`202509`。说不清的不猜，指出是第几行：`1-非常满意` 旁边没有文字的 5、五分制里的 `4/10`、
  推荐意愿里的 `4/5`、平均分里混用的 `4/5` 和 `8/10`。KPI_CSAT 写明了满意起点、数字又是越大越满意的，以起点为准。
- `scheme` 省略时为 `appliance-agent`；写方案编号（`manager-kpi`）或名称（`家电售后客服绩效考核表`），不分大小写、全角半角；
  变体写在冒号后，也可用名称（`appliance-agent:technical+promotion`、`家电售后客服绩效考核表:技术型`）。
  `=KPI_SCHEMES()` 列出全部。
- 得分四舍五入到两位小数后判定等级；等级、系数、分数与命令行和考核表用的是同一套规则。

## 各处的差别

| | Excel（Windows，xlwings） | xlwings Lite（Mac、网页、Windows） | LibreOffice Calc |
|---|---|---|---|
| 安装 | `kpi-xl excel install` | `kpi-xl excel lite` | `kpi-xl calc install` |
| 返回区域 | 动态数组或数组公式 | 动态数组 | 数组公式 |
| 单个空白单元格 | 空白 | 空白 | 按 0 传入；请写成区域 `=KPI_GRADE(B2:B2)`，或 `=IF(B2="","",KPI_GRADE(B2))` |
| 区域中的错误值 | 照原样返回 | 照原样返回 | 整个函数返回错误 |
| 存为 .xlsx 给 Excel 用 | 可以 | 可以 | 不可以：会写成 `ORG.KPIXL.FUNCTIONS.KPI_GRADE`，请存为 .ods |
| KPI_MEASURES | 可以 | 不支持 | 不支持 |
| KPI_RESULT | 可以（工作簿写明位置的） | 不支持 | 不支持 |

{_PLACES}
## KPI_RESULT 从哪里取结果

在用到它的工作簿里加一张名为 `xlwings.conf` 的表，A 列写 `KPI RESULTS`，B 列写位置：

- `kpi-xl generate --out` 的结果文件夹（如 `结果`），或其中某一期的文件夹；
- 台账文件（如 `台账.db`），或 `postgresql+psycopg://用户@主机/库`。台账里还有各指标的得分；收回的考核表以收回的为准。

相对路径从工作簿所在的文件夹算起。位置只能由工作簿写明，公式里不能写；没有写的一律不读。只读不写，不建立任何文件；
除非写的是 postgresql 地址，不访问网络（`\\\\服务器\\文件夹` 也不读，请映射成盘符或用相对路径）。
拿到这个工作簿、又能打开那个位置的人，就能查到里面所有人的结果，请按保密要求发放。

## 签名用的考核表里没有函数

模板里可以写这些函数，生成考核表时换成 Excel 2013 就有的原生公式，取数于表内的“评级标准”：
签名的人不装加载项，用 WPS、手机也能打开。嵌套、放在别的函数里都可以，如 `=IF(KPI_GRADE(F20)="高级客服","奖",KPI_ACTION(F20))`。

`kpi-xl generate` 和 `kpi-xl template fill` 的选项：

- `--formulas native`（默认）：换成原生公式。没有原生形式的（见一览表）不留函数：有名称 `out_…` 的单元格写已知的结果，
  其他单元格保留原有结果；结果取决于所填数据、无从得知的留空白。每一处都会列出，`kpi-xl template check 模板.xlsx` 可事先查看。
- `--formulas functions`：保留函数；没有写方案的，补上本表“评级标准”的区域。
- `--formulas values`：有名称 `out_…` 的结果只留数值；留给人填写的表格中的公式（小计等）仍是公式。

在模板里省略 `scheme` 即为本表的方案；也可写本表方案的编号，或“评级标准”的区域。写别的方案的，没有原生形式。
KPI_SCORE、KPI_PASS、KPI_TARGET 的指标要用文字写明；KPI_WEIGHT 的指标可以在单元格里。KPI_STREAK、KPI_CS 要直接选单元格区域。

原生公式不认文字写成的数字（`８７`、`1,200`、`85%`、`5星`）和全角字母：显示参数错误，不会算成别的数；参数不对时的说明较短。
区域里词语前后有空格（`是 `）、或写着原因（`缺数据：…`）时，LibreOffice 照算（按文档 Excel 也是）；
不能把区域交给文字函数的程序（Gnumeric）显示参数错误。按档计分、按各分值人数计分的 KPI_SCORE 一次只算一格。
按人、按组的函数（KPI_MEAN_BY 等）一个公式只答一个人或一组；全角和半角的字母在原生公式中是两个名字。
公式套公式太长（超过 8192 个字符）时没有原生形式，请把里面的函数放到单独一格。
其余与函数相同。

## 任何工作簿：换成原生公式再发出去

自己的月报、台账里用了这些函数，要发给没装加载项的人（WPS、手机、网页）：

```
kpi-xl template lower 月报.xlsx --out 月报-原生.xlsx
```

- 单元格、数组公式、条件格式、数据有效性、定义的名称、表格的“计算列”中的 KPI 函数都换成原生公式，取数于新加的工作表“评级标准”；
  用到几个方案就加几张（`评级标准-manager-kpi`）。其余内容（图表、透视表、宏、格式）逐字节不动。`.xlsm` 仍写成 `.xlsm`。
- 没有写方案的，按 `--scheme`；不写 `--scheme` 时按本簿自己的“评级标准”（改过的数值算数），都没有时按 appliance-agent。
- 没有原生形式的（KPI_WHY、KPI_TOTAL 等）一处不丢：公式原样保留，逐处列出原因；没装加载项的程序重算时会显示 `#NAME?`。
- 每个结果都重新算过：换后的值就是打开时看到的值。换后与函数不同的（如得分是文字 `８７`）逐处列出两个结果。这里算不出的公式
  （如 TEXT）不写旧值，由打开它的程序计算；原来的结果没有受影响的，照旧保留。
- 方案或指标写在单元格里的（`=KPI_SCORE(A2,B2)`），按现在的内容换；以后改了那一格，公式会显示“参数错误：指标已改”。
- 普通单元格里的区域（`=SUM(KPI_BONUS(1000,A1:A9))`）换成数组公式；不能照原样计算的（合并单元格、区域直接参与运算）列出，不换。
- 条件格式和数据有效性的公式放在名称“等级条件1”“等级校验1”里（Excel 的数据有效性最多 255 个字符）。

## 第一次在真实的 Excel（Windows）中试用：核对单

1. 从 python.org 安装 Python 3.11 以上（64 位；不要用 Microsoft Store 版），`py -m pip install kpi-xl`；
   不要装在 OneDrive 文件夹里。
2. 关闭全部 Excel 窗口，运行 `kpi-xl excel install`：它把加载项 `kpi-xl.xlam` 写到 Excel 启动文件夹
   （`%APPDATA%\\Microsoft\\Excel\\XLSTART`），写出入门工作簿；
   不改 `xlwings.conf`，不需要信任 VBA 工程，也不需要 Import Functions。
3. 重新打开 Excel，新建一个普通工作簿，输入 `=KPI_GRADE(87)`，应显示“中级客服”（第一次要等 Python 启动几秒）。
   记下：有没有提示宏、加载项被禁用，或显示 `#NAME?`、`#VALUE!`。
4. 打开 `用户文件夹\\kpi-xl\\KPI函数入门.xlsx`：“相符”一列应全部是 ✓，第三行写着几个相符。显示 `#NAME?` 的，按 Ctrl+Alt+Shift+F9；
   仍不对，双击那一格按回车。记下是哪一步之后才对的。
5. 公式 → 插入函数，类别“KPI 考核”：每个函数和参数应有中文说明。
6. 选一片区域试试：`=KPI_GRADE(A1:A100)`；Microsoft 365 自动溢出，旧版用 Ctrl+Shift+Enter。
7. 错误值的单元格（下面有字的 `=SEQUENCE(3)` 的 `#SPILL!`、`=FILTER(A1:A3,{{FALSE;FALSE;FALSE}})` 的 `#CALC!`）：
   对它用 `=KPI_GRADE(…)`，应显示同样的错误，而不是等级。
8. 另存为 .xlsx、关闭、再打开，结果应当还在；按 Ctrl+Alt+F9 重算后不变。再放到没有加载项的电脑上打开，看看显示什么。
9. 有一步不对：运行 `kpi-xl excel doctor`，从上到下按提示处理。`kpi-xl excel uninstall` 会恢复原状。

加载项用不了时（例如公司只允许签名的加载项），还有原来的办法：`kpi-xl excel install --with-import`，
勾选“信任对 VBA 工程对象模型的访问”（文件 → 选项 → 信任中心 → 信任中心设置 → 宏设置），重新打开 Excel，
打开 `KPI函数入门.xlsm`，启用宏，点 xlwings 选项卡的 Import Functions。
函数只在导入过的 .xlsm 中可用；自己的 .xlsm 要先把入门工作簿的 `xlwings.conf` 工作表复制进去。升级后要再导入一次。

以前用这个办法装过的，运行 `kpi-xl excel install` 就换成加载项：`xlwings.conf` 的 UDF MODULES 中
只去掉本程序的一项，别的项目不受影响；导入过函数的工作簿照旧能用，`doctor` 会提示两种方式都在。

请把每一步的结果和 Excel 版本记下来：以上步骤依据 xlwings 和 Microsoft 的文档写成，还没有人在真实的 Excel 中走过一遍，
`doctor` 的每一项也只在模拟的 Windows 上试过。

"""
TABLE_MARKS = ("<!-- functions -->", "<!-- /functions -->")
_KINDS: dict[Kind, str] = {
    "cells": "单元格或区域",
    "list": "区域",
    "table": "表格区域",
    "value": "单个值",
    "scheme": "方案",
}


def functions_page() -> str:
    """Return the reference page in Markdown: conventions, a table of all functions, then each with arguments and examples."""
    parts = [_INTRO, "## 一览\n\n| 函数 | 说明 | 原生形式 |\n|---|---|---|\n"]
    parts += [_line(function) for function in CATALOG]
    parts.append("\n")
    parts += [_section(function) for function in CATALOG]
    return "".join(parts).rstrip("\n") + "\n"


def _line(function: Function) -> str:
    native = "有" if function.native else "无"
    return f"| [`{function.name}`](#{function.name.lower()}) | {function.doc.partition('。')[0]} | {native} |\n"


def _section(function: Function) -> str:
    names = ", ".join(f"[{a.name}]" if a.optional else a.name for a in function.arguments)
    lines = [f"## {function.name}\n\n`={function.name}({names})`\n\n{function.doc}\n\n| 参数 | 类型 | 说明 |\n|---|---|---|\n"]
    lines += [f"| `{a.name}`{'（可省略）' if a.optional else ''} | {_KINDS[a.kind]} | {a.doc} |\n" for a in function.arguments]
    if function.examples:
        lines.append("\n| 示例 | 结果 |\n|---|---|\n")
        lines += [f"| `{_escape(e.formula(function.name))}` | {_result(e.result)} |\n" for e in function.examples]
    if function.engine:
        lines.append("\n需要完整安装的 kpi-xl（pandas、DuckDB）。\n")
    return "".join(lines) + "\n"


def _result(result: Cell) -> str:
    if result == "":
        return "（空白）"
    return f"`{_escape(literal(result) if isinstance(result, list) else str(result))}`"


def _escape(text: str) -> str:
    return text.replace("|", "\\|")


def with_table(page: str) -> str:
    """Return a page with the table of functions between its marks written anew, an example each.

    Raises ValueError for a page without marks.
    """
    before, start, rest = page.partition(TABLE_MARKS[0])
    _old, end, behind = rest.partition(TABLE_MARKS[1])
    if not end:
        raise ValueError("the page has no marks for the table of functions")
    rows = [
        f"| `{_escape(e.formula(f.name))}` | {_result(e.result)} | {f.doc.partition('。')[0]} |\n"
        for f in CATALOG
        for e in f.examples[:1]
    ]
    return f"{before}{start}\n| 公式 | 结果 | 用途 |\n|---|---|---|\n{''.join(rows)}{end}{behind}"


if __name__ == "__main__":
    from kpi_xl.outputs import write_atomically, write_page

    write_page(Path(sys.argv[1]), functions_page())
    for readme in map(Path, sys.argv[2:]):
        write_atomically(readme, with_table(readme.read_text(encoding="utf-8")))  # between its marks; the rest stays
