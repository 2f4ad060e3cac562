"""Another definition, another figure: whose value changes when a measure is counted by an alternative definition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from kpi_xl.errors import KpiError, Text
from kpi_xl.exports.model import Tables
from kpi_xl.measures.catalog import Catalog, built_in_catalog, choose
from kpi_xl.measures.counting import count_measures
from kpi_xl.measures.model import By, Measure, MeasureRow
from kpi_xl.periods import Period


@dataclass(frozen=True)
class Difference:
    """One subject's figure under the chosen definition and under another one. `difference` is None when either has no value."""

    subject: str
    measure: str
    definition: str
    base: MeasureRow
    other: MeasureRow

    @property
    def difference(self) -> Decimal | None:
        """The other value less the chosen one."""
        if self.base.value is None or self.other.value is None:
            return None
        return self.other.value - self.base.value


@dataclass(frozen=True)
class Comparison:
    """One alternative definition of a measure: whose value changes (in order of subject), and of how many. `absent`: columns
    that it
    would need and the exports lack (None: it was compared)."""

    measure: Measure
    alternative: Measure
    changed: tuple[Difference, ...]
    subjects: int
    absent: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        """The name of the other definition (``silence``)."""
        return self.alternative.key.partition("@")[2]


def compare_definitions(
    tables: Tables,
    period: Period,
    measures: Iterable[str] | None = None,
    *,
    by: By = "agent",
    definitions: Mapping[str, str] | None = None,
    catalog: Catalog | None = None,
) -> list[Comparison]:
    """Count measures under each of their definitions, all in the same query, and say whose value differs for the whole period.

    `measures` None: all that have alternatives. The base is the definition chosen in `definitions`, else the default one. Raises
    KpiError for a measure without alternatives.
    """
    chosen = dict(definitions or {})
    known = catalog or built_in_catalog()
    wanted = None if measures is None else list(measures)
    bases = [measure for measure in known.resolve(wanted, chosen) if wanted is not None or measure.alternatives]
    for base in bases:
        if not base.alternatives:
            raise KpiError(
                Text(f"指标 {base.id} 只有一种口径", f"measure {base.id} has only one definition"),
                Text(f"有多种口径的指标：{_with_alternatives(known)}", f"measures with several: {_with_alternatives(known)}"),
            )
    others: list[tuple[Measure, Measure]] = []
    for base in bases:
        declared = known[base.id]
        names = [declared.default, *(alternative.name for alternative in declared.alternatives)]
        current = base.chosen.partition(":")[0] or declared.default
        others += [(base, choose(declared, name, f"{base.id}@{name}")) for name in names if name != current]
    counts = count_measures(tables, period, [*bases, *(other for _, other in others)], frozenset())
    rows = counts.inputs(by)
    comparisons = []
    for base, other in others:
        is_absent = other.key in counts.absent
        absent = counts.absent.get(other.key)
        changed = tuple(
            Difference(subject, base.id, other.key.partition("@")[2], found[base.key], found[other.key])
            for subject, found in rows.items()
            if _differs(found[base.key], found[other.key])
        )
        comparisons.append(
            Comparison(base, other, () if is_absent else changed, len(rows), (absent or ()) if is_absent else None)
        )
    return comparisons


def _differs(base: MeasureRow, other: MeasureRow) -> bool:
    return base.value != other.value


def _with_alternatives(catalog: Catalog) -> str:
    return "、".join(measure.id for measure in catalog.measures.values() if measure.alternatives)
