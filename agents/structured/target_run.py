"""Answering where people and teams stand against their targets: won, target, attainment and what is to go, never across currencies."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy.orm import Session

from agents.answer import Answer, Cell, Column, Excluded, Figure, Table
from agents.question import Question
from agents.structured.columns import Columns
from agents.structured.plan import Having, Plan, Predicate
from agents.structured.runner import exact
from agents.structured.target_sql import Standing, TargetSql
from agents.structured.wording import money, plain
from infra.settings import Settings
from sales.fiscal import FiscalCalendar, Quarter

_OPS = {"gt": "above", "ge": "at or above", "lt": "below", "le": "at or below", "eq": "at exactly"}


class TargetRunner:
    """Runs a plan of targets: `target.quarter` tells the quarters, `target.person` and `target.team` who."""

    def __init__(self, session: Session, settings: Settings) -> None:
        self.session = session
        self.settings = settings
        self.calendar = FiscalCalendar(settings.fiscal_year_start, settings.zone)

    def answer(self, plan: Plan, question: Question) -> Answer:
        """Return everybody's standing that the plan asks for, or say that no target is on file."""
        quarters = [Quarter(int(value) // 10, int(value) % 10) for value in self._of(plan, "target.quarter", "is")]
        label = self._label(plan)
        first, until = self.calendar.quarter(quarters[0]).first, self.calendar.quarter(quarters[-1]).until
        columns = Columns("deal", question.scope, self.settings, question.as_of)
        sql = TargetSql(self.session, question.scope, self.settings, columns)
        every = sql.standings([one.year * 10 + one.number for one in quarters], first, until)
        told, missing = self._asked(plan, every)
        checked = len(told)
        kept = self._ranked(plan, [one for one in told if _holds(plan.having, one)])
        if not told:
            return self._none(plan, label, missing, question)
        return Answer(
            kind="structured", headline=self._headline(plan, kept, told, label), table=self._table(kept), figures=tuple(self._figures(plan, kept, told)),
            rule=self._rule(plan, kept, label, len(quarters)), checked=checked, excluded=tuple(self._excluded(kept)),
            notes=tuple(f"No target on file for {name} in {label}." for name in missing), as_of=question.as_of,
        )  # fmt: skip

    @staticmethod
    def _of(plan: Plan, field: str, op: str) -> tuple[str, ...]:
        return tuple(
            value
            for one in plan.where
            if isinstance(one, Predicate) and one.field == field and one.op == op
            for value in one.values
        )

    @staticmethod
    def _label(plan: Plan) -> str:
        shown = next(one.shown for one in plan.where if isinstance(one, Predicate) and one.field == "target.quarter")
        return shown[0] if len(shown) == 1 else f"{shown[0]} to {shown[-1]}"

    def _asked(self, plan: Plan, every: list[Standing]) -> tuple[list[Standing], list[str]]:
        """Return the standings that the plan names, and the names of those that have no target."""
        told: list[Standing] = []
        missing: list[str] = []
        named = [
            one for one in plan.where if isinstance(one, Predicate) and one.field in ("target.person", "target.team")
        ]
        for one in named:
            kind = one.field.partition(".")[2]
            mine = [standing for standing in every if standing.kind == kind]
            if one.op == "known":
                told += [standing for standing in mine if standing not in told]
                continue
            for value, shown in zip(one.values, one.shown, strict=True):
                found = [standing for standing in mine if standing.id.casefold() == value.casefold()]
                told += found
                missing += [] if found else [shown]
        if not named:
            teams = [standing for standing in every if standing.kind == "team"]
            told = teams or [standing for standing in every if standing.kind == "person"]
        return told, missing

    @staticmethod
    def _ranked(plan: Plan, rows: list[Standing]) -> list[Standing]:
        descending = plan.order is None or plan.order.descending
        ranked = sorted(
            rows,
            key=lambda one: (one.percent is None, -(one.percent or 0) if descending else (one.percent or 0), one.name),
        )
        if plan.limit is None or len(ranked) <= plan.limit:
            return ranked
        last = ranked[plan.limit - 1].percent
        return [one for at, one in enumerate(ranked) if at < plan.limit or one.percent == last]

    def _none(self, plan: Plan, label: str, missing: Sequence[str], question: Question) -> Answer:
        who = f" for {' and '.join(missing)}" if missing else ""
        return Answer(
            kind="not_found", headline=f"No target{who} is on file for {label} among what you can see, so there is nothing to hold the won deals against.",
            rule=f"Targets of {label}.", checked=0, as_of=question.as_of,
        )  # fmt: skip

    def _headline(self, plan: Plan, rows: list[Standing], told: list[Standing], label: str) -> str:
        if len(told) == 1:
            return f"{_sentence(told[0])}, {label}"
        kind = _noun(told, len(told))
        if plan.having:
            which = f"{_OPS[plan.having[0].op]} {plain(Decimal(plan.having[0].value))}% of target"
            names = (
                f": {', '.join(f'{one.name} {one.percent}%' for one in rows[:5])}{' and more' if len(rows) > 5 else ''}"
                if rows
                else ""
            )
            return f"{plain(len(rows))} of {plain(len(told))} {kind} {which} in {label}{names}"
        if plan.limit is not None and rows:
            return f"{'; '.join(_sentence(one) for one in rows[:3])}, {label}"
        return f"Targets of {label}, {plain(len(rows))} {kind}: {'; '.join(_sentence(one) for one in rows[:3])}{' and more' if len(rows) > 3 else ''}"

    @staticmethod
    def _table(rows: list[Standing]) -> Table:
        codes = {one.currency for one in rows}
        unit = next(iter(codes)) if len(codes) == 1 else None
        columns = [Column(key="name", label="Team" if all(one.kind == "team" for one in rows) else "Name", type="text")]
        if any(one.kind == "person" and one.team for one in rows):
            columns.append(Column(key="team", label="Team", type="text"))
        if len(codes) > 1:
            columns.append(Column(key="currency", label="Currency", type="text"))
        columns += [
            Column(key="won", label="Won", type="money", unit=unit), Column(key="target", label="Target", type="money", unit=unit),
            Column(key="attainment", label="Attainment", type="percent", unit="percent"), Column(key="gap", label="To go", type="money", unit=unit),
            Column(key="deals", label="Deals", type="integer"),
        ]  # fmt: skip
        kept = {"record_id", *(column.key for column in columns)}
        made = []
        for one in rows:
            cells: dict[str, Cell] = {
                "record_id": one.id, "name": one.name, "team": one.team, "currency": one.currency, "won": exact(one.won), "target": exact(one.target),
                "attainment": one.percent, "gap": exact(one.gap), "deals": one.deals,
            }  # fmt: skip
            made.append({key: value for key, value in cells.items() if key in kept})
        return Table(columns=tuple(columns), rows=tuple(made))

    @staticmethod
    def _figures(plan: Plan, rows: list[Standing], told: list[Standing]) -> list[Figure]:
        made: list[Figure] = []
        if len(told) > 1:
            made.append(Figure(key="count", value=len(rows), unit=_noun(told, len(rows))))
        named = any(
            isinstance(one, Predicate) and one.op == "is" and one.field in ("target.person", "target.team")
            for one in plan.where
        )
        for one in rows if named or len(told) == 1 or plan.limit is not None else ():
            made += [
                Figure(key="won", value=exact(one.won), unit=one.currency, label=one.name), Figure(key="target", value=exact(one.target), unit=one.currency, label=one.name),
                Figure(key="attainment", value=one.percent, unit="percent", label=one.name), Figure(key="gap", value=exact(one.gap), unit=one.currency, label=one.name),
            ]  # fmt: skip
        if not named and len(told) > 1 and not plan.having and plan.limit is None:
            for code in sorted({one.currency for one in rows}):
                same = [one for one in rows if one.currency == code]
                made += [
                    Figure(
                        key="won", value=exact(sum((one.won for one in same), Decimal(0))), unit=code, label="Together"
                    ),
                    Figure(
                        key="target",
                        value=exact(sum((one.target for one in same), Decimal(0))),
                        unit=code,
                        label="Together",
                    ),
                ]
        return made

    def _rule(self, plan: Plan, rows: list[Standing], label: str, quarters: int) -> str:
        parts = [
            f"Won deals whose close date is in {label}, in the currency of the target, by the deal's owner; attainment is won ÷ target"
        ]
        if any(one.summed for one in rows):
            parts.append(
                f"no target of their own is on file for {', '.join(one.name for one in rows if one.summed)}: the sum of their people's"
            )
        if any(one.quarters < quarters for one in rows):
            parts.append("quarters without a target on file are left out, with what was won in them")
        parts += plan.defaults
        parts.append(f"calendar days in {self.settings.time_zone}")
        return "; ".join(parts) + "."

    @staticmethod
    def _excluded(rows: list[Standing]) -> list[Excluded]:
        counts = {
            "won in another currency than the target": sum(one.other_currency for one in rows), "won deals without an amount": sum(one.unpriced for one in rows),
        }  # fmt: skip
        return [Excluded(reason=reason, count=count) for reason, count in counts.items() if count]


def _holds(having: Sequence[Having], one: Standing) -> bool:
    for each in having:
        bound = Decimal(each.value)
        percent = one.won * 100 / one.target if one.target > 0 else None
        if percent is None:
            return False
        if not {
            "gt": percent > bound,
            "ge": percent >= bound,
            "lt": percent < bound,
            "le": percent <= bound,
            "eq": percent == bound,
        }[each.op]:
            return False
    return True


def _sentence(one: Standing) -> str:
    reached = f"{money(exact(one.won), one.currency)} won of a {money(exact(one.target), one.currency)} target ({one.percent}%)"
    rest = (
        "reached exactly"
        if one.gap == 0
        else f"{money(exact(abs(one.gap)), one.currency)} {'to go' if one.gap > 0 else 'above it'}"
    )
    return f"{one.name}: {reached}, {rest}"


def _noun(rows: Sequence[Standing], count: int) -> str:
    kinds = {one.kind for one in rows}
    word = "rep" if kinds == {"person"} else "team" if kinds == {"team"} else "target"
    return word if count == 1 else f"{word}s"
