"""A model's plan, held to this company's data: every field and value must be there, and every word that people will read is ours.

A plan carries words for people beside its conditions (how a value is shown, what a window is called). From a model they could say anything, so
they are taken from the data and the dates instead. A value that the asker's data does not have is told back, never silently nought.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from agents.structured.catalog import CUSTOM, field_named
from agents.structured.lexer import key_words
from agents.structured.plan import AnyOf, Branch, Condition, Measure, Plan, Predicate, Related, Within
from agents.structured.vocabulary import Vocabulary
from agents.structured.vocabulary_reader import known_field
from agents.structured.wording import Words
from sales.names import fold

MOST_CONDITIONS = 12
_MOST_SHOWN = 25
_BIGGEST = Decimal(10) ** 15
_FIXED: dict[str, frozenset[str]] = {
    "deal.status": frozenset({"open", "won", "lost"}),
    "activity.kind": frozenset({"call", "meeting", "mail", "note", "task"}),
    "activity.direction": frozenset({"inbound", "outbound", "mutual"}),
    "activity.status": frozenset({"done", "open", "booked", "cancelled"}),
}
_SAME_VALUES = {"target.team": "owner.team", "target.person": "owner.name", "owner.manager": "owner.name"}
_QUARTER = re.compile(r"\d{4}-?Q[1-4]")
_MONTHS = "January February March April May June July August September October November December".split()

DealNamed = Callable[[str], tuple[str, str] | None]
"""Looks a deal up by its name inside the asker's scope: its id and name."""


class Ungrounded(Exception):
    """A plan names what is not in the data. `told` says so to the model, in words of ours and names that the asker may see."""

    def __init__(self, told: str) -> None:
        super().__init__(told)
        self.told = told


def own_words(raw: Any) -> Any:
    """Return a plan's raw JSON with all words for people taken out, so that it can be validated."""
    if isinstance(raw, Mapping):
        made = {key: own_words(value) for key, value in raw.items() if key not in ("shown", "label", "defaults")}
        if raw.get("kind") == "within" or set(raw) & {"first", "until"}:
            made["label"] = "this time"
        elif "where" in raw and set(raw) <= {"label", "where"}:
            made["label"] = "side"
        return made
    return [own_words(one) for one in raw] if isinstance(raw, list | tuple) else raw


class Grounding:
    """Holds plans to one scope's vocabulary."""

    def __init__(self, vocabulary: Vocabulary, deal_named: DealNamed) -> None:
        self._vocabulary = vocabulary
        self._deal_named = deal_named
        self._words = Words(vocabulary)

    def plan(self, plan: Plan) -> Plan:
        """Return the plan with values as the data has them and with our own words. Raises Ungrounded."""
        sides = sum(len(branch.where) for branch in plan.branches)
        if len(plan.where) + sides > MOST_CONDITIONS * 2 or len(plan.where) > MOST_CONDITIONS or len(plan.measures) > 6:
            raise Ungrounded("The plan has too many parts.")
        for key in (*plan.columns, *(one.field for one in plan.group_by)):
            self._field(key)
        if plan.order is not None and plan.order.field is not None:
            self._field(plan.order.field)
        for having in plan.having:
            _bounded(having.value)
            self._currency(having.currency)
        return plan.model_copy(
            update={
                "where": self._all(plan.where),
                "measures": tuple(self._measure(one) for one in plan.measures),
                "branches": tuple(self._branch(one) for one in plan.branches),
                "defaults": (),
            }
        )

    def _all(self, conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
        return tuple(self._condition(one) for one in conditions)

    def _measure(self, one: Measure) -> Measure:
        if one.field is not None:
            self._field(one.field)
        return one.model_copy(update={"part": self._all(one.part)})

    def _branch(self, one: Branch) -> Branch:
        where = self._all(one.where)
        return Branch(label=", ".join(self._words.condition(part) for part in where), where=where)

    def _condition(self, one: Condition) -> Condition:
        if isinstance(one, Within):
            self._field(one.field)
            return one.model_copy(update={"label": window_name(one.first, one.until)})
        if isinstance(one, AnyOf | Related):
            parts = one.of if isinstance(one, AnyOf) else one.where
            if len(parts) > MOST_CONDITIONS:
                raise Ungrounded("The plan has too many parts.")
            made = tuple(self._condition(part) for part in parts)
            return one.model_copy(update={"of" if isinstance(one, AnyOf) else "where": made})
        return self._predicate(one)

    def _predicate(self, one: Predicate) -> Predicate:
        self._field(one.field)
        self._currency(one.currency)
        if one.op in ("known", "unknown"):
            return one.model_copy(update={"shown": ()})
        if len(one.values) > 50:
            raise Ungrounded("A condition has too many values.")
        known = field_named(one.field)
        kind = known.type if known is not None else self._vocabulary.custom_types.get(one.field, "text")
        if kind in ("money", "number", "integer", "percent", "days"):
            for value in one.values:
                _bounded(value)
            return one.model_copy(update={"shown": ()})
        if kind == "date":
            days = tuple(_day(value) for value in one.values)
            return one.model_copy(update={"values": days, "shown": ()})
        pairs = [self._value(one.field, value) for value in one.values]
        return one.model_copy(
            update={
                "values": tuple(value for values, _ in pairs for value in values),
                "shown": tuple(shown for _, shown in pairs),
            }
        )

    def _value(self, key: str, value: str) -> tuple[tuple[str, ...], str]:
        """Return the data's spellings (or ids) of one value and how it is shown."""
        if key in _FIXED:
            if fold(value) in _FIXED[key]:
                return (fold(value),), fold(value)
            raise Ungrounded(f"{key} is one of {', '.join(sorted(_FIXED[key]))}.")
        if key == "target.quarter" and _QUARTER.fullmatch(value):
            return (value,), value
        if key == "deal.name":
            found = self._deal_named(value)
            if found is None:
                raise Ungrounded("No deal of this name is known.")
            return (found[0],), found[1]
        source = _SAME_VALUES.get(key, key)
        for ref in self._vocabulary.find(tuple(key_words(value))):
            if ref.field == source and not (ref.part or ref.typo):
                return ref.values, ref.shown
        spelled = self._vocabulary.spellings.get(source, {}).get(fold(value).strip())
        if spelled is not None:
            return (spelled,), spelled
        for person in self._vocabulary.people.values() if source == "owner.name" else ():
            if value == person.id:
                return (person.id,), person.name
        raise Ungrounded(f"{key} has no such value. {self._known(source)}".strip())

    def _known(self, key: str) -> str:
        values = self._vocabulary.values_of(key)
        if not values and key == "owner.name":
            values = sorted(person.name for person in self._vocabulary.people.values())
        more = " and more" if len(values) > _MOST_SHOWN else ""
        return f"It has: {', '.join(values[:_MOST_SHOWN])}{more}." if values else ""

    def _field(self, key: str) -> None:
        if not known_field(self._vocabulary, key) or (CUSTOM.fullmatch(key) and not self._vocabulary.has(key)):
            raise Ungrounded("The plan names a field that is not there.")

    def _currency(self, currency: str | None) -> None:
        if currency is not None and currency not in self._vocabulary.currencies:
            raise Ungrounded(f"Currencies here are {', '.join(self._vocabulary.currencies)}.")


def _bounded(value: str) -> None:
    # A plain decimal only: an exponent can stand for a number that no column holds and no memory either.
    if not re.fullmatch(r"-?\d{1,15}(?:\.\d{1,6})?", value) or abs(Decimal(value)) > _BIGGEST:
        raise Ungrounded("Numbers are plain decimals of at most fifteen digits.")


def _day(value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise Ungrounded("Dates are ISO dates such as 2026-11-30.") from error


def window_name(first: date | None, until: date | None) -> str:
    """Name a window by its days: a month, a year, or what bounds it."""
    if first is None:
        return f"before {until}"
    if until is None:
        return f"since {first}"
    if until - first == timedelta(days=1):
        return first.isoformat()
    if first.day == 1 and until.day == 1:
        months = (until.year - first.year) * 12 + until.month - first.month
        if months == 1:
            return f"{_MONTHS[first.month - 1]} {first.year}"
        if months == 12 and first.month == 1:
            return str(first.year)
    return "this time"
