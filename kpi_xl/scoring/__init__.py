"""Scoring: values + scheme -> appraisal, in Decimal. Standard library only."""

from kpi_xl.scoring.bonus import Payment, bonus, head_count, is_appraised, payout
from kpi_xl.scoring.callbacks import Callback, PooledCallbacks, pool_callbacks
from kpi_xl.scoring.goals import Goal, goal_completion, key_result_progress
from kpi_xl.scoring.meeting import has_target, meets_target
from kpi_xl.scoring.model import Appraisal, IndicatorResult, PastResult, Status, Value, Values
from kpi_xl.scoring.ranking import rank
from kpi_xl.scoring.raters import RaterMeans, RaterScore, combine_raters
from kpi_xl.scoring.rollup import RolledUp, roll_up
from kpi_xl.scoring.score import grade_of, next_grade, score, score_indicator, with_parameters
from kpi_xl.scoring.spread import stability
from kpi_xl.scoring.streaks import GradeRun, NextStep, next_step, streak

__all__ = [
    "Appraisal",
    "Callback",
    "Goal",
    "GradeRun",
    "IndicatorResult",
    "NextStep",
    "PastResult",
    "Payment",
    "PooledCallbacks",
    "RaterMeans",
    "RaterScore",
    "RolledUp",
    "Status",
    "Value",
    "Values",
    "bonus",
    "combine_raters",
    "goal_completion",
    "grade_of",
    "has_target",
    "head_count",
    "is_appraised",
    "key_result_progress",
    "meets_target",
    "next_grade",
    "next_step",
    "payout",
    "pool_callbacks",
    "rank",
    "roll_up",
    "score",
    "score_indicator",
    "stability",
    "streak",
    "with_parameters",
]
