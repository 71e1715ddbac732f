"""From cells of text to typed values, each column by one rule that all of its values decided."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal

from integrations.files.decoding import clean
from integrations.files.options import ColumnMap, Hints
from sales.amounts import Mark, NumberRule, NumberVotes, is_empty, parse_amount
from sales.columns import ColumnGuess, TableGuess, boolean, header_currency, header_zone, normal
from sales.dates import DateRule, DateVotes, as_date, as_datetime, parse_date, zone_named
from sales.fields import FIELDS
from sales.names import word_set
from sales.records import RecordKind

Value = str | Decimal | int | date | datetime | bool | list[str]

STRICT: dict[RecordKind, frozenset[str]] = {
    RecordKind.DEAL: frozenset({"amount", "close_date", "closed_at", "created_at"}),
    RecordKind.PRODUCT: frozenset({"price"}),
    RecordKind.TARGET: frozenset({"amount"}),
    RecordKind.ACTIVITY: frozenset({"at"}),
    RecordKind.CHANGE: frozenset({"at"}),
    RecordKind.LEAD: frozenset({"created_at", "first_touch_at"}),
}
"""Fields that figures are made of: a row whose value can't be read there is kept aside rather than taken in with a hole."""

_WORDS_FOR_BOOL = word_set("true false yes no y n ja nein oui non si sí wahr falsch vrai faux")
_ID_LIKE = re.compile(
    r"(^| )(id|ids|code|zip|postal|postcode|plz|phone|fax|mobile|tel|number|no|nr|sku|vat|ssn|account number)( |$)"
)


class UnreadableCell(ValueError):
    """A cell that its column's rule can't read; its text says so to a person, without the row's other values."""


@dataclass
class Column:
    """One column with what its values said, and then its rule."""

    guess: ColumnGuess
    label: str
    type: str
    dates: DateVotes = field(default_factory=DateVotes)
    numbers: NumberVotes = field(default_factory=NumberVotes)
    filled: int = 0
    bools: int = 0
    could_be: set[str] = field(default_factory=lambda: {"date", "number", "bool"})
    date_rule: DateRule = field(default_factory=DateRule)
    number_rule: NumberRule = field(default_factory=NumberRule)
    zone: tzinfo | None = None
    currency: str | None = None
    fraction: bool = False
    samples: list[str] = field(default_factory=list)

    @property
    def key(self) -> str | None:
        """The field it fills, or None for a column that is kept under its header."""
        return None if self.type.startswith("custom") else self.guess.field

    def observe(self, cell: str) -> None:
        """Take one cell into account."""
        if is_empty(cell):
            return
        self.filled += 1
        if len(self.samples) < 3 and cell not in self.samples:
            self.samples.append(cell[:80])
        if self.type in ("date", "datetime"):
            self.dates.add(cell)
        elif self.type in ("money", "number", "integer", "percent"):
            self.numbers.add(cell)
        elif self.type == "custom":
            self._observe_custom(cell)

    def _observe_custom(self, cell: str) -> None:
        if "bool" in self.could_be and cell.casefold() not in _WORDS_FOR_BOOL:
            self.could_be.discard("bool")
        if "number" in self.could_be:
            seen = self.numbers.numbers
            self.numbers.add(cell)
            if self.numbers.numbers == seen or re.match(r"[+-]?0\d", cell):
                self.could_be.discard("number")
        if "date" in self.could_be:
            known = self.dates.dates
            self.dates.add(cell)
            if self.dates.dates == known:
                self.could_be.discard("date")

    def settle(self, hints: Hints, overrides: ColumnMap, mark: Mark | None) -> None:
        """Fix the rule, after all cells were observed."""
        if self.type == "custom":
            self.type = self._custom_type()
        elif (
            self.type in ("date", "datetime")
            and self.filled
            and self.dates.dates + self.dates.numeric < 0.5 * self.filled
        ) or (
            self.type in ("money", "number", "integer", "percent")
            and self.filled
            and self.numbers.numbers < 0.5 * self.filled
        ):
            self.type = "custom text"
        order = overrides.date_order or hints.date_order
        self.date_rule = self.dates.rule(order)
        if overrides.date_order and not self.date_rule.sure:
            self.date_rule = DateRule(overrides.date_order, sure=True, numbers=self.date_rule.numbers)
        self.number_rule = self.numbers.rule(money=self.type in ("money", "integer"), hint=overrides.decimal or mark)
        if overrides.decimal:
            self.number_rule = NumberRule(overrides.decimal, sure=True)
        if named := header_zone(self.guess.header):
            self.zone = zone_named(named)
        self.zone = self.zone or hints.zone
        self.currency = self.guess.currency or header_currency(self.guess.header)
        if self.currency is None and len(self.numbers.currencies) == 1:  # bare amounts among dollars are dollars
            self.currency = next(iter(self.numbers.currencies))
        self.fraction = self.type == "percent" and self.numbers.percents == 0 and self.numbers.largest <= 1

    def _custom_type(self) -> str:
        if not self.filled:
            return "custom text"
        if "bool" in self.could_be:
            return "custom bool"
        if "date" in self.could_be:
            return "custom date"
        if "number" in self.could_be and not _ID_LIKE.search(normal(self.guess.header)):
            return "custom number"
        return "custom text"

    def custom(self, cell: str) -> str | Decimal | date | bool:
        """A cell of a column that no field claims, in the column's own type; as text where it doesn't fit."""
        if self.type == "custom bool" and (flag := boolean(cell)) is not None:
            return flag
        if self.type == "custom number" and (amount := parse_amount(cell, self.number_rule)) is not None:
            return amount.value
        if (
            self.type == "custom date"
            and (day := parse_date(cell, self.date_rule, self.zone or Hints().zone)) is not None
        ):
            return day
        return clean(cell)

    def value(self, cell: str) -> tuple[Value, str | None]:
        """A cell of a field's column as (value, currency written beside it). Raises UnreadableCell."""
        if self.type in ("date", "datetime"):
            found = parse_date(cell, self.date_rule, self.zone or Hints().zone)
            if found is None:
                raise UnreadableCell(f"“{self.label}” is not a date that can be read as {_order(self.date_rule)}")
            return (as_date(found) if self.type == "date" else as_datetime(found, self.zone or Hints().zone)), None
        if self.type in ("money", "number", "integer", "percent"):
            return self._number(cell)
        if self.type == "bool":
            flag = boolean(cell)
            if flag is None:
                raise UnreadableCell(f"“{self.label}” is neither yes nor no")
            return flag, None
        if self.type == "list":
            return [
                clean(part.strip()) for part in re.split(r"[;|]|,(?!\s*(?:Inc|LLC|Ltd|Co)\b)", cell) if part.strip()
            ], None
        return clean(cell.removeprefix("mailto:") if self.type == "email" else cell), None

    def _number(self, cell: str) -> tuple[Value, str | None]:
        amount = parse_amount(cell, self.number_rule)
        if amount is None or (self.type == "money" and amount.percent):
            raise UnreadableCell(
                f"“{self.label}” is not a number that can be read with “{self.number_rule.decimal}” as its decimal mark"
            )
        if self.type == "integer":
            if amount.value != amount.value.to_integral_value():
                raise UnreadableCell(f"“{self.label}” is not a whole number")
            return int(amount.value), None
        if self.type == "percent" and self.fraction:
            return amount.value * 100, None
        return amount.value, (amount.currency or self.currency) if self.type == "money" else None

    def note(self) -> str | None:
        """What a person should know about how the column is read."""
        if self.type in ("date", "datetime", "custom date"):
            if self.dates.contradictory:
                return f"some dates are day first and some month first: read as {_order(self.date_rule)}, the others are kept aside"
            if self.dates.ambiguous:
                return f"the order of day and month is not certain: read as {_order(self.date_rule)}"
        if self.type in ("money", "number", "integer", "percent", "custom number") and self.numbers.ambiguous:
            return f"the decimal mark is not certain: read as “{self.number_rule.decimal}”"
        return "read as a share of 1, shown in percent" if self.fraction and self.filled else None


def _order(rule: DateRule) -> str:
    return "day/month/year" if rule.order == "DMY" else "month/day/year"


def columns_for(guess: TableGuess, labels: Sequence[str], overrides: ColumnMap) -> list[Column]:
    """The table's columns, ready to observe cells."""
    types = {f.key: f.type for f in FIELDS[guess.kind]} if guess.kind else {}
    columns = []
    for column, label in zip(guess.columns, labels, strict=True):
        type_: str = types.get(column.field or "", "custom")
        if column.field in ("is_won", "is_lost", "is_closed"):
            type_ = "bool"
        elif column.spare:
            type_ = "text"
        if overrides.columns.get(normal(column.header)) == "-":
            type_ = "left out"
        columns.append(Column(column, label, type_))
    return columns


def settle(columns: Sequence[Column], hints: Hints, overrides: ColumnMap, mark: Mark | None = None) -> None:
    """Fix all columns' rules together: a column whose decimal mark is open follows the others of its file."""
    marks = Counter(m for column in columns if (m := column.numbers.settled()) is not None)
    hint: Mark | None = marks.most_common(1)[0][0] if len(marks) == 1 else mark
    for column in columns:
        column.settle(hints, overrides, hint)
