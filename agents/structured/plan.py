"""The typed plan of a structured question: what is counted, over which records, grouped and ordered how.

A plan is what the parser makes of a question and what a language model may fill as a tool call: it is validated strictly, knows only the
fields of the catalog, and holds no SQL. It is JSON both ways, so that a thread can keep it and refine it.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agents.structured.catalog import FieldType, Subject, field_named, is_field

Op = Literal["is", "is_not", "gt", "ge", "lt", "le", "between", "known", "unknown"]
Aggregate = Literal[
    "count", "sum", "average", "median", "min", "max", "win_rate", "loss_rate", "win_loss_ratio", "share", "attainment"
]
Grain = Literal["value", "day", "week", "month", "quarter", "year"]
Quantity = Literal["some", "none", "gt", "ge", "lt", "le", "eq"]
_NUMBERS: frozenset[FieldType] = frozenset({"money", "number", "integer", "percent", "days"})
_ORDERED = frozenset({"gt", "ge", "lt", "le", "between"})


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Predicate(_Strict):
    """One condition on a field. Values are text: names or ids, plain decimals, ISO dates; `shown` says them for people.

    `currency` narrows an amount to deals of that currency. `any_null` lets `is_not` take records without a value (it does by default).
    """

    kind: Literal["predicate"] = "predicate"
    field: str
    op: Op
    values: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    currency: str | None = None

    @model_validator(mode="after")
    def _fits(self) -> Predicate:
        if not is_field(self.field):
            raise ValueError(f"no field is called {self.field!r}")
        needed = {"known": 0, "unknown": 0, "between": 2}.get(self.op)
        if needed is not None and len(self.values) != needed:
            raise ValueError(f"{self.op} takes {needed} values")
        if needed is None and (not self.values or (self.op in _ORDERED and len(self.values) != 1)):
            raise ValueError(f"{self.op} needs a value")
        if self.op in _ORDERED and (known := field_named(self.field)) is not None:
            if known.type in _NUMBERS:
                _check_numbers(self.values)
            elif known.type == "date":
                for value in self.values:
                    date.fromisoformat(value)
            else:
                raise ValueError(f"{self.field} has no order")
        return self


def _check_numbers(values: tuple[str, ...]) -> None:
    for value in values:
        try:
            number = Decimal(value)
        except InvalidOperation as error:
            raise ValueError(f"{value!r} is no number") from error
        if not number.is_finite():
            raise ValueError("a number must be finite")


class Within(_Strict):
    """A date field inside a window: `first` is in, `until` is out; either may be open."""

    kind: Literal["within"] = "within"
    field: str
    first: date | None = None
    until: date | None = None
    label: str
    negated: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Within:
        known = field_named(self.field)
        if not is_field(self.field) or (known is not None and known.type != "date"):
            raise ValueError(f"{self.field!r} is no date")
        if self.first is None and self.until is None:
            raise ValueError("a window needs an end")
        if self.first is not None and self.until is not None and self.until < self.first:
            raise ValueError("a window can't end before it starts")
        return self


class AnyOf(_Strict):
    """At least one of the conditions holds."""

    kind: Literal["any_of"] = "any_of"
    of: tuple[Predicate | Within, ...] = Field(min_length=2)


class Related(_Strict):
    """A record of the subject has some, none or a number of related deals that fulfil conditions."""

    kind: Literal["related"] = "related"
    where: tuple[Predicate | Within | AnyOf, ...] = ()
    quantity: Quantity = "some"
    count: int | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _fits(self) -> Related:
        if (self.count is None) != (self.quantity in ("some", "none")):
            raise ValueError("some and none take no count, the other quantities need one")
        return self


Condition = Annotated[Predicate | Within | AnyOf | Related, Field(discriminator="kind")]


class Measure(_Strict):
    """What is computed. `field` is the numeric field of sums and averages. `part` are the conditions of a share's numerator."""

    aggregate: Aggregate
    field: str | None = None
    of: Literal["count", "sum"] = "count"
    part: tuple[Condition, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Measure:
        numeric = self.aggregate in ("sum", "average", "median", "min", "max") or (
            self.aggregate == "share" and self.of == "sum"
        )
        if numeric != (self.field is not None):
            raise ValueError(f"{self.aggregate} {'needs' if numeric else 'takes no'} field")
        if self.field is not None:
            known = field_named(self.field)
            if not is_field(self.field) or (known is not None and known.type not in _NUMBERS):
                raise ValueError(f"{self.field!r} is no number")
        if (self.aggregate == "share") != bool(self.part):
            raise ValueError("a share, and only a share, has a part")
        return self


class GroupKey(_Strict):
    """What rows are grouped by: a field's values, or a date field cut into days, weeks, months, quarters or years."""

    field: str
    grain: Grain = "value"

    @model_validator(mode="after")
    def _fits(self) -> GroupKey:
        known = field_named(self.field)
        if not is_field(self.field) or (known is not None and (known.type == "date") != (self.grain != "value")):
            raise ValueError(f"{self.field!r} can't be grouped by {self.grain}")
        return self


class Having(_Strict):
    """A condition on a group's first measure or on the measure with this index."""

    measure: int = Field(0, ge=0)
    op: Literal["gt", "ge", "lt", "le", "eq"]
    value: str
    currency: str | None = None

    @model_validator(mode="after")
    def _fits(self) -> Having:
        _check_numbers((self.value,))
        return self


class Order(_Strict):
    """How rows are sorted: by the measure with this index, or by a field of the subject."""

    measure: int | None = Field(None, ge=0)
    field: str | None = None
    descending: bool = True

    @model_validator(mode="after")
    def _fits(self) -> Order:
        if (self.measure is None) == (self.field is None):
            raise ValueError("order by a measure or by a field")
        if self.field is not None and not is_field(self.field):
            raise ValueError(f"no field is called {self.field!r}")
        return self


class Branch(_Strict):
    """One side of a comparison: its own conditions on top of the plan's."""

    label: str
    where: tuple[Condition, ...] = Field(min_length=1)


class Silence(_Strict):
    """No word for a number of days: from the buyer, from us, from either side, or no answer of ours to the buyer's last word."""

    by: Literal["buyer", "us", "either", "reply"] = "buyer"
    at_least_days: int = Field(5, ge=0, le=36_500)
    with_meeting: bool = Field(False, description="Keep deals with a meeting booked in the list.")


class Plan(_Strict):
    """A whole structured question.

    `shape` is figure (one or a few numbers), list (records), groups (a row a group) or lookup (fields of named records).
    `defaults` are the words for assumptions that the question did not say; they stand in the answer's rule.
    """

    subject: Subject = "deal"
    shape: Literal["figure", "list", "groups", "lookup"] = "figure"
    measures: tuple[Measure, ...] = ()
    where: tuple[Condition, ...] = ()
    group_by: tuple[GroupKey, ...] = Field((), max_length=3)
    having: tuple[Having, ...] = ()
    order: Order | None = None
    limit: int | None = Field(None, ge=1, le=100_000)
    limit_each: bool = Field(
        False, description="The limit holds within each group of the later keys: the best product of each region."
    )
    branches: tuple[Branch, ...] = Field((), max_length=24)
    columns: tuple[str, ...] = ()
    silence: Silence | None = None
    breakdown: bool = Field(False, description="Tell beside the figure how many are open, won and lost.")
    growth: bool = Field(False, description="A comparison asks for the change, in percent too.")
    difference: bool = Field(False, description="Two sides are compared: tell their difference.")
    zeros: bool = Field(False, description="Groups without a match count as nought.")
    defaults: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Plan:
        if self.shape in ("figure", "groups") and not self.measures:
            raise ValueError("a figure needs a measure")
        if (self.shape == "groups") != bool(self.group_by):
            raise ValueError("groups, and only groups, are grouped by something")
        if self.shape == "lookup" and not self.columns:
            raise ValueError("a lookup needs the fields to look up")
        count = len(self.measures)
        used = [one.measure for one in self.having] + ([self.order.measure] if self.order else [])
        if any(index is not None and index >= count for index in used):
            raise ValueError("there is no measure with this index")
        if self.silence is not None and self.subject != "deal":
            raise ValueError("silence is a rule about deals")
        return self
