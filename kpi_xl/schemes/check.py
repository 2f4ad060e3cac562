"""What must hold in a scheme beyond the types of its fields: sums, ids, bands, grades, variants. Collects every problem."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from kpi_xl.errors import Problem, Text
from kpi_xl.glossary import GRADE
from kpi_xl.periods import LAST_START
from kpi_xl.schemes.check_rules import Readable, check_indicator, problem, require_known
from kpi_xl.schemes.model import (
    Grade,
    Indicator,
    Scheme,
)
from kpi_xl.schemes.variants import weight_sum, work_in

_ID = re.compile(r"[a-z][a-z0-9_]*")
_SCHEME_ID = re.compile(r"[a-z][a-z0-9_-]*")


def check_scheme(scheme: Scheme, unreadable: Sequence[str] = ()) -> list[Problem]:
    """Return every problem of the scheme. `unreadable`: key paths already reported, which are not judged a second time."""

    def readable(where: str) -> bool:
        return not any(_within(path, where) or _within(where, path) for path in unreadable)

    problems = [
        *_check_ids(scheme, readable),
        *_check_cycles(scheme, readable),
        *_check_weights(scheme, readable),
        *_check_grades(scheme, readable),
        *_check_references(scheme),
        *_check_variants(scheme, readable),
    ]
    for where, indicator in _indicators(scheme):
        problems += check_indicator(scheme, indicator, where, readable)
    return [problem for problem in problems if problem.where not in unreadable]


def _within(path: str, outer: str) -> bool:
    return path == outer or path.startswith((f"{outer}.", f"{outer}["))


def _indicators(scheme: Scheme) -> Iterator[tuple[str, Indicator]]:
    for index, indicator in enumerate(scheme.indicators):
        yield f"indicators[{index}]", indicator
    for number, variant in enumerate(scheme.variants):
        for index, indicator in enumerate(variant.add):
            yield f"variants[{number}].add[{index}]", indicator


# --- ids, cycles, references -------------------------------------------------------------------------------------------------


def _check_ids(scheme: Scheme, readable: Readable) -> Iterator[Problem]:
    if readable("id") and not _SCHEME_ID.fullmatch(scheme.id):
        yield problem(
            "id",
            f"方案编号 {scheme.id!r} 不合规",
            f"scheme id {scheme.id!r} is not allowed",
            "用小写字母、数字和连字符，如 my-scheme",
            "use lower-case letters, digits and hyphens",
        )
    lists: dict[str, Sequence[str]] = {
        "indicators": [i.id for i in scheme.indicators],
        "groups": [g.id for g in scheme.groups],
        "parameters": [p.id for p in scheme.parameters],
        "facts": [f.id for f in scheme.facts],
        "figures": [f.id for f in scheme.figures],
        "variants": [v.id for v in scheme.variants],
        "key_results": [k.id for k in scheme.key_results],
        "checklists": [c.id for c in scheme.checklists],
    }
    for key, ids in lists.items():
        for index, name in enumerate(ids):
            where = f"{key}[{index}].id"
            if not readable(where):
                continue
            if not _ID.fullmatch(name):
                yield problem(
                    where,
                    f"编号 {name!r} 不合规",
                    f"id {name!r} is not allowed",
                    "以小写字母开头，只用小写字母、数字、下划线",
                    "start with a lower-case letter; letters, digits, underscores",
                )
            if name in ids[:index]:
                yield problem(
                    where,
                    f"编号 {name} 重复",
                    f"id {name} is used twice",
                    "每个编号只能用一次，换一个编号",
                    "use each id once; choose another",
                )


def _check_cycles(scheme: Scheme, readable: Readable) -> Iterator[Problem]:
    if readable("cycles") and not scheme.cycles:
        yield problem(
            "cycles",
            "没有考核周期",
            "there is no cycle",
            '写 cycles = ["month"]',
            'write cycles = ["month"]',
        )
    if readable("month_starts") and scheme.month_starts is not None and not 1 <= scheme.month_starts <= LAST_START:
        yield problem(
            "month_starts",
            f"考核月不能从 {scheme.month_starts} 日开始",
            f"a month cannot begin on day {scheme.month_starts}",
            f"写 1 到 {LAST_START} 的整数",
            f"write a whole number from 1 to {LAST_START}",
        )
    if readable("indicators") and not scheme.indicators and not scheme.variants:
        yield problem(
            "indicators",
            "没有指标",
            "there is no indicator",
            "至少写一段 [[indicators]]",
            "write at least one [[indicators]] section",
        )


def _check_references(scheme: Scheme) -> Iterator[Problem]:
    facts = [fact.id for fact in scheme.facts]
    fact, grade, figure = Text("事实项", "fact"), Text(GRADE, "grade"), Text("数据项", "figure")
    for index, one in enumerate(scheme.figures):
        for name in [n for product in one.products for n in product] + ([one.per] if one.per else []):
            yield from require_known(f"figures[{index}]", fact, name, facts)
    if scheme.bonus and scheme.bonus.base:
        yield from require_known("bonus.base", figure, scheme.bonus.base, [f.id for f in scheme.figures])
    for index, streak in enumerate(scheme.streaks):
        yield from require_known(f"streaks[{index}].grade", grade, streak.grade, [g.name for g in scheme.grades])
        if streak.times < 1:
            yield problem(
                f"streaks[{index}].times",
                "连续次数应不小于 1",
                "times must be at least 1",
                "写 2、3 等整数",
                "write 2, 3, ...",
            )
    for index, rollup in enumerate(scheme.rollups):
        if sum((part.share for part in rollup.parts), Decimal(0)) != 1:
            yield problem(
                f"rollups[{index}].parts",
                "各部分占比合计不是 100%",
                "the shares do not add up to 100 %",
                "改 share，使合计为 1",
                "change the shares so that they add up to 1",
            )
    if scheme.raters:
        known = [indicator.id for _, indicator in _indicators(scheme)]
        for index, group in enumerate(scheme.raters.groups):
            yield from require_known(f"raters.groups[{index}].indicator", Text("指标", "indicator"), group.indicator, known)
    if scheme.bounds and scheme.bounds[0] >= scheme.bounds[1]:
        yield problem(
            "bounds",
            "下限不小于上限",
            "the lower bound is not below the upper one",
            "写 [0, 110]",
            "write [0, 110]",
        )


# --- weights, grades, variants -----------------------------------------------------------------------------------------------


def _check_weights(scheme: Scheme, readable: Readable) -> Iterator[Problem]:
    if readable("total") and scheme.total <= 0:
        yield problem(
            "total",
            "总分应大于 0",
            "total must be above 0",
            "一般写 100",
            "usually 100",
        )
    if not _weights_readable(scheme, readable):
        return
    if not scheme.required_variant or scheme.applied:
        yield from _check_sum(scheme, "indicators", Text("指标权重", "the weights"))
    groups = {group.id for group in scheme.groups}
    if any(i.group not in groups for i in scheme.indicators):  # reported with the indicator; sums without it would mislead
        return
    for index, group in enumerate(scheme.groups):
        inside = sum((i.weight for i in scheme.indicators if i.group == group.id), Decimal(0))
        if group.weight is not None and readable(f"groups[{index}].weight") and inside != group.weight:
            yield problem(
                f"groups[{index}].weight",
                f"“{group.name}”写的是 {group.weight:f}，其指标合计 {inside:f}",
                f"{group.id} says {group.weight:f}, its indicators {inside:f}",
                f"改成 {inside:f}，或改指标权重",
                f"write {inside:f}, or change the weights",
            )


def _weights_readable(scheme: Scheme, readable: Readable) -> bool:
    """Tell whether every weight is known. Other mistakes inside an indicator do not hide a wrong sum."""
    places = range(len(scheme.indicators))
    return all(readable(f"indicators[{i}].weight") for i in places) if places else readable("indicators")


def _check_sum(scheme: Scheme, where: str, what: Text) -> Iterator[Problem]:
    total = weight_sum(scheme)
    if total != scheme.total:
        gap = scheme.total - total
        yield problem(
            where,
            f"{what.zh}合计 {total:f}，应为 {scheme.total:f}",
            f"{what.en} add up to {total:f}, not {scheme.total:f}",
            f"{'再加' if gap > 0 else '减去'} {abs(gap):f} 分",
            f"{'add' if gap > 0 else 'take away'} {abs(gap):f}",
        )


def _check_grades(scheme: Scheme, readable: Readable) -> Iterator[Problem]:
    grades: tuple[Grade, ...] = scheme.grades
    names = [grade.name for grade in grades]
    for index, grade in enumerate(grades):
        where = f"grades[{index}]"
        if grade.name in names[:index]:
            yield problem(
                f"{where}.name",
                f"等级 {grade.name} 重复",
                f"grade {grade.name} is there twice",
                "每个等级只写一次",
                "write each grade once",
            )
        above = grades[index - 1] if index and readable(f"{where}.lower") and readable(f"grades[{index - 1}].lower") else None
        if above and grade.lower >= above.lower:
            yield problem(
                f"{where}.lower",
                f"“{grade.name}”的下限 {grade.lower:f} 不低于上一等级的 {above.lower:f}",
                f"{grade.lower:f} is not below {above.lower:f}",
                "等级从高到低排列，下限逐级递减",
                "list the grades from high to low, each bound below the one before",
            )
    if grades and readable("grades") and min(grade.lower for grade in grades) > scheme.limits[0]:
        yield problem(
            f"grades[{len(grades) - 1}].lower",
            f"低于 {grades[-1].lower:f} 分没有等级",
            f"totals below {grades[-1].lower:f} have no grade",
            f"最低一级写 lower = {scheme.limits[0]:f}",
            f"write lower = {scheme.limits[0]:f} for the lowest grade",
        )
    for index, grade in enumerate(grades):
        if readable("total") and readable(f"grades[{index}].lower") and grade.lower > scheme.limits[1]:
            yield problem(
                f"grades[{index}].lower",
                "下限高于总分，永远达不到",
                "the bound is above the highest total",
                f"不超过 {scheme.limits[1]:f}",
                f"at most {scheme.limits[1]:f}",
            )


def _check_variants(scheme: Scheme, readable: Readable) -> Iterator[Problem]:
    if scheme.required_variant and not scheme.variants:
        yield problem(
            "required_variant",
            "没有变体可选",
            "there is no variant to choose",
            "写 [[variants]]，或删去 required_variant",
            "write [[variants]] or drop required_variant",
        )
    if scheme.applied:
        return
    base = [indicator.id for indicator in scheme.indicators]
    known = [variant.id for variant in scheme.variants]
    base_sum = weight_sum(scheme) if not scheme.required_variant else scheme.total
    for index, variant in enumerate(scheme.variants):
        where = f"variants[{index}]"
        own = [*base, *(indicator.id for indicator in variant.add)]
        indicator = Text("指标", "indicator")
        for key in ("weights", "names", "definitions"):
            for name, _ in getattr(variant, key):
                yield from require_known(f"{where}.{key}.{name}", indicator, name, own)
        for name in variant.remove:
            yield from require_known(f"{where}.remove", indicator, name, base)
        for name in variant.exclusive_with:
            yield from require_known(f"{where}.exclusive_with", Text("变体", "variant"), name, known)
        for number, added in enumerate(variant.add):
            if added.id in base:
                yield problem(
                    f"{where}.add[{number}].id",
                    f"指标 {added.id} 已经有了",
                    f"indicator {added.id} exists already",
                    "换一个编号，或用 weights 改权重",
                    "use another id, or change its weight with weights",
                )
        worked = work_in(scheme, variant)
        if readable(where) and _weights_readable(scheme, readable) and weight_sum(worked) != base_sum:  # else reported above
            yield from _check_sum(worked, where, Text(f"变体 {variant.id} 的权重", f"the weights of variant {variant.id}"))
