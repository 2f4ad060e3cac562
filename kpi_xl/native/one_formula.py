"""One formula: its ``KPI_*`` calls become native formulas, calls inside calls first.

Where a formula stands decides what its calls mean: which scheme a call without one is by, and what becomes of areas where one
cell is expected. That is a `Setting`; the form of one scheme has one for all its formulas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from kpi_xl.functions import FUNCTIONS, Function
from kpi_xl.native.calls import native_form
from kpi_xl.native.forms import NoNativeFormError, Operand, Standard
from kpi_xl.ooxml.formulas import AREA_FUNCTIONS, Token, read_tokens, split_sheet
from kpi_xl.standard.tables import SHEET

MAX_FORMULA = 8192
MARK = b"kpi_"
"""What stands in a part, in small letters, that may hold a call."""
CALL, MANY = "CALL", "MANY"
"""Subtypes of the operands that stand for whole calls: with one result, and with several (an array)."""


@dataclass(frozen=True)
class Chosen:
    """The scheme of a call; `guard` is a condition under which it is that scheme, where a cell names it."""

    standard: Standard
    guard: str = ""


class Setting(Protocol):
    """What a formula's place says about the calls in it."""

    @property
    def standard(self) -> Standard:
        """What native forms of functions that take no scheme are made with."""

    def choose(self, argument: Sequence[Token]) -> Chosen:
        """Return the scheme that an argument names (without one: an empty argument). Raises NoNativeFormError."""

    def fit(self, function: Function, given: list[list[Token]], *, whole: bool) -> tuple[list[list[Token]], bool]:
        """Return the arguments as the native form takes them, and whether it has several results. Raises NoNativeFormError.

        `whole`: nothing but the call stands in the cell, which shows the first result only.
        """

    def named(self, function: Function, given: list[list[Token]]) -> tuple[list[list[Token]], str] | None:
        """Return the arguments with the indicator that a cell names now, and the condition that it still does, or None.

        For native forms that take the indicator as words alone.
        """


@dataclass(frozen=True)
class FormSetting:
    """The form of one scheme: every call is by it."""

    standard: Standard

    def choose(self, argument: Sequence[Token]) -> Chosen:
        """Refuse another scheme than the form's."""
        if not self.standard.in_place:
            raise moved()
        term = as_term(argument)
        _prefix, sheet = split_sheet(term.text)
        scheme = self.standard.scheme
        own = {scheme.id, scheme.reference} if not scheme.applied else {scheme.reference}
        if inside(argument) and term.literal != "" and sheet != SHEET and (term.literal or "").strip() not in own:
            raise NoNativeFormError(
                f"方案 {term.text} 不是这份考核表的方案（{scheme.reference}）",
                f"{term.text} is not the scheme of this form ({scheme.reference})",
            )
        return Chosen(self.standard)

    def fit(self, function: Function, given: list[list[Token]], *, whole: bool) -> tuple[list[list[Token]], bool]:
        """Take the arguments as they are."""
        return given, any(":" in token.value for argument in given for token in argument)

    def named(self, function: Function, given: list[list[Token]]) -> tuple[list[list[Token]], str] | None:
        """Leave cells that name an indicator alone: a form has its indicators in words."""
        return None


def moved() -> NoNativeFormError:
    """Return the reason why nothing can point at a sheet 评级标准 whose rows moved."""
    return NoNativeFormError(
        f"“{SHEET}”表的行列与方案不符（插入、删除过行）", f"the rows of the sheet {SHEET} are not those of the scheme"
    )


def lower(formula: str, standard: Standard) -> str:
    """Return a formula (without ``=``) of a form with its calls in native form. Raises NoNativeFormError."""
    return lower_in(formula, FormSetting(standard))


def lower_in(formula: str, setting: Setting) -> str:
    """Return a formula (without ``=``) with its calls in native form, as its place has it. Raises NoNativeFormError."""
    try:
        found = _Reader(formula, setting, native=True).read()
        if len(found) >= MAX_FORMULA:
            found = _Reader(formula, setting, native=True, brief=True).read()
    except RecursionError:
        raise NoNativeFormError("嵌套太深", "nested too deeply") from None
    if len(found) >= MAX_FORMULA:
        raise NoNativeFormError(f"展开后超过 {MAX_FORMULA} 个字符", f"it would be longer than {MAX_FORMULA} characters")
    return found


def name_scheme(formula: str, standard: Standard) -> str:
    """Return a formula whose calls all name a scheme: those that name none get the range of 评级标准.

    Raises NoNativeFormError for a formula that cannot be read.
    """
    return _Reader(formula, FormSetting(standard), native=False).read()


def has_call(formula: str) -> bool:
    """Tell whether a formula calls one of the functions; words in quotes are no calls."""
    return MARK.decode() in formula.lower() and any(
        token.subtype == "OPEN" and called(token.value) for token in read_tokens(formula) or ()
    )


def called(token: str) -> Function | None:
    """Return the function that a token opens: ``KPI_GRADE(``, ``_xll.KPI_GRADE(``, ``[1]!KPI_GRADE(`` of an add-in."""
    name = token.rstrip("(").rpartition("!")[2].rpartition(".")[2].lstrip("@").upper()
    return FUNCTIONS.get(name)


def inside(argument: Sequence[Token]) -> list[Token]:
    """Return the tokens of an argument without spaces around them."""
    return [token for token in argument if token.type != "WHITE-SPACE"]


def written(argument: Sequence[Token]) -> str:
    """Return an argument as text."""
    return "".join(token.value for token in argument)


def as_term(tokens: Sequence[Token]) -> Operand:
    """Return an argument, in brackets unless it is a single operand; one that is left out is a blank."""
    text = written(tokens).strip()
    parts = inside(tokens)
    if not parts:
        return Operand('""')
    if len(parts) == 1:
        words = parts[0].subtype == "TEXT"
        return Operand(text, text[1:-1].replace('""', '"') if words else None)
    array = parts[0].type == "ARRAY" and sum(token.type == "ARRAY" and token.subtype == "OPEN" for token in parts) == 1
    return Operand(text if array and parts[-1].type == "ARRAY" else f"({text})")


class _Reader:
    """Reads the tokens of one formula from left to right, calls inside calls first."""

    def __init__(self, formula: str, setting: Setting, *, native: bool, brief: bool = False) -> None:
        self._tokens: Sequence[Token] = read_tokens(formula) or ()
        self._at = 0
        self._setting = setting
        self._native = native
        self._brief = brief
        self._outermost = _outermost(self._tokens)

    def read(self) -> str:
        arguments = self._arguments()
        if not self._tokens or self._at < len(self._tokens) or len(arguments) != 1:
            raise NoNativeFormError("看不懂的公式", "the formula cannot be read")
        return written(arguments[0])

    def _arguments(self) -> list[list[Token]]:
        """Read up to the bracket that closes the present call (or to the end): its arguments as tokens, calls rewritten."""
        found: list[list[Token]] = [[]]
        arrays = 0
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.type == "FUNC" and token.subtype == "CLOSE":
                break
            self._at += 1
            arrays += {"OPEN": 1, "CLOSE": -1}.get(token.subtype, 0) if token.type == "ARRAY" else 0
            if token.type == "FUNC":
                found[-1].append(self._call(token.value, self._at - 1))
            elif token.type == "SEP" and not arrays:
                found.append([])
            else:
                found[-1].append(token)
        return found

    def _call(self, opening: str, at: int) -> Token:
        arguments = self._arguments()
        if self._at == len(self._tokens):
            raise NoNativeFormError("公式缺少右括号", "a bracket is not closed")
        self._at += 1
        function = called(opening)
        if function is None:
            return self._other(opening, arguments)
        given = [] if [written(argument) for argument in arguments] == [""] else arguments
        if not function.least <= len(given) <= len(function.arguments):
            raise NoNativeFormError(f"{function.name} 的参数个数不对", f"{function.name} has a wrong number of arguments")
        takes_scheme = function.arguments[-1].kind == "scheme"
        plain = given[: len(function.arguments) - 1] if takes_scheme else given
        named = given[-1] if takes_scheme and len(given) == len(function.arguments) else []
        if not self._native:
            return self._completed(function, opening, plain, arguments, named)
        chosen = self._setting.choose(named) if takes_scheme else Chosen(self._setting.standard)
        plain, several = self._setting.fit(function, plain, whole=at in self._outermost)
        form = self._form(function, plain, replace(chosen.standard, brief=self._brief))
        if chosen.guard:
            form = f'IF({chosen.guard},{form},"参数错误：方案已改，请重新换成公式")'
        return Token(form, "OPERAND", MANY if several else CALL)

    def _form(self, function: Function, plain: list[list[Token]], standard: Standard) -> str:
        """Return the native form; where a cell names the indicator, of the one that it names now, as long as it does."""
        try:
            return native_form(function.name, [as_term(argument) for argument in plain], standard)
        except NoNativeFormError:
            named = self._setting.named(function, plain)
            if named is None:
                raise
            form = native_form(function.name, [as_term(argument) for argument in named[0]], standard)
            return f'IF({named[1]},{form},"参数错误：指标已改，请重新换成公式")'

    def _completed(
        self, function: Function, opening: str, plain: list[list[Token]], arguments: list[list[Token]], named: list[Token]
    ) -> Token:
        """Return the call as it is, with the form's own scheme where it names none."""
        texts = [written(argument) for argument in arguments]
        if function.arguments[-1].kind == "scheme":
            chosen = self._setting.choose([])
            if written(named).strip() in ("", '""'):
                texts = [*texts[: len(plain)], chosen.standard.plan.area]
        return Token(f"{opening}{','.join(texts)})", "OPERAND", CALL)

    def _other(self, opening: str, arguments: list[list[Token]]) -> Token:
        """Return a call of another function; ``SINGLE`` (Excel's ``@``) around a native form is its first result."""
        name = opening[:-1].upper().lstrip("@").removeprefix("_XLFN.")
        parts = inside(arguments[0])
        if name == "SINGLE" and len(arguments) == len(parts) == 1 and parts[0].subtype in (CALL, MANY) and self._native:
            first = parts[0].value if parts[0].subtype == CALL else f"INDEX({parts[0].value},1,1)"
            return Token(first, "OPERAND", CALL)
        many = name not in AREA_FUNCTIONS and any(token.subtype == MANY for argument in arguments for token in argument)
        return Token(f"{opening}{','.join(map(written, arguments))})", "OPERAND", MANY if many else CALL)


def _outermost(tokens: Sequence[Token]) -> frozenset[int]:
    """Return the places of the calls of which the cell shows the first result: the whole formula, or all within ``SINGLE``."""
    found: set[int] = set()
    opened: list[int] = []
    places = [place for place, token in enumerate(tokens) if token.type != "WHITE-SPACE"]
    for place, token in enumerate(tokens):
        if token.type != "FUNC":
            continue
        if token.subtype == "OPEN":
            opened.append(place)
        elif opened:
            start = opened.pop()
            single = opened and tokens[opened[-1]].value.upper() == "_XLFN.SINGLE("
            alone = single and _next_to(places, opened[-1], start) and _closes(tokens, places, place)
            if (start, place) == (places[0], places[-1]) or alone:
                found.add(start)
    return frozenset(found)


def _next_to(places: Sequence[int], one: int, other: int) -> bool:
    return places.index(other) == places.index(one) + 1


def _closes(tokens: Sequence[Token], places: Sequence[int], place: int) -> bool:
    at = places.index(place) + 1
    return at < len(places) and tokens[places[at]].type == "FUNC" and tokens[places[at]].subtype == "CLOSE"
