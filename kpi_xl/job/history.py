"""Earlier results of the same people: the run.json files of earlier periods under the same output folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from kpi_xl.errors import KpiError
from kpi_xl.job.journal import RUN
from kpi_xl.periods import Period
from kpi_xl.scoring.model import PastResult


def earlier_results(out: Path, period: Period) -> Mapping[tuple[str, str], tuple[PastResult, ...]]:
    """Return results before `period`, of the same cycle, by person and scheme, in the order of time.

    A result is final when it has a total. What cannot be read is passed over: the history is shown, never scored.
    """
    found: dict[tuple[str, str], list[PastResult]] = {}
    for path in sorted(out.glob(f"*/{RUN}")):
        try:
            earlier = Period.parse(path.parent.name)
            people = json.loads(path.read_text(encoding="utf-8"))["people"]
            if earlier.cycle != period.cycle or earlier.start >= period.start:
                continue
            for entry in people:
                total = None if entry["total"] is None else Decimal(entry["total"])
                result = PastResult(earlier, total, entry["grade"], total is not None)
                found.setdefault((entry["id"], entry["scheme"]), []).append(result)
        except (OSError, ValueError, KeyError, TypeError, KpiError):
            continue
    return {key: tuple(sorted(results, key=lambda r: r.period)) for key, results in found.items()}
