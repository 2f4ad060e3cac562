"""Whose work it is when the export's id is not on the roster: a namesake's only when the ids are of another system."""

from __future__ import annotations

from kpi_xl.exports.people_match import Resolved, Roster
from kpi_xl.people import Person

ROSTER = Roster([Person("0009", "张三", "一组"), Person("0002", "李四", "一组")])


def test_an_id_made_like_the_roster_s_is_somebody_else() -> None:
    assert ROSTER.resolve("0001", "一组", "张三") == Resolved(None, "unknown_agent")
    assert ROSTER.resolve("０００９", "一组", "张三") == Resolved("0009", None)


def test_an_id_of_another_system_gives_way_to_the_name() -> None:
    assert ROSTER.resolve("U77", "一组", "张三") == Resolved("0009", None)
    assert ROSTER.resolve("张三", None) == Resolved("0009", None)
