"""A checker of formulas under Excel's order of types (number < text < FALSE < TRUE), which most programs that run here hide.

A formula is read into a tree, and each part gets the types that it may have: number, text, boolean. Faults are: a condition that
meets a number in a comparison, or stands alone where numbers are added or looked up; a cell that is compared with a number, or
calculated with, where nothing makes sure that it holds one. What makes sure: ``IF(ISNUMBER(x),...)`` for all, and
``ISNUMBER(x)*(...)`` or ``(x<"")*(...)`` for comparisons beside it, because a text compared is no error and the product is 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kpi_xl.ooxml.formulas import Token, read_tokens

NUMBER, TEXT, BOOLEAN = "number", "text", "boolean"
Types = frozenset[str]
N, T, B = frozenset({NUMBER}), frozenset({TEXT}), frozenset({BOOLEAN})
CELL = N | T | B

_RESULTS: dict[str, Types] = {
    **dict.fromkeys(
        """SUM SUMPRODUCT COUNT COUNTA COUNTIF COUNTIFS SUMIF MAX MIN AVERAGE LARGE ROUND ROUNDUP ABS INT LEN ROW ROWS COLUMN
        COLUMNS MATCH FIND""".split(),  # noqa: SIM905 - a list of strings would take ten lines
        N,
    ),
    **dict.fromkeys(("ISNUMBER", "AND", "OR", "NOT", "ISERROR", "ISLOGICAL"), B),
    **dict.fromkeys(("LEFT", "MID", "TRIM", "LOWER", "SUBSTITUTE", "CHAR", "T", "TEXT"), T),
    **dict.fromkeys(("LOOKUP", "INDEX"), N | T),
}
VOCABULARY = frozenset({*_RESULTS, "IF", "IFERROR"})
"""The functions that native formulas may use, all known to Excel 2013; not ``N``: of a blank it is an error in Gnumeric."""
ADD_UP = frozenset({"SUM", "SUMPRODUCT", "COUNT", "MAX", "MIN", "AVERAGE", "LARGE", "LOOKUP", "MATCH", "ROUND", "ABS"})
"""In these a lone condition is left out, counted as nothing, or no number that could be found."""
COLLAPSE = frozenset({"SUM", "SUMPRODUCT", "COUNT", "MAX", "MIN", "AVERAGE", "AND", "OR", "MATCH", "INDEX", "LARGE"})
"""These make one result of several cells."""
_ORDER = {"=": 1, "<>": 1, "<": 1, ">": 1, "<=": 1, ">=": 1, "&": 2, "+": 3, "-": 3, "*": 4, "/": 4, "^": 5}
_COMPARES = frozenset({"=", "<>", "<", ">", "<=", ">="})


@dataclass(frozen=True)
class Node:
    """A part of a formula. `kind`: number, text, boolean, cell, call, operation, sign; `value`: as it is written, or its name."""

    kind: str
    value: str
    parts: tuple[Node, ...] = ()

    def __str__(self) -> str:
        inner = [str(part) for part in self.parts]
        if self.kind == "call":
            return f"{self.value}({','.join(inner)})"
        if self.kind == "operation":
            return f"({self.value.join(inner)})"
        return self.value + "".join(inner)

    def walk(self) -> Iterator[Node]:
        """Yield the part and all that it is made of."""
        yield self
        for part in self.parts:
            yield from part.walk()


def parse(formula: str) -> Node:
    """Read a formula (without ``=``) into a tree."""
    tokens = [token for token in read_tokens(formula) or () if token.type != "WHITE-SPACE"]
    reader = _Parser(tokens)
    node = reader.expression(0)
    assert reader.at == len(tokens), formula
    return node


class _Parser:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens, self.at = tokens, 0

    def expression(self, least: int) -> Node:
        left = self._operand()
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.type == "OPERATOR-POSTFIX":
                self.at, left = self.at + 1, Node("operation", "/", (left, Node(NUMBER, "100")))
                continue
            if token.type != "OPERATOR-INFIX" or _ORDER[token.value] <= least:
                break
            self.at += 1
            left = Node("operation", token.value, (left, self.expression(_ORDER[token.value])))
        return left

    def _operand(self) -> Node:
        token = self.tokens[self.at]
        self.at += 1
        if token.type == "OPERATOR-PREFIX":
            return Node("sign", token.value, (self._operand(),))
        if token.type == "PAREN":
            inner = self.expression(0)
            self.at += 1
            return inner
        if token.type == "FUNC":
            return Node("call", token.value.rstrip("(").upper(), tuple(self._arguments()))
        kinds = {"NUMBER": NUMBER, "TEXT": TEXT, "LOGICAL": BOOLEAN, "RANGE": "cell"}
        return Node(kinds[token.subtype], token.value)

    def _arguments(self) -> Iterator[Node]:
        while True:
            token = self.tokens[self.at]
            if token.type == "SEP":
                self.at += 1
            elif token.type == "FUNC" and token.subtype == "CLOSE":
                self.at += 1
                return
            else:
                yield self.expression(0)


@dataclass(frozen=True)
class Known:
    """What is known at a place: `numbers` hold numbers; `compared` do or the result does not count; `filled` are not blank so."""

    numbers: frozenset[str] = frozenset()
    compared: frozenset[str] = frozenset()
    filled: frozenset[str] = frozenset()
    caught: bool = False


@dataclass
class Checker:
    """Collects the faults of formulas. `standard`: the sheet whose single cells are numbers, as the scheme's checks make sure.

    `sheet`: what stands in the cells of the sheet: formulas (text that begins with ``=``), texts, numbers; others may hold all.
    """

    standard: str = "评级标准"
    sheet: Mapping[str, object] = field(default_factory=dict)
    found: dict[str, Types] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def check(self, formula: str, filled: frozenset[str] = frozenset()) -> list[str]:
        """Return the faults of a formula (without ``=``); `filled`: cells that are known not to be blank."""
        self.faults = []
        tree = parse(formula)
        self._types(tree, Known(filled=filled))
        unknown = {node.value for node in tree.walk() if node.kind == "call"} - VOCABULARY
        self.faults += [f"{name} is no function of Excel 2013 that is used here" for name in sorted(unknown)]
        self.faults += [
            "a text of more than 255 characters" for node in tree.walk() if node.kind == TEXT and len(node.value) > 257
        ]
        if len(formula) > 8192 or _depth(tree) > 64:
            self.faults.append("longer than 8192 characters, or nested more than 64 levels")
        return self.faults

    def _types(self, node: Node, known: Known) -> Types:
        if node.kind in (NUMBER, TEXT, BOOLEAN):
            return N if str(node) in known.numbers else frozenset({node.kind})
        if node.kind == "cell":
            numeric = str(node) in known.numbers or (node.value.startswith(f"{self.standard}!") and ":" not in node.value)
            return N if numeric else self._cell(node.value.replace("$", ""))
        if node.kind == "sign":
            return self._calculated(node.parts, known)
        if node.kind == "operation":
            return self._operation(node, known)
        found = self._call(node, known)
        of_scheme = node.value == "INDEX" and node.parts[0].value.startswith(f"{self.standard}!")
        return N if str(node) in known.numbers or of_scheme else found

    def _cell(self, address: str) -> Types:
        """What a cell of the sheet may hold; a formula's result, where the formula is known."""
        if address not in self.found:
            self.found[address] = CELL
            content = self.sheet.get(address)
            if isinstance(content, str) and content.startswith("="):
                self.found[address] = replace(self, faults=[])._types(parse(content[1:]), Known())
            elif content is not None:
                self.found[address] = T if isinstance(content, str) else N
        return self.found[address]

    def _operation(self, node: Node, known: Known) -> Types:
        if node.value in _COMPARES:
            return self._compared(node, known)
        if node.value == "&":
            for part in node.parts:
                self._types(part, known)
            return T
        if node.value == "*":
            factors = list(_factors(node))
            return self._calculated(factors, _beside(factors, known))
        return self._calculated(node.parts, known)

    def _calculated(self, parts: Sequence[Node], known: Known) -> Types:
        for part in parts:
            if TEXT in self._types(part, known) and not known.caught:
                self.faults.append(f"may calculate with a text: {part}")
        return N

    def _compared(self, node: Node, known: Known) -> Types:
        for one, other in (node.parts, node.parts[::-1]):
            mine, others = self._types(one, known), self._types(other, known)
            if one.kind != "cell" and BOOLEAN in mine and NUMBER in others:
                both_cell = other.kind == "cell" and node.value in ("=", "<>") and one.kind == BOOLEAN
                if not both_cell:
                    self.faults.append(f"a condition meets a number: {node}")
            sure = str(one) in known.numbers | known.compared
            if others == N and mine - N and not sure:
                ordered = node.value not in ("=", "<>")
                zero = other.value == "0" and one.kind == "cell" and str(one) not in known.filled
                if ordered or zero:
                    self.faults.append(f"a cell that may hold no number is compared with one: {node}")
        return B

    def _call(self, node: Node, known: Known) -> Types:
        name, parts = node.value, node.parts
        if name == "IF":
            return self._choice(parts, known)
        if name == "IFERROR":
            return self._types(parts[0], replace(known, caught=True)) | self._types(parts[1], known)
        if name == "SUMPRODUCT":
            choices = (choice for choice in node.walk() if choice.value in ("IF", "IFERROR") and any(map(_several, choice.parts)))
            self.faults += [f"a choice over several cells, which Excel before 365 takes for one: {choice}" for choice in choices]
        inner = _beside(parts, known) if name == "AND" else known
        for part in parts:
            types = self._types(part, inner)
            if name in ADD_UP and BOOLEAN in types and part.kind != "cell":
                self.faults.append(f"a condition alone in {name}: {part}")
        return _RESULTS.get(name, CELL)

    def _choice(self, parts: Sequence[Node], known: Known) -> Types:
        if TEXT in self._types(parts[0], known) and parts[0].kind != "cell":
            self.faults.append(f"a text as a condition: {parts[0]}")
        yes, no = _proven(parts[0], True), _proven(parts[0], False)
        found = self._types(parts[1], replace(known, numbers=known.numbers | yes))
        return found | (self._types(parts[2], replace(known, numbers=known.numbers | no)) if len(parts) > 2 else B)


def _several(node: Node) -> bool:
    """Tell whether a part has a value for each of several cells."""
    if node.kind == "call" and node.value in (*COLLAPSE, "COUNTIF", "COUNTIFS", "SUMIF", "COUNTA", "ROWS", "COLUMNS"):
        return False
    return (node.kind == "cell" and ":" in node.value) or any(map(_several, node.parts))


def _factors(node: Node) -> Iterator[Node]:
    for part in node.parts:
        yield from _factors(part) if part.kind == "operation" and part.value == "*" else (part,)


def _beside(factors: Sequence[Node], known: Known) -> Known:
    """What counts for comparisons beside tests: where the tests fail, the product is 0 and the AND is FALSE anyway."""
    numbers = {key for factor in factors for key in _proven(factor, True)}
    at_most = {
        str(f.parts[0]) for f in factors if f.value in ("<", "<=") and f.parts[1].kind == NUMBER
    }  # no text, no condition is
    at_least = {str(f.parts[0]) for f in factors if f.value in (">", ">=") and f.parts[1].kind == NUMBER}
    numbers |= at_most & at_least
    filled = {str(f.parts[0].parts[0]) for f in factors if re.fullmatch(r'\(\((.+)&""\)<>""\)', str(f))}
    return replace(known, compared=known.compared | numbers, filled=known.filled | filled)


def _proven(condition: Node, holds: bool) -> frozenset[str]:
    """Return what holds a number when a condition is met (`holds`) or not met."""
    parts, empty = condition.parts, frozenset[str]()
    if condition.kind == "call" and condition.value == "ISNUMBER" and holds:
        return frozenset({str(parts[0])})
    if condition.kind == "call" and condition.value == "AND" and holds:
        return empty.union(*(_proven(part, True) for part in parts))
    if condition.kind != "operation":
        return empty
    if condition.value == "*" and holds:
        return empty.union(*(_proven(factor, True) for factor in _factors(condition)))
    if condition.value == "<" and str(parts[1]) == '""' and holds:
        return frozenset({str(parts[0])})
    if (
        condition.value in (">", "=")
        and parts[1].value in ("0", "1")
        and (condition.value, parts[1].value) != ("=", "0")
        and holds
    ):
        return _proven(parts[0], True)  # a product above 0, or 1
    counted = parts[0].parts if parts[0].kind == "call" and parts[0].value == "COUNT" else ()
    single = all(part.kind == "cell" and ":" not in part.value for part in counted)
    if counted and single and condition.value == ("=" if holds else "<") and parts[1].value == str(len(counted)):
        return frozenset(map(str, counted))
    return empty


def _depth(node: Node) -> int:
    return (node.kind == "call") + max((_depth(part) for part in node.parts), default=0)


def collapsed(formula: str, cells: str) -> list[str]:
    """Return the functions that would make one result of several cells, which are to have a result each."""
    return [
        str(node)
        for node in parse(formula).walk()
        if node.kind == "call" and node.value in COLLAPSE and any(cells in str(part) for part in node.parts)
    ]
