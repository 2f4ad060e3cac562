"""A formula as a tree, from the tokens of openpyxl: operators by Excel's precedence, calls, arrays, references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from kpi_xl.native.compute.values import Array, Error, Scalar, UnknownError
from kpi_xl.ooxml.formulas import Token, read_tokens

_BINDS = {"^": 5, "*": 4, "/": 4, "+": 3, "-": 3, "&": 2} | dict.fromkeys(("=", "<>", "<", ">", "<=", ">="), 1)
_ADD_INS = ("_XLFN.", "_XLWS.")
_DEEPEST = 90


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal, also an array of them."""

    value: Scalar | Array


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference or a name, as written."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call; `name` in capitals, without the prefixes of newer functions and of add-ins. An argument left out is None."""

    name: str
    arguments: tuple[Node | None, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator between two operands, or (`right` None) before or behind one: ``neg``, ``%``."""

    sign: str
    left: Node
    right: Node | None = None


Node = Constant | Reference | Call | Operation


@lru_cache(maxsize=4096)
def parse_tree(formula: str) -> Node:
    """Return the tree of a formula (without ``=``). Raises UnknownError for one that cannot be read, or nested too deeply."""
    tokens = [token for token in read_tokens(formula) or () if token.type != "WHITE-SPACE"]
    reader = _Reader(tokens)
    found = reader.expression(0)
    if not reader.ended:
        raise UnknownError(formula)
    return found


class _Reader:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    @property
    def ended(self) -> bool:
        return self._at >= len(self._tokens)

    def _peek(self) -> Token | None:
        return None if self.ended else self._tokens[self._at]

    def _next(self) -> Token:
        if self.ended:
            raise UnknownError("the formula ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def expression(self, least: int) -> Node:
        """Read operands and operators that bind more than `least`."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise UnknownError("nested too deeply")
        left = self._prefixed()
        while (token := self._peek()) is not None and token.type == "OPERATOR-INFIX":
            binds = _BINDS.get(token.value)
            if binds is None:
                raise UnknownError(token.value)
            if binds <= least:
                break
            self._at += 1
            left = Operation(token.value, left, self.expression(binds))
        self._depth -= 1
        return left

    def _prefixed(self) -> Node:
        token = self._peek()
        if token is not None and token.type == "OPERATOR-PREFIX":
            self._at += 1
            operand = self._prefixed()
            return operand if token.value == "+" else Operation("neg", operand)
        operand = self._operand()
        while (token := self._peek()) is not None and token.type == "OPERATOR-POSTFIX":
            self._at += 1
            operand = Operation("%", operand)
        return operand

    def _operand(self) -> Node:
        token = self._next()
        if token.type == "OPERAND":
            return Reference(token.value) if token.subtype == "RANGE" else Constant(_literal(token))
        if token.type == "PAREN" and token.subtype == "OPEN":
            found = self.expression(0)
            self._close("PAREN")
            return found
        if token.type == "FUNC" and token.subtype == "OPEN":
            return self._call(token.value)
        if token.type == "ARRAY" and token.subtype == "OPEN":
            return Constant(self._array())
        raise UnknownError(token.value)

    def _close(self, kind: str) -> None:
        token = self._next()
        if token.type != kind or token.subtype != "CLOSE":
            raise UnknownError(token.value)

    def _call(self, opening: str) -> Node:
        name = opening[:-1].upper()
        if ":" in name:
            raise UnknownError(opening)
        name = name.rpartition("!")[2].lstrip("@")
        for prefix in _ADD_INS:
            name = name.removeprefix(prefix)
        arguments: list[Node | None] = []
        while True:
            token = self._peek()
            closing = token is not None and token.type == "FUNC" and token.subtype == "CLOSE"
            if closing or (token is not None and token.type == "SEP"):
                arguments.append(None)
            else:
                arguments.append(self.expression(0))
            token = self._next()
            if token.type == "FUNC" and token.subtype == "CLOSE":
                return Call(name, () if arguments == [None] else tuple(arguments))
            if token.type != "SEP":
                raise UnknownError(token.value)

    def _array(self) -> Array:
        rows: Array = [[]]
        sign = 1.0
        while (token := self._next()) and not (token.type == "ARRAY" and token.subtype == "CLOSE"):
            if token.type == "SEP" and token.subtype == "ROW":
                rows.append([])
            elif token.type == "OPERATOR-PREFIX":
                sign = -1.0 if token.value == "-" else 1.0
            elif token.type == "OPERAND":
                value = _literal(token)
                rows[-1].append(sign * value if isinstance(value, float) else value)
                sign = 1.0
            elif token.type != "SEP":
                raise UnknownError(token.value)
        if not rows[0] or len({len(row) for row in rows}) > 1:
            raise UnknownError("array")
        return rows


def _literal(token: Token) -> Scalar:
    if token.subtype == "TEXT":
        return token.value[1:-1].replace('""', '"')
    if token.subtype == "NUMBER":
        return float(token.value)
    if token.subtype == "LOGICAL":
        return token.value.upper() == "TRUE"
    if token.subtype == "ERROR":
        return Error(token.value.upper())
    raise UnknownError(token.value)
