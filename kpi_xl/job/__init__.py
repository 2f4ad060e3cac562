"""The job room: runs all others for one period, fans out over people, survives crashes."""

from kpi_xl.job.generate import generate, run
from kpi_xl.job.model import Order, Report
from kpi_xl.job.rated import rated_people

__all__ = ["Order", "Report", "generate", "rated_people", "run"]
