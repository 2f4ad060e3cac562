"""The job room: runs all others for one period, fans out over people, survives crashes."""

from typing import TYPE_CHECKING

from kpi_xl.lazy import lazy

if TYPE_CHECKING:
    from kpi_xl.job.model import Order, Report
    from kpi_xl.job.period import generate, run
    from kpi_xl.job.rated import rated_people
    from kpi_xl.job.returned import collect_forms

__all__ = ["Order", "Report", "collect_forms", "generate", "rated_people", "run"]
__getattr__ = lazy(
    __name__,
    {
        "Order": "kpi_xl.job.model",
        "Report": "kpi_xl.job.model",
        "collect_forms": "kpi_xl.job.returned",
        "generate": "kpi_xl.job.period",
        "rated_people": "kpi_xl.job.rated",
        "run": "kpi_xl.job.period",
    },
)
