"""Running a plan: SQL for what it asks, and the Answer made of what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, case, func, not_, select
from sqlalchemy.orm import Session

from agents.answer import Answer, Excluded, Figure, Table
from agents.question import Question
from agents.structured.aggregates import Aggregates, Result, currency_column, is_money
from agents.structured.catalog import FIELDS
from agents.structured.columns import Columns, Expression, Unreachable
from agents.structured.conditions import Conditions
from agents.structured.groups import GroupRunner
from agents.structured.headlines import joined, measured, status_of, tail
from agents.structured.lists import ListRunner
from agents.structured.plan import Condition, Measure, Plan, Predicate, Within
from agents.structured.silence_run import SilenceRunner, silent_ids
from agents.structured.trouble import Trouble, ask_back
from agents.structured.vocabulary import Vocabulary
from agents.structured.wording import Words, cents, money, noun, plain, rule_text, unit_of
from infra.settings import Settings
from infra.spine.business import Deal
from infra.spine.database import Database

_KEYS = {"count": "count", "sum": "sum", "average": "avg", "median": "median", "min": "min", "max": "max"}

_FEW = 25
_RATES = ("win_rate", "loss_rate", "win_loss_ratio")


class Statement:
    """One plan's conditions as SQL, seen from its subject."""

    def __init__(self, plan: Plan, question: Question, settings: Settings, vocabulary: Vocabulary) -> None:
        self.plan = plan
        self.columns = Columns(plan.subject, question.scope, settings, question.as_of)
        self.conditions = Conditions(self.columns, vocabulary.custom_types)
        self.inside = self.columns.inside()
        self.where = self.conditions.all_of(plan.where)
        if plan.silence is not None and plan.shape != "list":
            self.where.append(Deal.id.in_(silent_ids(plan.silence, question.scope, settings, question.as_of)))

    def of(self, plan: Plan) -> Statement:
        """Return the same conditions for another shape of the plan."""
        made = copy(self)
        made.plan = plan
        return made

    def base(self) -> list[Expression]:
        """Return the conditions of scope and plan."""
        return [self.inside, *self.where]


class PlanRunner:
    """Answers plans from the spine."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    def run(self, plan: Plan, question: Question, vocabulary: Vocabulary) -> Answer:
        """Return the answer to a plan. Raises Trouble where a measure can't be computed from what there is."""
        if any(one.aggregate == "attainment" for one in plan.measures):
            return self._of_targets(plan, question)
        try:
            return self._run(plan, question, vocabulary)
        except Unreachable as error:
            raise Trouble(
                ask_back("I can't bring these together: the records asked for have no such detail.", ())
            ) from error

    def _of_targets(self, plan: Plan, question: Question) -> Answer:
        from agents.structured.target_run import TargetRunner

        if plan.subject != "target" or not any(getattr(one, "field", "") == "target.quarter" for one in plan.where):
            raise Trouble(ask_back("Attainment is told for targets of a quarter: which quarter, and whose?", ()))
        with self._database.session() as session:
            return TargetRunner(session, self._settings).answer(plan, question)

    def _run(self, plan: Plan, question: Question, vocabulary: Vocabulary) -> Answer:
        with self._database.session() as session:
            counted = (
                plan.shape == "figure" and not plan.branches and all(one.aggregate == "count" for one in plan.measures)
            )
            if plan.silence is not None and (plan.shape == "list" or counted):
                return SilenceRunner(session, self._settings, vocabulary).answer(plan, question)
            statement = Statement(plan, question, self._settings, vocabulary)
            words = Words(vocabulary)
            if plan.shape == "figure":
                answer = self._figure(session, statement, vocabulary, words)
            elif plan.shape == "groups":
                answer = GroupRunner(session, statement, self._settings, vocabulary, words).answer()
            else:
                answer = ListRunner(session, statement, vocabulary, words).answer()
            checked, excluded = self._left_out(session, statement, words)
        rule = rule_text(plan, words, zone=self._settings.time_zone, currencies=vocabulary.currencies)
        return answer.model_copy(update={
            "rule": rule, "checked": checked, "excluded": (*answer.excluded, *excluded), "as_of": question.as_of,
        })  # fmt: skip

    def _figure(self, session: Session, statement: Statement, vocabulary: Vocabulary, words: Words) -> Answer:
        plan = statement.plan
        if plan.branches:
            from agents.structured.comparisons import compared

            return compared(self, session, statement, words)
        figures: list[Figure] = []
        sentences: list[str] = []
        excluded: list[Excluded] = []
        for measure in plan.measures:
            told: list[str] = []
            for currency, result in self.results(session, statement, measure):
                made = figures_of(measure, result, plan.subject, currency)
                figures += made
                told.append(figure_said(measure, result, plan.subject, currency, words))
                if result.blank:
                    excluded.append(
                        Excluded(reason=f"no {words.label(measure.field or '').lower()}", count=result.blank)
                    )
            sentences.append(sentence_of(measure, told, plan, words))
        if plan.breakdown:
            figures += self._by_status(session, statement, plan.measures[0], sentences)
        headline = f"{'; '.join(sentences)}{tail(plan, words)}"
        if excluded and all(one.field is not None for one in plan.measures) and _nothing_valued(figures):
            return valueless(plan, words, plan.measures[0], excluded[0].count)
        table = self._behind(session, statement, vocabulary, words)
        return Answer(
            kind="structured", headline=headline, figures=tuple(figures), excluded=tuple(excluded), table=table
        )

    @staticmethod
    def _behind(session: Session, statement: Statement, vocabulary: Vocabulary, words: Words) -> Table | None:
        """Return the records behind a figure where they are few enough to be read; None for more, or for none."""
        plan = statement.plan
        plain_ones = ("count", "sum", "average", "median", "min", "max")
        if plan.subject not in ("deal", "lead", "account") or any(
            one.aggregate not in plain_ones for one in plan.measures
        ):
            return None
        inner = select(statement.columns.id).select_from(statement.columns.source()).where(*statement.base())
        count = len(list(session.scalars(inner.limit(_FEW + 1))))
        if not 0 < count <= _FEW:
            return None
        listed = plan.model_copy(update={"shape": "list", "measures": (), "breakdown": False})
        return ListRunner(session, statement.of(listed), vocabulary, words).answer().table

    def results(
        self, session: Session, statement: Statement, measure: Measure, extra: Sequence[Condition] = ()
    ) -> list[tuple[str | None, Result]]:
        """Return a measure's figure, one for each currency where it is money: never mixed."""
        where = [*statement.base(), *statement.conditions.all_of(extra)]
        aggregates = Aggregates((measure,), statement.conditions)
        columns = aggregates.columns()
        source = statement.columns.source()
        if not is_money((measure,)):
            medians = aggregates.medians(session, source, where, []) if measure.aggregate == "median" else {}
            row = session.execute(select(*columns).select_from(source).where(*where)).one()
            return [(None, aggregates.results(row, medians.get(()))[0])]
        currency = currency_column(statement.plan.subject)
        medians = aggregates.medians(session, source, where, [currency]) if measure.aggregate == "median" else {}
        rows = session.execute(
            select(currency, *columns).select_from(source).where(*where).group_by(currency).order_by(currency)
        ).all()
        made = [(row[0], aggregates.results(row[1:], medians.get((row[0],)))[0]) for row in rows]
        valued = [one for one in made if one[1].value is not None]
        blank = sum(result.blank for _, result in made) - sum(result.blank for _, result in valued)
        if not valued:
            total = 0 if measure.aggregate == "sum" and not blank else None
            return [(self._settings.currency, Result(total, (("records", 0),), blank))]
        first = valued[0]
        return [(first[0], Result(first[1].value, first[1].parts, first[1].blank + blank)), *valued[1:]]

    def _by_status(
        self, session: Session, statement: Statement, measure: Measure, sentences: list[str]
    ) -> list[Figure]:
        """Tell beside a figure how it is made up of open, won and lost deals; only where the plan leaves room for several."""
        source, where = statement.columns.source(), statement.base()
        statuses = [one for one in statement.plan.where if isinstance(one, Predicate) and one.field == "deal.status"]
        if measure.aggregate == "sum" and statuses:
            where = [
                statement.inside,
                *statement.conditions.all_of([one for one in statement.plan.where if one not in statuses]),
            ]
        counts = [func.count(case((Deal.status == status, 1))) for status in ("open", "won", "lost")]
        row = session.execute(select(*counts).select_from(source).where(*where)).one()
        found = dict(zip(("open", "won", "lost"), (int(cell) for cell in row), strict=True))
        if measure.aggregate == "count":
            sentences[-1] += (
                f" ({', '.join(f'{plain(count)} {status}' for status, count in found.items() if count)})"
                if any(found.values())
                else ""
            )
            return [
                Figure(key=status, value=count, unit="deals", label=f"{status.capitalize()} deals")
                for status, count in found.items()
            ]
        return self._amounts_by_status(session, statement, measure, where) if is_money((measure,)) else []

    def _amounts_by_status(
        self, session: Session, statement: Statement, measure: Measure, where: list[Expression]
    ) -> list[Figure]:
        value = statement.conditions.value(measure.field or "")
        rows = session.execute(
            select(Deal.status, Deal.currency, func.sum(value))
            .select_from(statement.columns.source())
            .where(*where, value.is_not(None))
            .group_by(Deal.status, Deal.currency)
            .order_by(Deal.status, Deal.currency)
        )
        return [
            Figure(key=f"sum_{row[0]}", value=exact(row[2]), unit=row[1], label=f"{row[0].capitalize()} deals")
            for row in rows
        ]

    def _left_out(self, session: Session, statement: Statement, words: Words) -> tuple[int, list[Excluded]]:
        """Return how many records were looked at, and how many could not be judged for want of a value, with the reasons."""
        plan = statement.plan
        wanted: list[tuple[str, Expression]] = []
        for at, one in enumerate(plan.where):
            reason = self._reason(one, words)
            if reason is None:
                continue
            others = [condition for index, condition in enumerate(statement.where) if index != at]
            field = one.field if isinstance(one, Predicate | Within) else ""
            blank = statement.conditions.one(Predicate(field=field, op="unknown"))
            if field == "deal.closed":
                # An open deal has no such day by its nature.
                blank = and_(blank, Deal.status != "open")
            wanted.append((reason, and_(*others, blank)))
        default = self._default_status(plan)
        if default is not None:
            others = [condition for index, condition in enumerate(statement.where) if index != default]
            wanted.append((_left_by(plan.where[default].values), and_(*others, not_(statement.where[default]))))  # type: ignore[union-attr]
        counts = [func.count(case((condition, 1))) for _, condition in wanted]
        row = session.execute(
            select(func.count(), *counts).select_from(statement.columns.source()).where(statement.inside)
        ).one()
        return int(row[0]), [
            Excluded(reason=reason, count=int(count))
            for (reason, _), count in zip(wanted, row[1:], strict=True)
            if count
        ]

    @staticmethod
    def _reason(one: Condition, words: Words) -> str | None:
        if isinstance(one, Predicate) and one.op in ("gt", "ge", "lt", "le", "between"):
            if one.field in ("deal.slips", "deal.slipped_days"):
                return None
            return f"no {words.label(one.field).lower()}"
        if isinstance(one, Within) and one.field != "deal.last_slip":
            return (
                f"no {words.label(one.field).lower()} date"
                if one.field in ("deal.created", "deal.closed")
                else f"no {words.label(one.field).lower()}"
            )
        return None

    @staticmethod
    def _default_status(plan: Plan) -> int | None:
        if not any(one.endswith("deals only") for one in plan.defaults):
            return None
        return next(
            (
                at
                for at, one in enumerate(plan.where)
                if isinstance(one, Predicate) and one.field == "deal.status" and len(plan.where) - 1 == at
            ),
            None,
        )


def valueless(plan: Plan, words: Words, measure: Measure, count: int) -> Answer:
    """Return the answer where every record that fits lacks the value that was to be computed: nought would be a wrong figure."""
    label = words.label(measure.field or "").lower()
    which = f"Of the {plain(count)} {noun(plan.subject, count)} that fit, none has a value for {label}"
    conditions = words.conditions(plan)
    return Answer(
        kind="not_found",
        headline=f"{which}, so there is no figure{' — ' + conditions if conditions else ''}",
        excluded=(Excluded(reason=f"no {label}", count=count),),
    )


def _nothing_valued(figures: Sequence[Figure]) -> bool:
    return not any(figure.value for figure in figures)


def _left_by(statuses: tuple[str, ...]) -> str:
    return "closed deals" if statuses == ("open",) else f"deals not {' or '.join(statuses)}"


def exact(value: Any) -> Decimal:
    """Return an amount with two decimals at least, and more only where it has more."""
    amount = Decimal(value)
    rounded = cents(amount)
    return rounded if rounded == amount else amount.normalize()


def key_of(measure: Measure) -> str:
    """Return the stable key of a measure's figure: `count`, `sum_amount`, `avg_cycle_days`, `win_rate`, …"""
    if measure.aggregate == "count" or measure.field is None or measure.aggregate == "share":
        return measure.aggregate
    name = measure.field.partition(".")[2].replace("custom:", "")
    return f"{_KEYS[measure.aggregate]}_{name}"


def shown_value(measure: Measure, result: Result) -> Decimal | int | None:
    """Return a result as it is shown: money with cents, counts as whole numbers."""
    if result.value is None:
        return None
    known = FIELDS.get(measure.field or "")
    if known is not None and known.type in ("money",) and measure.aggregate != "share":
        return exact(result.value)
    return result.value


def figures_of(measure: Measure, result: Result, subject: str, currency: str | None) -> list[Figure]:
    """Return the asked figure first, then what it rests on."""
    unit = unit_of(measure, subject, currency)
    made = [Figure(key=key_of(measure), value=shown_value(measure, result), unit=unit)]
    for name, value in result.parts:
        part_unit = currency if measure.aggregate == "share" and measure.of == "sum" else noun(subject)
        shown = exact(value) if measure.aggregate == "share" and measure.of == "sum" and value is not None else value
        made.append(Figure(key=name, value=shown, unit=part_unit))
    return made


def said(measure: Measure, value: Decimal | int | None, subject: str, currency: str | None) -> str:
    """Return a figure in words."""
    if value is None:
        return (
            "no figure (no record has a value)"
            if measure.aggregate not in ("win_rate", "loss_rate", "win_loss_ratio")
            else "no figure (nothing was decided)"
        )
    known = FIELDS.get(measure.field or "")
    if known is not None and known.type == "money" and measure.aggregate != "share":
        return money(Decimal(value), currency)
    if measure.aggregate in ("win_rate", "loss_rate", "share", "attainment"):
        return f"{value}%"
    if measure.aggregate == "count":
        return f"{plain(value)} {noun(subject, int(value))}"
    return f"{plain(value)}{' days' if known is not None and known.type == 'days' else ''}"


def sentence_of(measure: Measure, told: Sequence[str], plan: Plan, words: Words) -> str:
    """Return a measure's figures, one for each currency, with what they are."""
    if measure.aggregate == "count":
        return told[0] if status_of(plan) is None else told[0].replace(" ", f" {status_of(plan)} ", 1)
    if measure.aggregate == "share":
        return told[0]
    return f"{measured(measure, plan, words)}{' ' if measure.aggregate in _RATES else ': '}{joined(told)}"


def figure_said(measure: Measure, result: Result, subject: str, currency: str | None, words: Words) -> str:
    """Return a figure with the counts it rests on."""
    text = said(measure, shown_value(measure, result), subject, currency)
    if measure.aggregate == "count":
        return text
    parts = dict(result.parts)
    if measure.aggregate in _RATES:
        return f"{text} ({plain(parts['won'] or 0)} won, {plain(parts['lost'] or 0)} lost)"
    if measure.aggregate == "share":
        shown = [
            money(Decimal(parts[name] or 0), currency) if measure.of == "sum" else plain(parts[name] or 0)
            for name in ("part", "whole")
        ]
        which = ", ".join(words.condition(one) for one in measure.part)
        return f"{text} ({shown[0]} of {shown[1]}): {which}"
    records = parts.get("records")
    return text + (f" ({plain(int(records))} {noun(subject, int(records))})" if records is not None else "")
