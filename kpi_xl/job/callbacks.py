"""Call-backs of several questions: a person's records of evidence, customer by customer, pooled as the scheme says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from kpi_xl.errors import Problem
from kpi_xl.job.model import Remedy
from kpi_xl.measures.model import Evidence
from kpi_xl.numbers import divide, format_plain, format_points
from kpi_xl.schemes.inputs import inputs_of_scheme
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring.callbacks import Callback, pool_callbacks
from kpi_xl.scoring.model import Value
from kpi_xl.scoring.values import read_input


@dataclass(frozen=True)
class Pooled:
    """What the call-backs give: the mean of each question over the counted customers, how many they are, and the list.

    `months` by month of the year: number of counted customers and the sum of their scores. `note` says what was counted.
    """

    values: Mapping[str, Value]
    samples: Mapping[str, int]
    months: Mapping[int, tuple[int, Decimal]]
    remedy: tuple[Remedy, ...]
    note: str


def pool_evidence(scheme: Scheme, evidence: Iterable[Evidence]) -> Pooled:
    """Pool the successful call-backs among the evidence of the scheme's questions (failed ones are not counted there).

    A customer with an answer that is not allowed, or without an answer that is needed, is set aside. Of a question that earns
    no points only the answer is.
    """
    questions = {indicator.measure: indicator.id for indicator in scheme.indicators if indicator.measure}
    inputs = {entry.key: entry for entry in inputs_of_scheme(scheme)}
    answers: dict[str, dict[str, Decimal]] = defaultdict(dict)
    first: dict[str, Evidence] = {}
    unscored = {indicator.id for indicator in scheme.indicators if indicator.weight == 0}
    refused: set[str] = set()
    ignored = 0
    for item in evidence:
        question = questions.get(item.measure)
        if question is None or not item.counted or item.value is None:
            continue
        problems: list[Problem] = []
        value = read_input(inputs[question], item.value, False, problems)
        if isinstance(value, Decimal):
            answers[item.record][question] = value
        elif question in unscored:
            ignored += 1
        else:
            refused.add(item.record)
        first.setdefault(item.record, item)
    usable = {record: given for record, given in answers.items() if record not in refused}
    pooled = pool_callbacks(scheme, [Callback(record, given) for record, given in usable.items()])
    values, samples = _means(usable[record] for record, _ in pooled.scores)
    months: dict[int, tuple[int, Decimal]] = {}
    for record, score in pooled.scores:
        moment = first[record].at
        if moment is not None:
            count, total = months.get(moment.month, (0, Decimal(0)))
            months[moment.month] = (count + 1, total + score)
    remedy = tuple(_remedy(scheme, first[record], usable[record]) for record in pooled.remedy)
    note = _note(pooled.total, len(pooled.scores), len(pooled.incomplete), len(refused), ignored, len(remedy))
    return Pooled(values, samples, months, remedy, note)


def _means(customers: Iterable[Mapping[str, Decimal]]) -> tuple[dict[str, Value], dict[str, int]]:
    given: dict[str, list[Decimal]] = defaultdict(list)
    for answers in customers:
        for question, value in answers.items():
            given[question].append(value)
    means: dict[str, Value] = {question: divide(sum(values, Decimal(0)), len(values)) for question, values in given.items()}
    return means, {question: len(values) for question, values in given.items()}


def _remedy(scheme: Scheme, item: Evidence, answers: Mapping[str, Decimal]) -> Remedy:
    lowest = {entry.key: min(entry.allowed)[1] for entry in inputs_of_scheme(scheme) if entry.allowed}
    names = {indicator.id: indicator.name for indicator in scheme.indicators}
    bad = [f"{names[key]} {format_plain(value)} 分" for key, value in answers.items() if key in lowest and value <= lowest[key]]
    return Remedy(item.record, "" if item.at is None else f"{item.at:%Y-%m-%d}", "；".join(bad))


def _note(total: Decimal | None, counted: int, incomplete: int, refused: int, ignored: int, bad: int) -> str:
    if not counted + incomplete + refused + ignored:
        return ""
    parts = [f"成功回访 {counted} 个客户" + ("" if total is None else f"，客户得分合计 ÷ 回访数 = {format_points(total)}")]
    if incomplete:
        parts.append(f"{incomplete} 个客户有题目未答，不计入")
    if refused:
        parts.append(f"{refused} 个客户有不允许的分值，不计入")
    if ignored:
        parts.append(f"不计分的题目有 {ignored} 个不允许的分值，没有采用")
    if bad:
        parts.append(f"不满意或投诉 {bad} 个客户，全部见“回访补救清单.xlsx”")
    return "；".join(parts)
