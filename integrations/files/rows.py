"""From a table's typed cells to rows of one kind, with what a kind needs filled in from its other columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from integrations.files.decoding import clean
from integrations.files.options import Hints
from integrations.files.typed import STRICT, Column, UnreadableCell
from sales.amounts import currency_code, is_empty
from sales.columns import REFERENCES
from sales.dates import quarter_label
from sales.names import person_key, split_display_name
from sales.records import Origin, RecordKind, Reject, Row

_TOTALS = re.compile(
    r"(grand )?(sub)?(totals?|summar(y|ies)|sums?|count|average|gesamt|summe|insgesamt|total general)\b.*",
    re.IGNORECASE,
)
_FOOTERS = re.compile(
    r"(confidential information|copyright|\(c\) |©|generated (by|on|at)|exported (by|on|at|from)|report generated|as of )",
    re.IGNORECASE,
)
_LABELS = {
    RecordKind.ACCOUNT: "an account needs a name",
    RecordKind.CONTACT: "a contact needs a name or a mail address",
    RecordKind.USER: "a user needs a name or a mail address",
    RecordKind.LEAD: "a lead needs a name, a mail address, a company or an id",
    RecordKind.DEAL: "a deal needs an id, a name or an account",
    RecordKind.PRODUCT: "a product needs a name",
    RecordKind.TERRITORY: "a territory needs a name",
    RecordKind.TARGET: "a target needs a person or team, a quarter and an amount",
    RecordKind.ACTIVITY: "an activity needs a date, a subject or a text",
    RecordKind.CHANGE: "a change needs a deal, a date and a new or an old value",
}


@dataclass
class _Managers:
    """Managers named by a users table, and who has a row of their own."""

    named: dict[str, tuple[str, Origin, str | None, str | None]] = field(default_factory=dict)
    present: set[str] = field(default_factory=set)


class RowMaker:
    """Makes the rows of one table; call `make` for each line in order, then `rest` once."""

    def __init__(self, kind: RecordKind, columns: Sequence[Column], hints: Hints, currency: str | None) -> None:
        """Bind the table's kind and settled columns. `currency` is that of amounts that name none."""
        self.kind = kind
        self._columns = columns
        self._currency = currency or hints.currency
        self._managers = _Managers()
        self._keys = {column.key for column in columns}

    def make(self, cells: Sequence[str], origin: Origin, raw: str) -> Row | Reject | None:
        """One line as a row, or as a reject with its reason; None for a line of empty cells."""
        filled = [cell for cell in cells if not is_empty(cell)]
        if not filled:
            return None
        if _FOOTERS.match(filled[0]) and len(filled) <= 2:
            return Reject(origin, "This line is a note of the report, not a record.", raw)
        if _TOTALS.fullmatch(filled[0]) and len(filled) <= max(2, len(cells) // 2):
            return Reject(origin, "This line is a total, not a record.", raw)
        values: dict[str, object] = {}
        custom: dict[str, str | Decimal | date | bool] = {}
        flags: dict[str, bool] = {}
        try:
            for column, cell in zip(self._columns, cells, strict=False):
                if column.type != "left out" and not is_empty(cell):
                    self._take(column, cell, values, custom, flags)
        except UnreadableCell as fault:
            return Reject(origin, f"{fault}.", raw)
        self._complete(values, custom, flags)
        if (missing := self._missing(values)) is not None:
            return Reject(origin, f"Nothing to keep this line by: {missing}.", raw)
        if self.kind is RecordKind.USER:
            self._note_manager(values, origin)
        return Row(self.kind, origin, values, custom)

    def _take(
        self,
        column: Column,
        cell: str,
        values: dict[str, object],
        custom: dict[str, str | Decimal | date | bool],
        flags: dict[str, bool],
    ) -> None:
        key = column.key
        if key is None:
            custom[column.label] = column.custom(cell)
            return
        if column.guess.spare:
            custom[column.label] = clean(cell)
            values.setdefault(f"spare {key}", clean(cell))
            return
        try:
            value, currency = column.value(cell)
        except UnreadableCell:
            if key in STRICT.get(self.kind, ()):
                raise
            custom[column.label] = clean(cell)
            return
        if key in ("is_won", "is_lost", "is_closed"):
            flags[key] = bool(value)
            custom[column.label] = bool(value)
        elif value not in ("", []):
            values[key] = value
            if currency is not None:
                values.setdefault("beside currency", currency)

    def _complete(
        self, values: dict[str, object], custom: dict[str, str | Decimal | date | bool], flags: dict[str, bool]
    ) -> None:
        for key in REFERENCES:
            if (spare := values.pop(f"spare {key}", None)) is not None:
                values.setdefault(key, spare)
        self._currencies(values)
        if flags and "status" not in self._keys:
            self._status(values, flags)
        if self.kind in (RecordKind.CONTACT, RecordKind.USER, RecordKind.LEAD):
            self._name(values)
        if self.kind is RecordKind.USER and "region" in values and "team" not in self._keys:
            values["team"] = values["region"]
        if self.kind is RecordKind.CHANGE and "field" not in self._keys:
            values["field"] = "stage"
        if self.kind is RecordKind.TARGET and isinstance(values.get("quarter"), str):
            values["quarter"] = quarter_label(str(values["quarter"]))

    def _currencies(self, values: dict[str, object]) -> None:
        """The currency of an amount: its own column's, else what stands beside it, else the default."""
        beside = values.pop("beside currency", None)
        if "amount" not in values and "price" not in values:
            return
        written = values.get("currency")
        code = currency_code(written) if isinstance(written, str) else None
        if found := code or written or beside or self._currency:
            values["currency"] = found

    @staticmethod
    def _status(values: dict[str, object], flags: dict[str, bool]) -> None:
        """The status that a CRM's own won, lost and closed marks tell, where the table has none."""
        if flags.get("is_won"):
            values["status"] = "Won"
        elif flags.get("is_lost") or (flags.get("is_closed") and "is_won" in flags):
            values["status"] = "Lost"
        elif "is_closed" in flags:
            values["status"] = "Closed" if flags["is_closed"] else "Open"
        elif {"is_won", "is_lost"} <= set(flags):
            values["status"] = "Open"

    @staticmethod
    def _name(values: dict[str, object]) -> None:
        if "name" not in values:
            joined = " ".join(str(values[key]) for key in ("first_name", "last_name") if key in values)
            name = joined or values.get("email") or values.get("company") or values.get("external_id")
            if name:
                values["name"] = name
        elif "first_name" in values and "last_name" not in values and " " not in str(values["name"]):
            values["last_name"], values["name"] = values["name"], f"{values['first_name']} {values['name']}"

    def _missing(self, values: dict[str, object]) -> str | None:
        have = set(values)
        match self.kind:
            case RecordKind.DEAL:
                good = bool(have & {"external_id", "name", "account"})
            case RecordKind.TARGET:
                good = {"owner", "quarter", "amount"} <= have
            case RecordKind.ACTIVITY:
                good = bool(have & {"at", "due_at", "ended_at", "subject", "body"})
            case RecordKind.CHANGE:
                good = {"deal", "field", "at"} <= have and bool(have & {"old", "new"})
            case _:
                good = "name" in have
        return None if good else _LABELS[self.kind]

    def _note_manager(self, values: dict[str, object], origin: Origin) -> None:
        for key in ("name", "email", "external_id"):
            if key in values:
                self._managers.present.add(person_key(str(values[key])))
        manager = values.get("manager")
        if isinstance(manager, str) and ("@" in manager or not re.search(r"\d", manager)):
            team, region = values.get("team"), values.get("region")
            known = self._managers.named.get(person_key(manager))
            if known is None:
                self._managers.named[person_key(manager)] = manager, origin, _text(team), _text(region)
            elif known[2] != team or known[3] != region:
                self._managers.named[person_key(manager)] = (
                    manager, known[1], known[2] if known[2] == team else None, known[3] if known[3] == region else None,
                )  # fmt: skip

    def rest(self) -> Iterator[Row]:
        """What a users table says beyond its lines: a user for each manager that has no line of their own, role `manager`.

        A manager who has a line, in a table without roles, comes once more with the role alone.
        """
        for key, (manager, origin, team, region) in self._managers.named.items():
            listed = key in self._managers.present
            if listed and "role" in self._keys:
                continue
            values: dict[str, object] = {"name": split_display_name(manager).name, "role": "manager"}
            if "@" in manager:
                values = {"name": manager, "email": manager, "role": "manager"}
            if not listed:
                values |= {k: v for k, v in (("team", team), ("region", region)) if v is not None}
            yield Row(RecordKind.USER, origin, values)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
