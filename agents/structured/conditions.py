"""The conditions of a plan as SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, cast, func, not_, or_, select
from sqlalchemy.types import Numeric

from agents.structured.catalog import CUSTOM, FieldType, field_named
from agents.structured.columns import Columns, Expression
from agents.structured.plan import AnyOf, Condition, Predicate, Related, Within
from infra.spine.business import Deal

_COMPARE = {
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
}
_MOMENTS = {
    "deal.created": lambda columns: Deal.created_at,
    "deal.stage_entered": lambda columns: Deal.stage_entered_at,
}


class Conditions:
    """Turns conditions into SQL over one `Columns`. `custom_types` tells the type of each custom field by its key."""

    def __init__(self, columns: Columns, custom_types: dict[str, str] | None = None) -> None:
        self.columns = columns
        self.custom_types = custom_types or {}

    def type_of(self, key: str) -> FieldType:
        """Return a field's type, a custom one's from what the import registered."""
        known = field_named(key)
        if known is not None:
            return known.type
        kept = self.custom_types.get(key, "text")
        return kept if kept in ("number", "date", "bool") else "text"  # type: ignore[return-value]

    def value(self, key: str) -> Expression:
        """Return a field's SQL as a value that can be compared and summed: a custom number is a number."""
        expression = self.columns.expression(key)
        if CUSTOM.fullmatch(key) and self.type_of(key) == "number":
            return cast(func.nullif(expression, ""), Numeric(30, 8))
        return expression

    def all_of(self, conditions: Sequence[Condition]) -> list[Expression]:
        """Return the SQL of each condition."""
        return [self.one(condition) for condition in conditions]

    def one(self, condition: Condition) -> Expression:
        """Return the SQL of a condition."""
        if isinstance(condition, Predicate):
            return self._predicate(condition)
        if isinstance(condition, Within):
            return self._within(condition)
        if isinstance(condition, AnyOf):
            return or_(*(self.one(part) for part in condition.of))
        return self._related(condition)

    def _predicate(self, condition: Predicate) -> Expression:
        made = self._plain(condition)
        if condition.currency is not None and self.columns.subject == "deal":
            made = and_(made, Deal.currency == condition.currency)
        return made

    def _plain(self, condition: Predicate) -> Expression:
        key, kind = condition.field, self.type_of(condition.field)
        if condition.op in ("known", "unknown"):
            return self._presence(key, kind, known=condition.op == "known")
        if kind == "name":
            return self._name(condition)
        expression = self.value(key)
        if condition.op in ("is", "is_not"):
            values = [self._bound(value, kind) for value in condition.values]
            return (
                expression.in_(values) if condition.op == "is" else or_(expression.not_in(values), expression.is_(None))
            )
        bounds = [self._bound(value, kind) for value in condition.values]
        if condition.op == "between":
            return expression.between(bounds[0], bounds[1])
        compared: Expression = _COMPARE[condition.op](expression, bounds[0])
        return compared

    def _presence(self, key: str, kind: FieldType, *, known: bool) -> Expression:
        if kind == "name":
            identity, name = self.columns.person(key)
            absent = and_(identity.is_(None), or_(name.is_(None), name == ""))
        elif kind == "text":
            text = self.columns.expression(key)
            absent = or_(text.is_(None), func.trim(text) == "")
        else:
            absent = self.value(key).is_(None)
        return not_(absent) if known else absent

    def _name(self, condition: Predicate) -> Expression:
        identity, name = self.columns.person(condition.field)
        values = list(condition.values)
        found = or_(identity.in_(values), func.lower(name).in_([value.lower() for value in values]))
        if condition.op == "is":
            return func.coalesce(found, False)
        return not_(func.coalesce(found, False))

    @staticmethod
    def _bound(value: str, kind: FieldType) -> Any:
        if kind == "date":
            return date.fromisoformat(value)
        if kind in ("integer", "days"):
            number = Decimal(value)
            return int(number) if number == number.to_integral_value() else float(number)
        if kind in ("money", "number", "percent"):
            return Decimal(value)
        if kind == "bool":
            return value
        return value

    def _within(self, condition: Within) -> Expression:
        moment = _MOMENTS.get(condition.field)
        parts: list[Expression] = []
        expression: Any
        if moment is not None and self.columns.subject == "deal":
            # A moment is compared as it stands, so that an index can be used; the window's days are turned into moments.
            expression = moment(self.columns)
            first, until = self._midnight(condition.first), self._midnight(condition.until)
        else:
            expression = self.columns.expression(condition.field)
            first, until = condition.first, condition.until  # type: ignore[assignment]
            if CUSTOM.fullmatch(condition.field):
                expression = func.substr(expression, 1, 10)
                first = None if first is None else first.isoformat()  # type: ignore[assignment]
                until = None if until is None else until.isoformat()  # type: ignore[assignment]
        if first is not None:
            parts.append(expression >= first)
        if until is not None:
            parts.append(expression < until)
        inside = and_(*parts)
        return or_(not_(inside), expression.is_(None)) if condition.negated else inside

    def _midnight(self, day: date | None) -> datetime | None:
        if day is None:
            return None
        return datetime.combine(day, time.min, tzinfo=self.columns.settings.zone).astimezone(UTC)

    def _related(self, condition: Related) -> Expression:
        columns = self.columns
        inner = Columns("deal", columns.scope, columns.settings, columns.as_of)
        link = inner.link(columns.subject)
        where = [inner.inside(), link.is_not(None), *Conditions(inner, self.custom_types).all_of(condition.where)]
        mine: Any = columns.base.account_id if columns.subject == "contact" else columns.id
        found = select(link).select_from(inner.source()).where(*where)
        if condition.quantity in ("some", "none"):
            inside = mine.in_(found.correlate(None))
            return inside if condition.quantity == "some" else not_(func.coalesce(inside, False))
        counted = found.group_by(link)
        number = condition.count or 0
        if condition.quantity in ("gt", "ge") or (condition.quantity == "eq" and number > 0):
            many = (
                func.count() == number
                if condition.quantity == "eq"
                else _COMPARE[condition.quantity](func.count(), number)
            )
            return mine.in_(counted.having(many).correlate(None))  # type: ignore[no-any-return]
        # Fewer than some: whoever has none at all is among them, so those with too many are taken out.
        over = func.count() >= number if condition.quantity == "lt" else func.count() > number
        return not_(func.coalesce(mine.in_(counted.having(over).correlate(None)), False))
