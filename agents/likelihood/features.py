"""From what was known of a deal to the columns that a model is fitted on. How each column came about is kept, so that it is made the same way later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from agents.likelihood.snapshots import NUMBERS, WORDS, Snapshots
from sales.likelihood import Ages, logit

if TYPE_CHECKING:
    from numpy.typing import NDArray

KNOWN_SHARE = 0.5
"""What is known of fewer than half of the past deals is not learned from: who has it is then mostly told by how it ended. Ours."""

FEWEST_OF_VALUE = 20
"""A word (a product, a stage) is learned where at least so many past rows have it. Ours."""

_MOST_VALUES = 60
_LABELS = {
    "age": "age", "curve": "age", "season": "part of the quarter", "stage_days": "time in stage", "amount": "amount", "close_days": "days to the close date", "slips": "close-date slips",
    "buyer_words": "words from the buyer", "our_words": "words from us", "buyer_silent": "silence", "account_won": "earlier deals of the account",
    "account_lost": "earlier deals of the account", "stage": "stage", "category": "forecast category", "product": "product",
    "lead_source": "lead source", "type": "type", "industry": "sector", "region": "region",
}  # fmt: skip


@dataclass(frozen=True)
class Known:
    """What is known of the past as a whole: the ages at which deals were decided, the plain win rate, and that of each month of a fiscal quarter.

    `start_month` is the month in which the fiscal year starts.
    """

    ages: Ages
    overall: float
    months: tuple[float, float, float]
    start_month: int


class Shape(BaseModel):
    """The columns: each number with the mean and spread that it is measured by, each word with the values that have a column."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    numbers: dict[str, tuple[float, float]]
    missing: tuple[str, ...]
    words: dict[str, tuple[str, ...]]
    knots: tuple[float, ...]

    def labels(self) -> tuple[str, ...]:
        """Return what is learned from, in words."""
        return tuple(dict.fromkeys(_LABELS[name] for name in (*self.numbers, *self.words)))


def shape_of(rows: Snapshots, known_past: Known) -> Shape:
    """Return the columns that these rows allow for."""
    import numpy

    raw = _raw(rows, known_past)
    numbers: dict[str, tuple[float, float]] = {}
    missing: list[str] = []
    for name, values in raw.items():
        known = ~numpy.isnan(values)
        if known.mean() < KNOWN_SHARE and name != "buyer_silent":
            continue
        if known.any() and (spread := float(values[known].std())) > 1e-9:
            numbers[name] = (float(values[known].mean()), spread)
        if name in numbers and 0.02 < known.mean() < 0.98:
            missing.append(name)
    words: dict[str, tuple[str, ...]] = {}
    for name in WORDS:
        counts: dict[str, int] = {}
        for value in rows.words[name]:
            if value is not None:
                counts[value] = counts.get(value, 0) + 1
        enough = sorted(
            (value for value, count in counts.items() if count >= FEWEST_OF_VALUE), key=lambda one: (-counts[one], one)
        )
        if sum(counts.values()) >= KNOWN_SHARE * len(rows) and len(enough) > 1:
            words[name] = tuple(enough[:_MOST_VALUES])
    knots = tuple(sorted({float(one) for one in numpy.quantile(rows.ages, (0.25, 0.5, 0.75, 0.9))}))
    return Shape(numbers=numbers, missing=tuple(missing), words=words, knots=knots)  # fmt: skip


def matrix(rows: Snapshots, shape: Shape, known_past: Known) -> NDArray[Any]:
    """Return one row of columns for each deal; a number that is not known stands at its mean, beside a column that says so."""
    import numpy

    raw = _raw(rows, known_past)
    columns: list[NDArray[Any]] = []
    for name, (mean, spread) in shape.numbers.items():
        values = (raw[name] - mean) / spread
        unknown = numpy.isnan(values)
        columns.append(numpy.clip(numpy.where(unknown, 0.0, values), -4, 4))
        if name in shape.missing:
            columns.append(unknown.astype(float))
    columns += [numpy.maximum(rows.ages - knot, 0) / 30 for knot in shape.knots]
    for name, known in shape.words.items():
        places = {value: place for place, value in enumerate(known)}
        hot = numpy.zeros((len(rows), len(known)))
        for row, word in enumerate(rows.words[name]):
            if (place := places.get(word or "")) is not None:
                hot[row, place] = 1.0
        columns += list(hot.T)
    return numpy.column_stack(columns) if columns else numpy.zeros((len(rows), 0))


def curve(rows: Snapshots, ages: Ages, overall: float) -> NDArray[Any]:
    """Return the rate by age of each row."""
    import numpy

    known = {age: ages.rate(int(age), overall) for age in set(rows.ages.tolist())}
    return numpy.array([known[age] for age in rows.ages.tolist()], dtype=float)


def season(rows: Snapshots, known_past: Known) -> NDArray[Any]:
    """Return the win rate of the months in which each row is likely to be decided, told by the ages at which deals are: many a company wins more at a quarter's end."""
    import numpy

    ages = known_past.ages
    days = numpy.array(ages.days, dtype=float)
    shares = numpy.diff(numpy.array(ages.won) + numpy.array(ages.lost), prepend=0.0)
    rates = numpy.array(known_past.months)
    made = numpy.full(len(rows), known_past.overall)
    found: dict[tuple[float, float], float] = {}
    for row, key in enumerate(zip(rows.moments.tolist(), rows.ages.tolist(), strict=True)):
        if key not in found:
            moment, age = key
            later = days > age
            weight = float(shares[later].sum())
            ends = (
                (moment + (days[later] - age) * 86_400)
                .astype("int64")
                .astype("datetime64[s]")
                .astype("datetime64[M]")
                .astype(int)
            )
            places = (ends % 12 + 1 - known_past.start_month) % 3
            found[key] = float((shares[later] * rates[places]).sum() / weight) if weight > 1e-9 else known_past.overall
        made[row] = found[key]
    return made


def _raw(rows: Snapshots, known_past: Known) -> dict[str, NDArray[Any]]:
    import numpy

    of = rows.numbers
    rates = {"curve": curve(rows, known_past.ages, known_past.overall), "season": season(rows, known_past)}
    made = {name: numpy.array([logit(one) for one in values.tolist()], dtype=float) for name, values in rates.items()}
    for name in NUMBERS:
        values = of[name]
        if name == "close_days":
            made[name] = numpy.clip(values, -90, 365)
        else:
            made[name] = numpy.log1p(numpy.maximum(values, 0))
    return made
