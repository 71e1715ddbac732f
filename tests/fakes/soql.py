"""As much of SOQL as connectors send, read strictly: SELECT, FROM, WHERE with AND, OR, IN and comparisons, ORDER BY, LIMIT (the SOQL and SOSL Reference)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Row = Mapping[str, Any]
Test = Callable[[Row], bool]
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<time>\d{4}-\d\d-\d\dT[\d:.]+Z)|(?P<word>[A-Za-z][\w.]*)|(?P<number>-?\d+)|(?P<sign><=|>=|!=|[=<>(),]))""",
    re.VERBOSE,
)
_UNESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


class SoqlError(Exception):
    """A query that Salesforce would refuse as MALFORMED_QUERY."""


@dataclass(frozen=True)
class Query:
    """A query: what it asks for ([] for COUNT()), of which object, of which rows, in which order. `named` are all fields that it uses."""

    fields: list[str]
    object_type: str
    fits: Test
    order: list[str]
    limit: int | None
    named: frozenset[str]


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        place = 0
        while place < len(text.rstrip()):
            found = _TOKEN.match(text, place)
            if found is None:
                raise SoqlError(f"unexpected at {place}")
            self._tokens.append((str(found.lastgroup), str(found[found.lastgroup or 0])))
            place = found.end()
        self._place = 0
        self.named: set[str] = set()

    def peek(self) -> str:
        return self._tokens[self._place][1] if self._place < len(self._tokens) else ""

    def take(self, *wanted: str) -> str:
        if self._place >= len(self._tokens):
            raise SoqlError("unexpected end")
        told = self._tokens[self._place][1]
        if wanted and told.upper() not in wanted:
            raise SoqlError(f"expected {wanted}, not {told}")
        self._place += 1
        return told

    def field(self) -> str:
        kind, told = self._tokens[self._place] if self._place < len(self._tokens) else ("", "")
        if kind != "word":
            raise SoqlError(f"{told} is no field")
        self._place += 1
        self.named.add(told)
        return told

    def fields(self) -> list[str]:
        found = [self.field()]
        while self.peek() == ",":
            self.take()
            found.append(self.field())
        return found

    def literal(self) -> Any:
        kind, told = self._tokens[self._place]
        self._place += 1
        if kind == "text":
            return re.sub(r"\\(.)", lambda one: _UNESCAPED.get(one[1], one[1]), told[1:-1])
        if kind == "time":
            return datetime.fromisoformat(told).astimezone(UTC).timestamp()
        if kind == "number":
            return int(told)
        if kind == "word" and told.lower() in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[told.lower()]
        raise SoqlError(f"{told} is no value")

    def any_of(self) -> Test:
        tests = [self.all_of()]
        while self.peek().upper() == "OR":
            self.take()
            tests.append(self.all_of())
        return lambda row: any(test(row) for test in tests)

    def all_of(self) -> Test:
        tests = [self.one()]
        while self.peek().upper() == "AND":
            self.take()
            tests.append(self.one())
        return lambda row: all(test(row) for test in tests)

    def one(self) -> Test:
        if self.peek() == "(":
            self.take()
            inner = self.any_of()
            self.take(")")
            return inner
        name = self.field()
        sign = self.take("=", "!=", "<", ">", "<=", ">=", "IN").upper()
        if sign == "IN":
            self.take("(")
            values = [self.literal()]
            while self.peek() == ",":
                self.take()
                values.append(self.literal())
            self.take(")")
            return lambda row: row.get(name) in values
        value = self.literal()
        return lambda row: _compared(row.get(name), sign, value)


def _compared(left: Any, sign: str, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str) and sign in ("=", "!="):
        # Texts are compared without regard to case.
        left, right = left.casefold(), right.casefold()
    if sign == "=":
        return bool(left == right)
    if sign == "!=":
        return bool(left != right)
    if left is None or right is None:
        return False
    return bool({"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[sign])


def parsed(text: str) -> Query:
    """Read a query. Raises SoqlError."""
    reader = _Reader(text)
    reader.take("SELECT")
    if reader.peek().upper() == "COUNT":
        for one in ("COUNT", "(", ")"):
            reader.take(one)
        fields: list[str] = []
    else:
        fields = reader.fields()
    if len(set(fields)) != len(fields):
        raise SoqlError("duplicate field selected")
    reader.take("FROM")
    object_type = reader.take()
    fits: Test = lambda _row: True  # noqa: E731
    order: list[str] = []
    limit: int | None = None
    if reader.peek().upper() == "WHERE":
        reader.take()
        fits = reader.any_of()
    if reader.peek().upper() == "ORDER":
        reader.take()
        reader.take("BY")
        order = reader.fields()
    if reader.peek().upper() == "LIMIT":
        reader.take()
        limit = int(reader.literal())
    if reader.peek():
        raise SoqlError(f"unexpected {reader.peek()}")
    return Query(fields, object_type, fits, order, limit, frozenset(reader.named))
