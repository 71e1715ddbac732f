"""Files as they come out of real CRMs, with all that is missing in them: each figure of a week and a quarter is the one of their rows, in the company's own zone and fiscal year."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from agents.digest.pictures import MovementPicture
from agents.digest.record import Digest
from agents.digest.service import Wish
from agents.intake.run import import_paths
from agents.metrics.metric import Metric, Window
from agents.metrics.service import Metrics, Wanted
from agents.metrics.spans import Asked
from agents.pipeline.record import Movement
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.scope import EVERYTHING
from sales.clock import FixedClock
from tests.agents.digest.office import reviews
from tests.agents.pipeline.conftest import service
from tests.conftest import NOW

TENTH, HUNDREDTH = Decimal("0.1"), Decimal("0.01")
SIZE = 260
HEADER = ("opportunity_id", "sales_agent", "product", "account", "deal_stage", "engage_date", "close_date", "close_value", "currency")  # fmt: skip


@dataclass(frozen=True)
class Opportunity:
    """A row of the file as somebody reads it: what is blank is None."""

    id: str
    agent: str
    account: str | None
    stage: str
    engaged: date | None
    closed: date | None
    value: Decimal | None
    currency: str

    @property
    def won(self) -> bool:
        return self.stage == "Won"

    @property
    def over(self) -> bool:
        return self.stage in ("Won", "Lost")


def made(seed: int) -> list[Opportunity]:
    """Return opportunities of four quarters, a third of them with something missing or at a border."""
    chance = random.Random(seed)
    borders = [date(2017, 7, 31), date(2017, 8, 1), date(2017, 10, 31), date(2017, 11, 1), date(2017, 8, 6), date(2017, 8, 7), date(2017, 8, 13), date(2017, 8, 14), date(2017, 11, 5)]  # fmt: skip
    rows = []
    for number in range(SIZE):
        stage = chance.choices(("Won", "Lost", "Engaging", "Prospecting"), (48, 28, 18, 6))[0]
        engaged = date(2016, 11, 1) + timedelta(days=chance.randrange(400))
        closed = engaged + timedelta(days=chance.randrange(140))
        if chance.random() < 0.3:
            closed = chance.choice(borders)
            # Some were engaged on the day of their closing, some, by a slip of the pen, after it.
            engaged = closed - timedelta(days=chance.choice((0, 1, 30, 90, -3)))
        over = stage in ("Won", "Lost")
        rows.append(
            Opportunity(
                id=f"OP-{number:04d}",
                agent=f"Agent {number % 7}",
                account=None if chance.random() < 0.2 else f"Company {number % 23} Holding",
                stage=stage,
                engaged=None if stage == "Prospecting" or chance.random() < 0.05 else engaged,
                closed=closed if over and chance.random() > 0.04 else None,
                value=_value(chance, stage),
                currency=chance.choices(("USD", "EUR", "JPY"), (6, 3, 1))[0],
            )
        )
    return rows


def _value(chance: random.Random, stage: str) -> Decimal | None:
    if stage not in ("Won", "Lost") or chance.random() < 0.06:
        return None
    return Decimal(0) if stage == "Lost" else Decimal(chance.randrange(1, 900_000)) / 100


def written(rows: list[Opportunity], folder: Path, seed: int) -> Path:
    """Write the rows as a file, in no order, some of them twice."""
    chance = random.Random(seed)
    lines = [
        (one.id, one.agent, "Birch", one.account or "", one.stage, one.engaged or "", one.closed or "", "" if one.value is None else one.value, one.currency)
        for one in rows
    ]  # fmt: skip
    lines += chance.sample(lines, 25)
    chance.shuffle(lines)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "sales_pipeline.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADER, *lines])
    return path


def _began(one: Opportunity) -> date:
    """Return the day on which a deal began: by a slip of the pen it may have ended before it was engaged, and was there then."""
    assert one.engaged is not None
    return min(one.engaged, one.closed) if one.closed is not None else one.engaged


class ByHand:
    """The figures from the rows alone."""

    def __init__(self, rows: list[Opportunity]) -> None:
        self.rows = rows

    def ended(self, first: date, after: date) -> list[Opportunity]:
        """Return what was won or lost on one of the days; what bears no day is in no window."""
        return [one for one in self.rows if one.over and one.closed is not None and first <= one.closed < after]

    def open_before(self, day: date) -> list[Opportunity]:
        """Return what was open when a day began: begun before it and not ended. One that ended before it began never was."""
        found = []
        for one in self.rows:
            there = one.engaged is None or _began(one) < day
            ended = one.over and (one.closed is None or one.closed < day)
            if there and not ended:
                found.append(one)
        return found

    def begun(self, first: date, after: date) -> list[Opportunity]:
        """Return what began on one of the days."""
        return [one for one in self.rows if one.engaged is not None and first <= _began(one) < after]

    def figures(self, first: date, after: date) -> dict[tuple[str, str | None], tuple[Decimal | None, int]]:
        """Return value and sample by key and currency."""
        ended = self.ended(first, after)
        won = [one for one in ended if one.won]
        told: dict[tuple[str, str | None], tuple[Decimal | None, int]] = {
            ("win_rate", None): (
                (Decimal(len(won)) * 100 / len(ended)).quantize(TENTH, ROUND_HALF_EVEN) if ended else None,
                len(ended),
            )
        }
        days = [(one.closed - one.engaged).days for one in won if one.closed and one.engaged]
        days = [one for one in days if one >= 0]
        told["cycle_length", None] = (Decimal(str(median(days))).quantize(TENTH) if days else None, len(days))
        for currency in {one.currency for one in won}:
            amounts = [one.value for one in won if one.currency == currency and one.value is not None]
            mean = (sum(amounts, Decimal(0)) / len(amounts)).quantize(HUNDREDTH, ROUND_HALF_EVEN) if amounts else None
            told["deal_size", currency] = (mean, len(amounts))
        return told


def _told(metrics: tuple[Metric, ...]) -> dict[tuple[str, str | None], tuple[Decimal | None, int]]:
    return {(one.key, one.currency): (one.value, int(one.denominator)) for one in metrics if one.split is None}


WEEKS = ((date(2017, 7, 31), date(2017, 8, 7)), (date(2017, 8, 7), date(2017, 8, 14)), (date(2017, 10, 30), date(2017, 11, 6)))  # fmt: skip
QUARTERS = ((date(2017, 8, 1), date(2017, 11, 1)), (date(2017, 5, 1), date(2017, 8, 1)))


def test_what_is_missing_or_stands_at_a_border_changes_no_figure(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    # Far behind UTC on one database, far before it on the other: a day that slips would slip both ways.
    zone = "America/Los_Angeles" if database.engine.dialect.name == "sqlite" else "Pacific/Auckland"
    company = settings.model_copy(update={"time_zone": zone, "fiscal_year_start": 2})
    rows = made(5)
    report = import_paths(database, company, FixedClock(NOW), [written(rows, tmp_path / "files", 5)])
    assert not report.kept_aside
    by_hand, metrics, pipeline = ByHand(rows), Metrics(company), service(database, company)
    with database.session() as session:
        for first, after in (*WEEKS, *QUARTERS):
            wanted = Wanted(Asked(first=first.isoformat(), last=(after - timedelta(days=1)).isoformat()), trend=False)
            at = _midnight(after, zone) + timedelta(hours=9)
            told = _told(metrics.report(session, EVERYTHING, at, wanted).metrics)
            expected = by_hand.figures(first, after)
            assert {key: told.get(key) for key in expected} == expected, (first, after)
            window = Window(begin=_midnight(first, zone), end=_midnight(after, zone))
            _check_movement(pipeline.movement(session, EVERYTHING, window), by_hand, first, after)
    told_by = reviews(database, company, FixedClock(NOW))
    for first, after in WEEKS[1:]:
        at = _midnight(after, zone) + timedelta(hours=9)
        year, number, _ = first.isocalendar()
        review = told_by.read(None, EVERYTHING, Wish(week=f"{year}-W{number:02d}", as_of=at))
        _check_review(review, by_hand, first, after)


def _check_review(review: Digest, by_hand: ByHand, first: date, after: date) -> None:
    """Hold what a review tells of a week against the rows: what is open at the moment that is spoken for, what came and ended, and its waterfall."""
    today = after + timedelta(days=1)
    assert review.open_deals == len(by_hand.open_before(today))
    moved = {line.key: line for section in review.sections if section.key == "moved" for line in section.lines}
    for kind, rows in (
        ("won", [one for one in by_hand.ended(first, after) if one.won]),
        ("lost", [one for one in by_hand.ended(first, after) if not one.won]),
        ("new", by_hand.begun(first, after)),
    ):
        line = moved.get(f"moved:{kind}")
        assert (line is None) == (not rows), kind
        if line is not None and len(rows) > 1:
            assert line.text.startswith(f"{len(rows)}"), (kind, line.text, len(rows))
    (waterfall,) = [one for one in review.pictures if isinstance(one, MovementPicture)]
    for at, deals, amount in ((first, waterfall.begin_deals, waterfall.begin), (after, waterfall.end_deals, waterfall.end)):  # fmt: skip
        rows = [one for one in by_hand.open_before(at) if one.currency == waterfall.currency]
        assert (deals, amount) == (len(rows), sum((one.value or Decimal(0) for one in rows), Decimal(0)))
    assert waterfall.begin + sum((one.amount for one in waterfall.steps), Decimal(0)) == waterfall.end
    won = [one for one in by_hand.ended(first, after) if one.won and one.currency == waterfall.currency]
    steps = {one.kind: (one.amount, one.deals) for one in waterfall.steps}
    assert steps.get("won", (Decimal(0), 0)) == (-sum((one.value or Decimal(0) for one in won), Decimal(0)), len(won))


def _midnight(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))


def _check_movement(found: Movement, by_hand: ByHand, first: date, after: date) -> None:
    for side, day in ((found.begin, first), (found.end, after)):
        expected = by_hand.open_before(day)
        assert {one.currency: (one.deals, one.unpriced) for one in side} == {
            currency: (
                sum(one.currency == currency for one in expected),
                sum(one.currency == currency and one.value is None for one in expected),
            )
            for currency in {one.currency for one in expected}
        }, day
    for kind, of in (("won", True), ("lost", False)):
        moved = {one.deal_id.rpartition("OP-")[2] for one in found.moves if one.kind == kind}
        rows = {one.id.removeprefix("OP-") for one in by_hand.ended(first, after) if one.won is of}
        assert moved == rows, (kind, first)
    new = {one.deal_id.rpartition("OP-")[2] for one in found.moves if one.kind == "new"}
    assert new == {one.id.removeprefix("OP-") for one in by_hand.begun(first, after)}
