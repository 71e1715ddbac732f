"""Lists and look-ups: every record that fits, with typed columns, and fields of named records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agents.answer import Answer, Cell, Column, Figure, Table
from agents.structured.aggregates import currency_column
from agents.structured.catalog import FIELDS, NAME_OF
from agents.structured.columns import Expression
from agents.structured.headlines import counted, sums, tail
from agents.structured.plan import Predicate
from agents.structured.trouble import Trouble, ask_back
from agents.structured.vocabulary import Vocabulary
from agents.structured.wording import Words, money, noun, plain

if TYPE_CHECKING:
    from agents.structured.runner import Statement

_COLUMNS: dict[str, tuple[str, ...]] = {
    "deal": ("deal.name", "account.name", "owner.name", "deal.amount", "deal.stage", "deal.close_date"),
    "account": ("account.name", "account.industry", "account.country", "account.employees", "account.parent"),
    "user": ("owner.name", "owner.team", "owner.manager", "owner.region"),
    "product": ("product.name", "product.family", "product.price"),
    "lead": ("lead.name", "lead.company", "lead.source", "lead.created", "lead.first_touch", "lead.status", "lead.next_action", "lead.next_action_date"),
    "contact": ("contact.name", "account.name", "contact.title", "contact.role"),
    "activity": ("activity.kind", "activity.at", "account.name", "owner.name"),
    "target": ("target.person", "target.team", "target.quarter", "target.amount"),
}  # fmt: skip
_TYPES: dict[str, Any] = {
    "text": "text",
    "name": "text",
    "money": "money",
    "number": "number",
    "integer": "integer",
    "percent": "percent",
    "date": "date",
    "days": "days",
    "bool": "bool",
}


class ListRunner:
    """Runs a plan of shape list or lookup."""

    def __init__(self, session: Session, statement: Statement, vocabulary: Vocabulary, words: Words) -> None:
        self.session = session
        self.statement = statement
        self.plan = statement.plan
        self.vocabulary = vocabulary
        self.words = words

    def _fields(self) -> list[str]:
        plan = self.plan
        name = NAME_OF.get(plan.subject, "")
        if plan.shape == "lookup":
            return list(dict.fromkeys([name, *plan.columns]))
        keys = [key for key in _COLUMNS[plan.subject] if key == name or self.vocabulary.filled.get(key, 1)]
        if plan.subject == "deal" and not self._open_only():
            keys = [*[key for key in keys if key != "deal.close_date"], "deal.status", "deal.closed"]
        extra = list(plan.columns) + ([plan.order.field] if plan.order and plan.order.field else [])
        extra += [
            one.field
            for one in plan.where
            if isinstance(one, Predicate) and one.op in ("gt", "ge", "lt", "le", "between")
        ]
        return list(dict.fromkeys([*keys, *extra]))

    def _open_only(self) -> bool:
        return any(
            isinstance(one, Predicate) and one.field == "deal.status" and one.op == "is" and one.values == ("open",)
            for one in self.plan.where
        )

    def answer(self) -> Answer:
        """Return every record that fits, in order, with the count and the sums first."""
        plan, columns = self.plan, self.statement.columns
        fields = self._fields()
        shown = [self._shown(key) for key in fields]
        currency = currency_column(plan.subject) if plan.subject in ("deal", "product", "target") else None
        extra = [currency] if currency is not None else []
        order = self._order()
        statement = select(columns.id, *extra, *shown).where(*self.statement.base())
        if plan.limit is not None and order:
            rank = func.rank().over(partition_by=self._apart(), order_by=[*self._by_value()]).label("place")
            inner = (
                select(columns.id.label("id"), rank)
                .select_from(self._source())
                .where(*self.statement.base(), self._order_key().is_not(None))
                .subquery()
            )
            statement = statement.select_from(self._source().join(inner, inner.c.id == columns.id)).where(
                inner.c.place <= plan.limit
            )
        else:
            statement = statement.select_from(self._source())
            if plan.limit is not None:
                statement = statement.limit(plan.limit)
        rows = list(self.session.execute(statement.order_by(*order, columns.id)))
        self._check_ties(rows)
        table = self._table(fields, rows, has_currency=currency is not None)
        headline = (
            self._lookup_headline(fields, table) if plan.shape == "lookup" else self._headline(table, len(rows), rows)
        )
        return Answer(
            kind="structured" if rows else "not_found" if plan.shape == "lookup" else "structured",
            headline=headline,
            table=table,
            figures=tuple(self._figures(fields, table, rows)),
        )

    def _check_ties(self, rows: list[Any]) -> None:
        """Stop where all records that could lead have the same value: none is the largest of many that are all nought."""
        plan = self.plan
        if plan.limit is None or plan.order is None or plan.order.field is None or len(rows) <= max(plan.limit, 1):
            return
        key = self._order_key()
        low, high, count = self.session.execute(
            select(func.min(key), func.max(key), func.count(key))
            .select_from(self._source())
            .where(*self.statement.base())
        ).one()
        if low == high and count == len(rows) > 2:
            label = self.words.label(plan.order.field).lower()
            told = f"All {plain(count)} {noun(plan.subject, count)} that fit have the same {label}"
            raise Trouble(ask_back(f"{told}, so none of them comes first. Rank them by something else?", ()))

    def _source(self) -> Any:
        return self.statement.columns.source()

    def _shown(self, key: str) -> Expression:
        return self.statement.conditions.value(key)

    def _order_key(self) -> Expression:
        assert self.plan.order is not None
        return self.statement.conditions.value(self.plan.order.field or NAME_OF[self.plan.subject])

    def _apart(self) -> list[Any]:
        """Return what a ranking is held apart by: amounts of two currencies have no order."""
        plan = self.plan
        money = plan.order is not None and plan.order.field in ("deal.amount", "product.price", "target.amount")
        return [currency_column(plan.subject)] if money else []

    def _by_value(self) -> list[Any]:
        assert self.plan.order is not None
        key = self._order_key()
        return [key.desc().nulls_last() if self.plan.order.descending else key.asc().nulls_last()]

    def _order(self) -> list[Any]:
        plan = self.plan
        if plan.order is not None and plan.order.field is not None:
            return [*self._apart(), *self._by_value()] if plan.limit is not None else self._by_value()
        if plan.subject == "deal":
            return [self.statement.columns.expression("deal.amount").desc().nulls_last()]
        name = NAME_OF.get(plan.subject)
        return [func.lower(self.statement.columns.expression(name)).asc()] if name else []

    def _table(self, fields: list[str], rows: list[Any], *, has_currency: bool) -> Table:
        codes = {row[1] for row in rows} if has_currency else set()
        one = next(iter(codes)) if len(codes) == 1 else None
        columns = []
        for key in fields:
            kind = self.statement.conditions.type_of(key)
            unit = one if kind == "money" else "days" if kind == "days" else None
            columns.append(Column(key=_key(key), label=self.words.label(key), type=_TYPES[kind], unit=unit))
        mixed = len(codes) > 1 and any(self.statement.conditions.type_of(key) == "money" for key in fields)
        if mixed:
            columns.append(Column(key="currency", label="Currency", type="text"))
        return Table.model_construct(columns=tuple(columns), rows=self._cells(fields, rows, has_currency, mixed))

    def _cells(
        self, fields: list[str], rows: list[Any], has_currency: bool, mixed: bool
    ) -> tuple[dict[str, Cell], ...]:
        """Return the rows as objects. There may be thousands: what a field is, is looked up once for its whole column."""
        from agents.structured.runner import exact

        if not rows:
            return ()
        found = list(zip(*rows, strict=True))
        made: dict[str, Sequence[Cell]] = {"record_id": [str(one) for one in found[0]]}
        for key, values in zip(fields, found[1 + has_currency :], strict=True):
            kind = self.statement.conditions.type_of(key)
            if kind == "money":
                made[_key(key)] = [None if value is None else exact(value) for value in values]
            else:
                made[_key(key)] = [value if value is None else _cell(key, value) for value in values]
        if mixed:
            made["currency"] = found[1]
        keys = tuple(made)
        return tuple(dict(zip(keys, cells, strict=True)) for cells in zip(*made.values(), strict=True))

    def _figures(self, fields: list[str], table: Table, rows: list[Any]) -> list[Figure]:
        plan = self.plan
        if plan.shape == "lookup":
            made = []
            for row in table.rows:
                for column in table.columns[1:]:
                    value = row[column.key]
                    if isinstance(value, date | datetime):
                        value = value.isoformat()
                    if value is None or isinstance(value, str | int | Decimal):
                        made.append(
                            Figure(key=column.key, value=value, unit=column.unit, label=str(row[table.columns[0].key]))
                        )
            return made
        figures = [*self._leading(table), Figure(key="count", value=len(rows), unit=noun(plan.subject))]
        if plan.subject == "deal":
            totals = sorted(self._sums(table, rows).items())
            figures += [Figure(key="sum_amount", value=total, unit=code) for code, total in totals]
        return figures

    @staticmethod
    def _sums(table: Table, rows: list[Any]) -> dict[str, Decimal]:
        """Return the sum of the listed deals' amounts in each currency."""
        totals: dict[str, Decimal] = {}
        for row, cells in zip(rows, table.rows, strict=True):
            amount = cells.get("amount")
            if isinstance(amount, Decimal):
                totals[row[1]] = totals.get(row[1], Decimal(0)) + amount
        return totals

    def _leading(self, table: Table) -> list[Figure]:
        """Return the figure by which the first record leads, where the question asked for the first."""
        plan = self.plan
        if plan.limit is None or plan.order is None or plan.order.field is None or not table.rows:
            return []
        column = next(one for one in table.columns if one.key == _key(plan.order.field or ""))
        made: dict[str, Figure] = {}
        for row in table.rows:
            value = row[column.key]
            if isinstance(value, date | datetime):
                value = value.isoformat()
            unit = column.unit or (str(row["currency"]) if self._apart() and "currency" in row else None)
            name = str(row.get(_key(NAME_OF.get(plan.subject, "")), ""))
            if value is None or isinstance(value, str | int | Decimal):
                made.setdefault(unit or "", Figure(key=column.key, value=value, unit=unit, label=name))
        return list(made.values())

    def _headline(self, table: Table, count: int, rows: list[Any]) -> str:
        plan = self.plan
        after = tail(plan, self.words)
        if count and plan.limit is not None and plan.order is not None and plan.order.field is not None:
            return f"{'; '.join(self._firsts(table))}{after}"
        sum_of = self._sums(table, rows) if plan.subject == "deal" else {}
        told = f", {sums(sum_of.items())}{' together' if count > 1 else ''}" if sum_of else ""
        return f"{counted(plan, count)}{told}{after}"

    def _firsts(self, table: Table) -> list[str]:
        """Return the record that leads, with its figure; one for each currency where money is ranked."""
        plan = self.plan
        assert plan.order is not None
        column = next(one for one in table.columns if one.key == _key(plan.order.field or ""))
        parts: dict[Cell, list[dict[str, Cell]]] = {}
        for row in table.rows:
            parts.setdefault(str(row.get("currency")) if self._apart() else None, []).append(row)
        told = []
        for part in parts.values():
            first = part[0]
            value = first[column.key]
            shown = (
                money(value, str(column.unit or first.get("currency") or ""))
                if column.type == "money" and isinstance(value, Decimal)
                else str(value)
            )
            name = first.get(_key(NAME_OF.get(plan.subject, ""))) or first["record_id"]
            owner = f" ({first['account']})" if plan.subject == "deal" and first.get("account") else ""
            more = f", the first of {len(part)}" if len(part) > 1 else ""
            told.append(f"{name}{owner}: {column.label.lower()} {shown}{more}")
        return told

    def _lookup_headline(self, fields: list[str], table: Table) -> str:
        if not table.rows:
            return f"Nothing found — {self.words.conditions(self.plan)}"
        told = []
        for row in table.rows[:5]:
            parts = []
            for column in table.columns[1:]:
                value = row[column.key]
                text = (
                    money(value, column.unit or str(row.get("currency") or ""))
                    if column.type == "money" and isinstance(value, Decimal)
                    else "not known"
                    if value is None
                    else str(value)
                )
                parts.append(_times_said(column.key, value) or f"{column.label.lower()} {text}")
            told.append(f"{row[table.columns[0].key]}: {', '.join(parts)}")
        more = f" and {len(table.rows) - 5} more" if len(table.rows) > 5 else ""
        return "; ".join(told) + more


def _cell(field: str, value: Any) -> Cell:
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value.normalize()
    if field == "target.quarter":
        return f"Q{int(value) % 10} {int(value) // 10}"
    return value if isinstance(value, int | bool | date | datetime) else str(value)


def _times_said(key: str, value: Cell) -> str | None:
    """Return how often a close date changed or slipped, as people say it; None for any other detail."""
    verb = {"moves": "close date changed", "slips": "close date slipped"}.get(key)
    if verb is None or not isinstance(value, int):
        return None
    return f"{verb} {({0: 'never', 1: 'once', 2: 'twice'}).get(value, f'{value} times')}"


def _key(field: str) -> str:
    """Return the column key of a field: its own name for the subject's fields, `account`, `owner`, `product` for names of others."""
    entity, _, name = field.partition(".")
    if name == "name" and entity in ("account", "owner", "product"):
        return entity
    known = FIELDS.get(field)
    return name if known is not None else name.replace("custom:", "")
