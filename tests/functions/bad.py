"""What a cell, a range or a careless caller may hand over, in every dress."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

BAD: list[Any] = [
    *(None, "", " ", "　", "abc", "中文", "=1+1", "@", "'", '"', "\x00", "\n", "💥", "x" * 40_000),
    *("#N/A", "#VALUE!", "#DIV/0!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#unknown"),
    *(
        0,
        -1,
        1,
        0.5,
        1e308,
        -1e308,
        5e-324,
        float("nan"),
        float("inf"),
        -float("inf"),
        10**400,
        Decimal("NaN"),
        Decimal("1e-400"),
    ),
    *(True, False, dt.date(2025, 9, 1), dt.datetime.max, dt.datetime.min, dt.time(8), dt.timedelta(1)),  # noqa: DTZ901
    *("NaN", "Infinity", "1e999", "1_000", "١٢", "8７%", "85%%", "../../etc/passwd", "appliance-agent:", "appliance-agent:nope"),
    *("2025-02-30", "2025-Q5", "待评", "待评：已得 3 分", "参数错误：得分应为数字"),
    *([], [[]], [[None]], [[]] * 3, [["#N/A", 1]], [[1, 2], [3]], [[[1]]], [["a"] * 40], [[1]] * 300, (), ((1, 2),)),
    *({}, set(), b"bytes", object(), 1j, range(3), print, Exception("x")),
]
