"""Grouped answers: a row a group, ranked or in order, with nothing cut but by a `top N` that the question asked for."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, and_, cast, func, select
from sqlalchemy.orm import Session

from agents.answer import Answer, Cell, Column, Excluded, Figure, Table
from agents.structured.aggregates import Aggregates, Result, currency_column, is_money
from agents.structured.catalog import entity_of
from agents.structured.columns import Expression
from agents.structured.group_headlines import GroupHeadline, by_currency
from agents.structured.leaders import Row, cut
from agents.structured.plan import GroupKey, Measure, Predicate
from agents.structured.sql_time import MondayOf, fiscal_year, quarter_key
from agents.structured.vocabulary import Vocabulary
from agents.structured.wording import Words, cents, noun, unit_of
from infra.settings import Settings
from infra.spine.business import Deal

if TYPE_CHECKING:
    from agents.structured.runner import Statement

_TYPES: dict[str, Any] = {
    "money": "money",
    "days": "number",
    "percent": "percent",
    "integer": "integer",
    "number": "number",
}
_BREAKDOWN = ("open", "won", "lost")


class GroupRunner:
    """Runs a plan of shape groups."""

    def __init__(
        self, session: Session, statement: Statement, settings: Settings, vocabulary: Vocabulary, words: Words
    ) -> None:
        self.session = session
        self.statement = statement
        self.plan = statement.plan
        self.settings = settings
        self.vocabulary = vocabulary
        self.words = words

    def answer(self) -> Answer:
        """Return the answer with its table, the winner or the number of groups in its headline."""
        rows = self._rows()
        rows = [row for row in rows if self._kept(row)]
        blank = [row for row in rows if any(cell is None for cell in row[0])]
        excluded: list[Excluded] = []
        if self.plan.order is not None and blank and self.plan.limit is not None:
            rows = [row for row in rows if row not in blank]
            excluded.append(
                Excluded(reason=f"groups without {self.words.group(self.plan.group_by[0]).lower()}", count=len(blank))
            )
        rows = self._sorted(rows)
        if (answer := self._unranked(rows)) is not None:
            return answer
        total = len(rows)
        rows = cut(self.plan, rows)
        table = self._table(rows)
        figures = self._figures(rows)
        for index, measure in enumerate(self.plan.measures):
            missing = sum(row[2][index].blank for row in rows)
            if missing and measure.field:
                excluded.append(Excluded(reason=f"no {self.words.label(measure.field).lower()}", count=missing))
        return Answer(
            kind="structured",
            headline=GroupHeadline(self.plan, self.words, self.shown).of(rows, total),
            table=table,
            figures=tuple(figures),
            excluded=tuple(excluded),
        )

    def _unranked(self, rows: list[Row]) -> Answer | None:
        """Return what to say where groups are ranked by a value that none of their records has."""
        from agents.structured.runner import valueless

        order = self.plan.order
        if order is None or self.plan.limit is None or not rows:
            return None
        index = order.measure or 0
        measure = self.plan.measures[index]
        if measure.field is None or any(row[2][index].value is not None for row in rows):
            return None
        return valueless(self.plan, self.words, measure, sum(row[2][index].blank for row in rows))

    def _keys(self) -> list[tuple[list[Expression], Expression]]:
        """Return for each key the SQL to group by and the SQL that shows it."""
        return [self._key(key) for key in self.plan.group_by]

    def _key(self, key: GroupKey) -> tuple[list[Expression], Expression]:
        columns = self.statement.columns
        expression = columns.expression(key.field)
        start = self.settings.fiscal_year_start
        if key.grain == "month":
            month = func.substr(cast(expression, String), 1, 7)
            return [month], month
        if key.grain in ("quarter", "year", "week", "day"):
            shown = self._period(key, expression, start)
            return [shown], shown
        if self.statement.conditions.type_of(key.field) == "name" and key.field != "product.name":
            identity, name = columns.person(key.field)
            return [identity, name], name
        return [expression], expression

    @staticmethod
    def _period(key: GroupKey, day: Expression, start: int) -> Expression:
        if key.grain == "quarter":
            return quarter_key(day, start)
        if key.grain == "year":
            return fiscal_year(day, start)
        return MondayOf(day) if key.grain == "week" else cast(day, String)

    def _rows(self) -> list[Row]:
        keys = self._keys()
        grouped = [expression for expressions, _ in keys for expression in expressions]
        money = is_money(self.plan.measures)
        currency = currency_column(self.plan.subject) if money else None
        when, where = self._when()
        aggregates = Aggregates(self.plan.measures, self.statement.conditions, when)
        columns = aggregates.columns()
        breakdown = (
            [func.count().filter(Deal.status == status) for status in _BREAKDOWN] if self._has_breakdown() else []
        )
        source = self.statement.columns.source()
        by = [*grouped, *([currency] if currency is not None else [])]
        medians = (
            aggregates.medians(self.session, source, where, by)
            if any(one.aggregate == "median" for one in self.plan.measures)
            else {}
        )
        statement = select(*by, *columns, *breakdown).select_from(source).where(*where).group_by(*by)
        found: list[Row] = []
        for row in self.session.execute(statement):
            cells = list(row)
            parts, at = [], 0
            for expressions, _ in keys:
                parts.append(tuple(cells[at : at + len(expressions)]))
                at += len(expressions)
            code = cells[at] if currency is not None else None
            at += currency is not None
            end = len(cells) - len(breakdown)
            results = aggregates.results(cells[at:end], medians.get(tuple(cells[: len(by)])))
            found.append(
                (
                    tuple(part if part[-1] is not None else None for part in parts),
                    code,
                    results,
                    tuple(int(cell) for cell in cells[end:]),
                )
            )
        return self._joined(found) if money else found

    def _joined(self, rows: list[Row]) -> list[Row]:
        """Fold a group's deals that carry no amount into its row in a currency; keep a row for each currency with amounts."""
        grouped: dict[tuple[Any, ...], list[Row]] = {}
        for row in rows:
            grouped.setdefault(row[0], []).append(row)
        money = [at for at, one in enumerate(self.plan.measures) if is_money((one,))]
        kept: list[Row] = []
        for members in grouped.values():
            valued = [row for row in members if any(row[2][at].value is not None for at in money)]
            if len(valued) > 1 or len(members) == 1:
                kept += valued or members
                continue
            kept.append(_merged(valued[0] if valued else members[0], members, self.plan.measures))
        return kept

    def _has_breakdown(self) -> bool:
        return (
            self.plan.breakdown
            and self.plan.subject == "deal"
            and all(key.field != "deal.status" for key in self.plan.group_by)
            and all(one.aggregate == "count" for one in self.plan.measures)
        )

    def _when(self) -> tuple[Expression | None, list[Expression]]:
        """Where noughts count, keep conditions on the groups themselves outside and count the others inside the aggregates."""
        if not self.plan.zeros:
            return None, self.statement.base()
        entities = {entity_of(key.field) for key in self.plan.group_by if entity_of(key.field) != "deal"}
        outside: list[Expression] = [self.statement.inside]
        inside: list[Expression] = list(self.statement.where[len(self.plan.where) :])
        for one, sql in zip(self.plan.where, self.statement.where, strict=False):
            own = isinstance(one, Predicate) and entity_of(one.field) in entities
            (outside if own else inside).append(sql)
        return (and_(*inside) if inside else None), outside

    def _kept(self, row: Row) -> bool:
        for having in self.plan.having:
            value = row[2][having.measure].value
            if value is None:
                return False
            bound = Decimal(having.value)
            holds = {
                "gt": value > bound,
                "ge": value >= bound,
                "lt": value < bound,
                "le": value <= bound,
                "eq": value == bound,
            }
            if not holds[having.op]:
                return False
        if self.plan.zeros:
            return True
        return any(result.value is not None or result.blank for result in row[2])

    def _sorted(self, rows: list[Row]) -> list[Row]:
        order = self.plan.order
        timed = [at for at, key in enumerate(self.plan.group_by) if key.grain != "value"]
        rows = sorted(rows, key=lambda row: tuple((cell is None, _sortable(cell)) for cell in row[0]))
        if order is None and timed:
            return rows
        index = order.measure if order is not None and order.measure is not None else 0
        descending = order is None or order.descending
        valued = [row for row in rows if row[2][index].value is not None]
        empty = [row for row in rows if row[2][index].value is None]
        ranked = sorted(valued, key=lambda row: Decimal(row[2][index].value or 0), reverse=descending)
        if is_money((self.plan.measures[index],)):
            # Amounts of two currencies have no order: each currency is ranked by itself.
            ranked.sort(key=lambda row: (row[1] != self.settings.currency, row[1] or ""))
        return ranked + empty

    def _table(self, rows: list[Row]) -> Table:
        plan = self.plan
        columns = [
            Column(key=f"group_{at}" if at else "group", label=self.words.group(key), type="text")
            for at, key in enumerate(plan.group_by)
        ]
        codes = {row[1] for row in rows}
        one = next(iter(codes)) if len(codes) == 1 else None
        if len(codes) > 1 and not by_currency(self.plan):
            columns.append(Column(key="currency", label="Currency", type="text"))
        columns += [self._measure_column(measure, one) for measure in plan.measures]
        for measure in plan.measures:
            if measure.aggregate in ("win_rate", "loss_rate", "win_loss_ratio"):
                columns += [Column(key=name, label=name.capitalize(), type="integer") for name in ("won", "lost")]
            elif measure.aggregate in ("sum", "average", "median", "min", "max") and not any(
                one.aggregate == "count" for one in plan.measures
            ):
                columns.append(Column(key="records", label=noun(plan.subject).capitalize(), type="integer"))
        if self._has_breakdown():
            columns += [Column(key=status, label=status.capitalize(), type="integer") for status in _BREAKDOWN]
        if self._shares():
            columns.append(Column(key="share", label="Share", type="percent"))
        unique = {column.key: column for column in columns}
        return Table(columns=tuple(unique.values()), rows=tuple(self._row(row, rows) for row in rows))

    def _shares(self) -> bool:
        return any("share is of all groups" in one for one in self.plan.defaults)

    def _measure_column(self, measure: Measure, currency: str | None) -> Column:
        from agents.structured.runner import key_of

        unit = unit_of(measure, self.plan.subject, currency)
        kind = "integer"
        if measure.aggregate in ("win_rate", "loss_rate", "share"):
            kind = "percent"
        elif measure.aggregate != "count":
            kind = (
                _TYPES.get(self.statement.conditions.type_of(measure.field or ""), "number")
                if measure.field
                else "number"
            )
            kind = "number" if kind == "integer" and measure.aggregate in ("average", "median") else kind
        return Column(key=key_of(measure), label=self.words.measure(measure, self.plan.subject), type=kind, unit=unit)

    def _row(self, row: Row, rows: Sequence[Row]) -> dict[str, Cell]:
        from agents.structured.runner import key_of, shown_value

        made: dict[str, Cell] = {"record_id": "|".join(_id_of(cell) for cell in row[0])}
        for at, key in enumerate(self.plan.group_by):
            made[f"group_{at}" if at else "group"] = self.shown(key, row[0][at])
        if len({other[1] for other in rows}) > 1:
            made["currency"] = row[1]
        for measure, result in zip(self.plan.measures, row[2], strict=True):
            made[key_of(measure)] = shown_value(measure, result)
            for name, value in result.parts:
                made.setdefault(name, value)
        made.update(dict(zip(_BREAKDOWN, row[3], strict=False)))
        if self._shares():
            whole = sum(Decimal(other[2][0].value or 0) for other in rows if other[1] == row[1])
            made["share"] = cents(Decimal(row[2][0].value or 0) * 100 / whole) if whole else None
        return made

    def shown(self, key: GroupKey, cell: Any) -> str:
        """Return a group's name for people."""
        if cell is None or cell[-1] is None:
            return f"(no {self.words.group(key).lower()})"
        value = cell[-1]
        if key.grain == "quarter":
            return f"Q{int(value) % 10} {int(value) // 10}"
        if key.grain == "year" and self.settings.fiscal_year_start > 1:
            return f"FY{int(value)}"
        return str(value)

    def _figures(self, rows: list[Row]) -> list[Figure]:
        from agents.structured.runner import figures_of

        plan = self.plan
        if not rows:
            return []
        ranked = plan.order is not None and plan.limit == 1
        if ranked:
            index = plan.order.measure or 0 if plan.order is not None else 0
            made = []
            for row in rows:
                name = " · ".join(self.shown(key, cell) for key, cell in zip(plan.group_by, row[0], strict=True))
                made += [
                    figure.model_copy(update={"label": name})
                    for figure in figures_of(plan.measures[index], row[2][index], plan.subject, row[1])
                ]
            return made
        made = [Figure(key="groups", value=len(rows), unit=None)]
        made += self._totals(rows)
        return made

    def _totals(self, rows: list[Row]) -> list[Figure]:
        from agents.structured.runner import exact, key_of

        made = []
        for index, measure in enumerate(self.plan.measures):
            if measure.aggregate == "count" and self.plan.limit is None and not self.plan.having:
                made.append(
                    Figure(
                        key="total",
                        value=sum(int(row[2][index].value or 0) for row in rows),
                        unit=noun(self.plan.subject),
                    )
                )
            elif (
                measure.aggregate == "sum"
                and measure.field == "deal.amount"
                and self.plan.limit is None
                and not self.plan.having
            ):
                for code in sorted({row[1] or "" for row in rows if row[2][index].value is not None}):
                    total = sum(Decimal(row[2][index].value or 0) for row in rows if row[1] == code)
                    made.append(Figure(key=f"total_{key_of(measure)}", value=exact(total), unit=code))
        return made


def _merged(kept: Row, members: list[Row], measures: Sequence[Measure]) -> Row:
    results = []
    for at, measure in enumerate(measures):
        one = kept[2][at]
        others = [row[2][at] for row in members if row is not kept]
        if is_money((measure,)):
            results.append(Result(one.value, one.parts, one.blank + sum(other.blank for other in others)))
        elif measure.aggregate == "count":
            results.append(Result(int(one.value or 0) + sum(int(other.value or 0) for other in others)))
        else:
            results.append(one)
    return kept[0], kept[1], results, tuple(sum(cells) for cells in zip(*(row[3] for row in members), strict=True))


def _id_of(cell: Any) -> str:
    return "" if cell is None else str(cell[0])


def _sortable(cell: Any) -> Any:
    if cell is None:
        return ""
    value = cell[-1]
    return (
        value if isinstance(value, int) else str(value).casefold() if not isinstance(value, str) else value.casefold()
    )
