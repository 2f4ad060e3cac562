"""The documentation of the schemes: a Markdown page each and an index, which ``kpi-xl schemes --docs`` writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kpi_xl.glossary import COEFFICIENT, COUNT, DECIDED, GRADE, ORIGIN, TARGET, TEAM, TOTAL, WEIGHT
from kpi_xl.numbers import format_plain
from kpi_xl.periods import BASIS_LABELS
from kpi_xl.schemes.describe import UNIT_NAMES, format_amount, rule_text
from kpi_xl.schemes.inputs import inputs_of_scheme
from kpi_xl.schemes.model import HEAD_COUNT, Indicator, Scheme, Source, Variant
from kpi_xl.schemes.targets import UNFILLED, target_text

_SUBJECTS = {"agent": "个人", "team": TEAM, "manager": "主管（经理）"}
_CYCLES = {"month": "月", "quarter": "季", "year": "年", "day": "日常"}
_ABOUT = {"weight": WEIGHT, "target": TARGET, "rule": "计分规则", "definition": "定义", "measure": "口径"}
_MADE = "<!-- 由 kpi-xl schemes --docs 生成，请勿手工修改；内容改在 kpi_xl/schemes/*.toml -->"


def scheme_pages(schemes: Sequence[Scheme]) -> dict[str, str]:
    """Return the pages by file name: ``README.md`` lists the schemes, ``<id>.md`` describes one (variants not worked in)."""
    return {"README.md": _index(schemes)} | {f"{scheme.id}.md": scheme_page(scheme) for scheme in schemes}


def scheme_page(scheme: Scheme) -> str:
    """Return the page of one scheme: indicators, rules, grades, variants, and where each number comes from."""
    sections = [_head(scheme), _indicators(scheme), _grades(scheme), _variants(scheme), _beside(scheme), _more(scheme)]
    sections += [_sources(scheme), _inputs(scheme), _usage(scheme)]
    return "\n\n".join(section for section in sections if section) + "\n"


def _index(schemes: Sequence[Scheme]) -> str:
    rows = (
        (
            str(scheme.number), f"[{scheme.name}]({scheme.id}.md)", f"`{scheme.id}`", _subject(scheme), _cycles(scheme),
            format_plain(scheme.total), str(len(scheme.indicators) or ""), "、".join(f"`{v.id}`" for v in scheme.variants),
        )
        for scheme in schemes
    )  # fmt: skip
    intro = (
        "每个方案一页：指标、计分规则、等级、变体，以及每个数字的出处。“文件”是原文写明的，“我方决定”是文件没有写、"
        "由我们定的，并写明理由；公司可以改（见各页末尾）。"
    )
    return (
        "\n\n".join(
            [
                "# 考核方案",
                _MADE,
                intro,
                _table(("序号", "方案", "编号", "对象", "周期", "满分", "指标数", "变体"), rows),
            ]
        )
        + "\n"
    )


def _head(scheme: Scheme) -> str:
    facts = [
        f"编号 `{scheme.id}`",
        f"考核对象：{_subject(scheme)}",
        f"周期：{_cycles(scheme)}",
        f"满分 {format_plain(scheme.total)}",
    ]
    if scheme.bounds:
        facts.append(f"总分限制在 {format_plain(scheme.bounds[0])}~{format_plain(scheme.bounds[1])}")
    facts += ["缺数据时给预估总分"] * scheme.provisional + ["结果排名"] * scheme.ranked
    facts += ["必须选定变体"] * scheme.required_variant + ["按客户回访合并计分"] * scheme.callbacks
    if scheme.month_starts is not None:
        facts.append(f"考核月从 {scheme.month_starts} 日开始")
    if scheme.basis is not None:
        facts.append(f"工单{BASIS_LABELS[scheme.basis]}归入月份")
    if scheme.excluded_status:
        facts.append(f"不参加考核：{'、'.join(scheme.excluded_status)}人员")
    lines = [f"# {scheme.name}", "", _MADE, "", "；".join(facts) + "。", "", f"出处：{scheme.source}。"]
    if scheme.notes:
        lines += ["", *(f"- {note}" for note in scheme.notes)]
    return "\n".join(lines)


def _indicators(scheme: Scheme) -> str:
    parts = ["## 指标"]
    for group in scheme.groups:
        own = [indicator for indicator in scheme.indicators if indicator.group == group.id]
        if not own:
            continue
        weight = f"（{format_plain(group.weight)} 分）" if group.weight is not None else ""
        waivable = "；人力资源部可豁免本组" if group.waivable else ""
        parts.append(f"### {group.name}{weight}{waivable}")
        rows = (
            (i.name, f"`{i.id}`", _weight(i), i.definition, target_text(scheme, i), rule_text(scheme, i), _filled(i)) for i in own
        )
        parts.append(_table(("指标", "编号", WEIGHT, "定义", TARGET, "计分规则", "数据来自"), rows))
    return "\n\n".join(parts)


def _weight(indicator: Indicator) -> str:
    return format_plain(indicator.weight) if indicator.weight else "不计分"


def _filled(indicator: Indicator) -> str:
    origin = _counted(indicator.measure) if indicator.measure else ""
    typed = f"{indicator.entered_by}录入" if indicator.entered_by else ""
    least = f"；至少 {indicator.min_sample} 条" if indicator.min_sample > 1 else ""
    return ("，没有时".join(filter(None, (origin, typed))) or "录入") + least


def _counted(measure: str) -> str:
    return "本次参加考核的人数" if measure == HEAD_COUNT else f"导出数据（`{measure}`）"


def _grades(scheme: Scheme) -> str:
    if not scheme.grades:
        return "## 等级\n\n本方案没有等级，只给总分。"
    ordered = sorted(scheme.grades, key=lambda grade: -grade.lower)
    rows = []
    for place, grade in enumerate(ordered):
        upper = f"，不足 {format_plain(ordered[place - 1].lower)}" if place else ""
        coefficient = "无" if grade.coefficient is None else f"{grade.coefficient:f}"
        rows.append(
            (
                grade.name,
                f"{format_plain(grade.lower)} 分及以上{upper}",
                coefficient,
                "；".join(grade.actions),
                _origin(grade.source),
            )
        )
    parts = ["## 等级", _table((GRADE, TOTAL, COEFFICIENT, "措施", ORIGIN), rows)]
    if scheme.streaks:
        parts.append("\n".join(f"- 连续 {s.times} 次{s.grade}：{s.action}{_aside(s.source)}" for s in scheme.streaks))
    return "\n\n".join(parts)


def _variants(scheme: Scheme) -> str:
    if not scheme.variants:
        return ""
    return "\n\n".join(["## 变体", *(_variant(scheme, variant) for variant in scheme.variants)])


def _variant(scheme: Scheme, variant: Variant) -> str:
    names = {indicator.id: indicator.name for indicator in (*scheme.indicators, *variant.add)}
    lines = [f"### `{variant.id}` {variant.name}", ""]
    lines += [f"- {variant.note}"] if variant.note else []
    lines += [f"- 考核周期：{_cycles(variant)}"] if variant.cycles else []
    lines += [f"- {names.get(key, key)}：权重 {format_plain(weight)}" for key, weight in variant.weights]
    lines += [f"- `{key}` 称为“{name}”" for key, name in variant.names]
    lines += [f"- 去掉：{names.get(key, key)}" for key in variant.remove]
    lines += [f"- 与 {'、'.join(f'`{other}`' for other in variant.exclusive_with)} 不能同时用"] if variant.exclusive_with else []
    lines += [f"- 出处：{_origin(variant.source)}"] if variant.source else []
    if variant.add:
        rows = (
            (i.name, f"`{i.id}`", _weight(i), i.definition, target_text(scheme, i), rule_text(scheme, i), _filled(i))
            for i in variant.add
        )
        lines += ["", _table(("增加的指标", "编号", WEIGHT, "定义", TARGET, "计分规则", "数据来自"), rows)]
    return "\n".join(lines)


def _beside(scheme: Scheme) -> str:
    """Parameters, facts, figures and the bonus."""
    parts = []
    if scheme.parameters:
        rows = (
            (p.name, f"`{p.id}`", UNFILLED if p.value is None else format_amount(p.value, p.unit), p.note)
            for p in scheme.parameters
        )
        parts += ["## 公司填写的参数", _table(("参数", "编号", "值", "说明"), rows)]
    if scheme.facts:
        facts = ((f.name, f"`{f.id}`", f.definition, _counted(f.measure) if f.measure else f.entered_by) for f in scheme.facts)
        parts += ["## 列在旁边的数", _table(("名称", "编号", "说明", "数据来自"), facts)]
    names = {fact.id: fact.name for fact in scheme.facts}
    for figure in scheme.figures:
        total = " + ".join(" × ".join(names[name] for name in product) for product in figure.products)
        shown = f"（{total}）÷ {names[figure.per]}" if figure.per else total
        parts.append(f"{figure.name} = {shown}{_aside(figure.source)}")
    if scheme.bonus:
        way = COEFFICIENT if scheme.bonus.by == "coefficient" else f"总分 ÷ {format_plain(scheme.total)}"
        parts.append(f"奖金 = 基数 × {way}{_aside(scheme.bonus.source)}")
    return "\n\n".join(parts)


def _more(scheme: Scheme) -> str:
    """Raters, roll-ups, key results, checklists, appeal."""
    lines: list[str] = []
    if scheme.raters:
        groups = "、".join(f"{g.name}{'（匿名）' if g.anonymous else ''}" for g in scheme.raters.groups)
        lines.append(
            f"- 评分人：{groups}；匿名组不足 {scheme.raters.minimum} 人时合并，合并后仍不足的不显示{_aside(scheme.raters.source)}"
        )
    for rollup in scheme.rollups:
        shares = " + ".join(f"{format_plain(part.share * 100)}% × {_CYCLES[part.of]}成绩平均" for part in rollup.parts)
        lines.append(f"- {_CYCLES[rollup.cycle]}度成绩 = {shares}{_aside(rollup.source)}")
    for result in scheme.key_results:
        target = f"提升 {format_amount(result.target, 'ratio')}" if result.relative else format_amount(result.target, result.unit)
        lines.append(f"- 关键结果（不计分）：{result.name}，目标 {target}{_aside(result.source)}")
    for checklist in scheme.checklists:
        lines.append(f"- 检查表“{checklist.name}”（不计分）：{'；'.join(checklist.items)}{_aside(checklist.source)}")
    if scheme.appeal:
        days = f"（公布后 {scheme.appeal.days} 天内）" if scheme.appeal.days is not None else ""
        lines.append(f"- 申诉{days}：{scheme.appeal.text}{_aside(scheme.appeal.source)}")
    return "\n".join(["## 其他规定", "", *lines]) if lines else ""


def _sources(scheme: Scheme) -> str:
    """Where each weight, target and rule comes from; what we decided comes with the reason."""
    indicators = {i.id: i for v in scheme.variants for i in v.add} | {i.id: i for i in scheme.indicators}
    found = [(i.name, _ABOUT.get(about, about), source) for i in indicators.values() for about, source in i.sources]
    found += [(group.name, "分组权重", group.source) for group in scheme.groups if group.source]
    decided = [(name, about, source.note) for name, about, source in found if source.origin == "decided"]
    stated = [(name, about, source.note or "原文写明") for name, about, source in found if source.origin == "document"]
    parts = ["## 出处"]
    if stated:
        parts += ["### 文件写明", _table(("项目", "内容", "原文"), stated)]
    if decided:
        parts += ["### 我方决定（文件没有写明）", _table(("项目", "内容", "理由"), decided)]
    return "\n\n".join(parts) if len(parts) > 1 else ""


def _inputs(scheme: Scheme) -> str:
    entries = inputs_of_scheme(scheme)
    rows = (
        (f"`{entry.key}`", entry.name, "、".join(entry.options) or UNIT_NAMES[entry.unit].strip() or _plain_unit(entry.unit))
        for entry in entries
    )
    return "\n\n".join(["## 录入的编号", _table(("编号", "名称", "单位或选项"), rows)]) if entries else ""


def _plain_unit(unit: str) -> str:
    return {"ratio": "比率（85% 或 0.85）", "index": "-100~100"}.get(unit, COUNT)


def _usage(scheme: Scheme) -> str:
    exports = "导出文件.xlsx " if any(indicator.measure for indicator in scheme.indicators) else ""
    entered = "".join(f" --set {parameter.id}=…" for parameter in scheme.parameters if parameter.value is None)
    lines = [
        f"kpi-xl template ratings {scheme.id} --roster 花名册.xlsx --out 评分表.xlsx",
        f"kpi-xl generate {exports}--scheme {scheme.id} --period {_period(scheme)} \\",
        f"  --roster 花名册.xlsx --ratings 评分表.xlsx{entered} --out 结果",
        f"kpi-xl scheme export {scheme.id} --out 我们的方案.xlsx",
    ]
    hints = ["改权重、目标、等级：导出方案，在 Excel 里改，再用 `--scheme 我们的方案.xlsx`。"]
    if scheme.variants:
        hints.insert(0, "变体写在花名册的“方案变体”一列（每人可以不同），或用 `--variant` 统一指定。")
    return "\n".join(["## 用法", "", "```", *lines, "```", "", *hints])


def _period(scheme: Scheme) -> str:
    return {"month": "2025-09", "quarter": "2025-Q3", "year": "2025"}[scheme.cycles[0]]


def _subject(scheme: Scheme) -> str:
    return _SUBJECTS.get(scheme.subject, scheme.subject)


def _cycles(owner: Scheme | Variant) -> str:
    return "、".join(_CYCLES[cycle] for cycle in owner.cycles)


def _origin(source: Source | None) -> str:
    if source is None:
        return ""
    kind = "文件" if source.origin == "document" else DECIDED
    return f"{kind}：{source.note}" if source.note else kind


def _aside(source: Source | None) -> str:
    return f"（{_origin(source)}）" if source else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table without the columns that are empty in every row."""
    listed = [tuple(_cell(text) for text in row) for row in rows]
    kept = [at for at in range(len(head)) if any(row[at] for row in listed)]
    return "\n".join(_lines([[head[at] for at in kept], ["---"] * len(kept), *([row[at] for at in kept] for row in listed)]))


def _lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").strip()
