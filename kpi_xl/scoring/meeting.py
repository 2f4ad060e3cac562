"""Whether actual values meet an indicator's target: told part by part, before any points."""

from __future__ import annotations

from decimal import Decimal

from kpi_xl.schemes.inputs import part_key
from kpi_xl.schemes.model import Indicator, Scheme
from kpi_xl.schemes.rule_kinds import Split
from kpi_xl.schemes.targets import target_parts
from kpi_xl.scoring.model import Values


def has_target(scheme: Scheme, indicator: Indicator, values: Values) -> bool:
    """Tell whether there is a number to be reached; a team's median must be among the values, a parameter filled in."""
    return all(part.better is not None and part.value is not None for part in target_parts(scheme, indicator, values))


def meets_target(scheme: Scheme, indicator: Indicator, values: Values) -> bool | None:
    """Tell whether the values of one month reach the target: of a composite, each part that has a value.

    None while it cannot be told: no target, no value, or a part is missing that must be there and none of the others falls short.
    """
    if not has_target(scheme, indicator, values):
        return None
    keys = [part_key(indicator, part.id) for part in indicator.traits.parts] or [indicator.id]
    shared = isinstance(indicator.rule, Split) and indicator.rule.share_of is not None
    if shared and keys[0] not in values:
        keys[0] = indicator.id  # the bare key stands for the first part
    told = [
        part.reached(value)
        for part, key in zip(target_parts(scheme, indicator, values), keys, strict=True)
        if isinstance(value := values.get(key), Decimal)
    ]
    if False in told:
        return False
    return True if told and (shared or len(told) == len(keys)) else None
