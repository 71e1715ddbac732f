"""What the answers must be, computed from the rows of the export alone, in plain Python."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from agents.answer import Answer
from tests.agents.structured.crm import STATUS, Crm

Row = dict[str, Any]
Value = Decimal | int | str | None
CENT = Decimal("0.01")


def deals(crm: Crm, **wanted: Any) -> list[Row]:
    """Return the deals that fulfil every condition: values, sets of values, or functions of the row's value."""
    return [row for row in crm.deals if all(_fits(attribute(crm, row, key), value) for key, value in wanted.items())]


def _fits(value: Any, wanted: Any) -> bool:
    if callable(wanted):
        return bool(value is not None and wanted(value))
    return value in wanted if isinstance(wanted, set | frozenset) else value == wanted


def attribute(crm: Crm, row: Row, key: str) -> Any:
    """Return a deal's own column, or one of its account, product or agent."""
    if key == "status":
        return STATUS[row["deal_stage"]]
    if key == "cycle":
        return (
            None
            if row["close_date"] is None or row["engage_date"] is None
            else (row["close_date"] - row["engage_date"]).days
        )
    if key in row and key != "product":
        return row[key]
    if key == "product":
        return row["listed"]
    if key in ("series", "price"):
        return crm.products[row["listed"]][key]
    if key in ("manager", "region"):
        return crm.people[row["sales_agent"]][key]
    if key == "month":
        return None if row["close_date"] is None else f"{row['close_date']:%Y-%m}"
    if key == "quarter":
        return None if row["close_date"] is None else f"Q{(row['close_date'].month + 2) // 3} {row['close_date'].year}"
    if key == "year":
        return None if row["close_date"] is None else str(row["close_date"].year)
    account = crm.accounts.get(row["account"]) if row["account"] else None
    return None if account is None else account[key]


def total(rows: Iterable[Row]) -> Decimal:
    return sum((row["close_value"] for row in rows if row["close_value"] is not None), Decimal(0)).quantize(CENT)


def half_up(value: Decimal) -> Decimal:
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def mean(values: Iterable[Any]) -> Decimal | None:
    known = [Decimal(value) for value in values if value is not None]
    return half_up(sum(known, Decimal(0)) / len(known)) if known else None


def middle(values: Iterable[Any]) -> Decimal | None:
    known = [Decimal(value) for value in values if value is not None]
    return half_up(statistics.median(known)) if known else None


def percent(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    return half_up(Decimal(part) * 100 / Decimal(whole)) if whole else None


def rate(crm: Crm, rows: Iterable[Row]) -> Decimal | None:
    statuses = [attribute(crm, row, "status") for row in rows]
    return percent(statuses.count("won"), statuses.count("won") + statuses.count("lost"))


def by(crm: Crm, rows: Iterable[Row], key: str, measure: Callable[[list[Row]], Value]) -> dict[str, Value]:
    """Group rows and measure each group; groups without a name carry an empty one."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        name = attribute(crm, row, key)
        groups.setdefault("" if name is None else str(name), []).append(row)
    return {name: measure(members) for name, members in groups.items()}


def within(first: date, last: date) -> Callable[[date], bool]:
    return lambda day: first <= day <= last


def year(number: int) -> Callable[[date], bool]:
    return lambda day: day.year == number


def quarter(number: int, of: int) -> Callable[[date], bool]:
    return lambda day: day.year == of and (day.month + 2) // 3 == number


def month(number: int, of: int) -> Callable[[date], bool]:
    return lambda day: day.year == of and day.month == number


@dataclass(frozen=True)
class First:
    """The first figure has this value."""

    value: Callable[[Crm], Value]

    def check(self, answer: Answer, crm: Crm) -> None:
        assert answer.kind == "structured"
        assert _plain(answer.figures[0].value) == _plain(self.value(crm))


@dataclass(frozen=True)
class Figures:
    """Figures with these keys (or labels) have these values."""

    values: Callable[[Crm], dict[str, Value]]

    def check(self, answer: Answer, crm: Crm) -> None:
        assert answer.kind == "structured"
        found = {one.key: _plain(one.value) for one in reversed(answer.figures)}
        labelled = {one.label: _plain(one.value) for one in reversed(answer.figures) if one.label}
        for key, value in self.values(crm).items():
            assert (found | labelled).get(key) == _plain(value), key


@dataclass(frozen=True)
class Groups:
    """The table has exactly these groups, each with this first measure."""

    values: Callable[[Crm], dict[str, Value]]
    column: int = 1

    def check(self, answer: Answer, crm: Crm) -> None:
        assert answer.kind == "structured"
        assert answer.table is not None
        key = answer.table.columns[self.column].key
        found = {
            ("" if str(row["group"]).startswith("(no ") else str(row["group"])): _plain(row[key])
            for row in answer.table.rows
        }
        assert found == {name: _plain(value) for name, value in self.values(crm).items()}


@dataclass(frozen=True)
class Top:
    """The table holds the first `count` of these groups, ties included, in order."""

    values: Callable[[Crm], dict[str, Value]]
    count: int = 1
    lowest: bool = False

    def check(self, answer: Answer, crm: Crm) -> None:
        assert answer.kind == "structured"
        assert answer.table is not None
        known = {name: value for name, value in self.values(crm).items() if value is not None and name}
        ranked = sorted(known.items(), key=lambda one: Decimal(one[1]), reverse=not self.lowest)
        last = ranked[self.count - 1][1]
        kept = {name: _plain(value) for at, (name, value) in enumerate(ranked) if at < self.count or value == last}
        key = answer.table.columns[1].key
        assert {str(row["group"]): _plain(row[key]) for row in answer.table.rows} == kept
        shown = [Decimal(str(row[key])) for row in answer.table.rows]
        assert shown == sorted(shown, reverse=not self.lowest)


@dataclass(frozen=True)
class Records:
    """The table lists exactly these records, by the id they were imported with (accounts, people and products by name)."""

    ids: Callable[[Crm], Iterable[str]]
    column: str = "record_id"
    ordered: bool = False

    def check(self, answer: Answer, crm: Crm) -> None:
        assert answer.kind == "structured"
        assert answer.table is not None
        found = [str(row[self.column]) for row in answer.table.rows]
        wanted = list(self.ids(crm))
        assert (found == wanted) if self.ordered else (sorted(found) == sorted(wanted))


@dataclass(frozen=True)
class Cell:
    """The first row's cell has this value."""

    column: str
    value: Callable[[Crm], Any]

    def check(self, answer: Answer, crm: Crm) -> None:
        assert answer.table is not None
        assert len(answer.table.rows) == 1
        assert _plain(answer.table.rows[0][self.column]) == _plain(self.value(crm))


@dataclass(frozen=True)
class NoFigure:
    """A question back, or the word that it is not there: never a number. `words` must be named."""

    words: tuple[str, ...] = ()

    def check(self, answer: Answer, crm: Crm) -> None:
        assert answer.kind in ("clarify", "not_found")
        assert not answer.figures
        for word in self.words:
            assert word.lower() in (answer.headline + " ".join(answer.unknown_words)).lower()


Check = First | Figures | Groups | Top | Records | Cell | NoFigure


def _plain(value: Any) -> Any:
    return (
        value.normalize()
        if isinstance(value, Decimal)
        else Decimal(value).normalize()
        if isinstance(value, int) and not isinstance(value, bool)
        else value
    )
