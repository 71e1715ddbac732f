"""The week ahead, data quality, and several currencies side by side: reckoned again from the deals alone, in plain Python."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

import pytest

from agents.digest.record import Digest, Line
from agents.digest.service import Wish
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Activity
from infra.spine.scope import EVERYTHING
from sales.clock import FixedClock
from tests.agents.digest.office import MONDAY, closed, deal, people, reviews
from tests.conftest import NOW
from tests.in_turn import in_turn

SCALES = {"USD": 1, "EUR": 2, "JPY": 150, "GBP": 1, "CHF": 1}
SIGNS = {"USD": "$", "EUR": "€", "JPY": "¥", "GBP": "£", "CHF": "CHF "}


@pytest.fixture
def known(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """Open deals in five currencies, each without this or that, and what was won this week; most of them in yen, whose sums look large."""
    chance = random.Random(request.param)
    made: list[dict[str, Any]] = []
    for place in range(160):
        currency = chance.choice(("JPY", "JPY", "JPY", *SCALES))
        made.append(
            {
                "id": f"d{place:03d}",
                "amount": None
                if place >= 20 and chance.random() < 0.15
                else chance.randrange(3, 90) * 1_000 * SCALES[currency],
                "currency": currency,
                "close_date": None if chance.random() < 0.1 else NOW.date() + timedelta(days=chance.randrange(-30, 60)),
                "owner": "dana" if place < 20 else chance.choice(("dana", "tom", "luis", None)),
                "stage": chance.choice(("Propose", "Resolve", None)),
                "next_step": chance.choice(("Call them", None)),
                "next_step_date": chance.choice((date(2026, 12, 1), None)),
                "meets": NOW + timedelta(hours=chance.randrange(-48, 300)) if chance.random() < 0.3 else None,
                "won": None,
            }
        )
    for one in made[:20]:
        one["won"] = MONDAY + timedelta(hours=chance.randrange(1, 160))
    return made


def _filled(database: Database, known: list[dict[str, Any]]) -> None:
    with database.transaction() as session:
        people(session)
        for one in known:
            given = {name: one[name] for name in ("currency", "next_step", "next_step_date")}
            if one["won"] is not None:
                closed(session, one["id"], one["owner"], "won", one["amount"], one["won"], currency=one["currency"])
                continue
            deal(session, one["id"], one["owner"], one["amount"], close_date=one["close_date"], stage=one["stage"], **given)  # fmt: skip
        session.flush()
        for one in known:
            if one["meets"] is not None:
                session.add(Activity(id=f"m-{one['id']}", kind="meeting", subject="Talk", at=one["meets"], direction="none", status="booked", automatic=False, deal_id=one["id"], content_hash="x", source="test", source_at=NOW))  # fmt: skip


def _lines(digest: Digest, key: str) -> dict[str, Line]:
    section = digest.section(key)
    return {} if section is None else {line.key: line for line in (*section.lines, *section.more)}


def _short(amount: int, currency: str) -> str:
    whole = f"{amount / 1_000_000:.2f}".rstrip("0").rstrip(".") + "M" if amount >= 1_000_000 and amount % 10_000 == 0 else f"{amount // 1_000}k"  # fmt: skip
    return f"{SIGNS[currency]}{whole}"


def _sums(rows: list[dict[str, Any]]) -> str:
    by: dict[str, int] = {}
    for one in rows:
        if one["amount"] is not None:
            by[one["currency"]] = by.get(one["currency"], 0) + one["amount"]
    return " + ".join(_short(total, currency) for currency, total in sorted(by.items(), key=lambda told: -told[1]))


@pytest.mark.parametrize(("database_url", "known"), in_turn(5, 6), indirect=True)
def test_the_week_ahead_quality_and_every_currency_are_those_of_the_deals(
    database: Database, settings: Settings, known: list[dict[str, Any]]
) -> None:
    _filled(database, known)
    digest = reviews(database, settings, FixedClock(NOW)).read(None, EVERYTHING, Wish())
    standing, won = [one for one in known if one["won"] is None], [one for one in known if one["won"] is not None]
    usual = {
        name: median([one["amount"] for one in standing if one["currency"] == name and one["amount"]])
        for name in SCALES
    }
    weights = {one["id"]: one["amount"] / usual[one["currency"]] if one["amount"] else 1.0 for one in standing}

    def worthiest(rows: list[dict[str, Any]], most: int) -> list[str]:
        return [one["id"] for one in sorted(rows, key=lambda one: (-weights[one["id"]], one["id"]))[:most]]

    week = NOW + timedelta(days=7)
    ahead = _lines(digest, "closing")
    met = worthiest([one for one in standing if one["meets"] and NOW < one["meets"] < week], 6)
    ends = worthiest([one for one in standing if one["close_date"] and NOW.date() <= one["close_date"] < week.date()], 6)  # fmt: skip
    assert {key for key in ahead if key.startswith("closing:meeting:")} == {f"closing:meeting:m-{id}" for id in met}
    assert {key for key in ahead if key.startswith("closing:deal:")} == {f"closing:deal:{id}" for id in {*ends} - {*met}}  # fmt: skip
    late = [one for one in standing if one["close_date"] and one["close_date"] < NOW.date()]
    assert ahead["closing:passed"].text.startswith(f"{len(late)} open deals, {_sums(late)}, have a close date that has passed: {worthiest(late, 1)[0].title()} (")  # fmt: skip

    bare = [one for one in standing if not one["next_step"] or not one["next_step_date"]]
    blank = [one for one in standing if None in (one["owner"], one["amount"], one["close_date"], one["stage"])]
    quality = _lines(digest, "quality")
    found = {"stale_close_date": late, "no_next_step": bare, "blank_fields": blank}
    assert {key: int(line.after or 0) for key, line in quality.items()} == {f"quality:{rule}": len(rows) for rule, rows in found.items()}  # fmt: skip
    section = digest.section("quality")
    assert section is not None
    assert section.total == len({one["id"] for rows in found.values() for one in rows})

    assert _lines(digest, "moved")["moved:won"].text.startswith(f"{len(won)}, {_sums(won)}: ")
    quarter = [one for one in standing if one["close_date"] and date(2026, 10, 1) <= one["close_date"] < date(2027, 1, 1)]  # fmt: skip
    forecast = _lines(digest, "forecast")
    for name in SCALES:
        line, mine = forecast[f"forecast:{name}"], sum(one["amount"] or 0 for one in won if one["currency"] == name)
        deals = [sum(one["currency"] == name for one in rows) for rows in (won, quarter)]
        assert line.evidence[0].quote == f"{deals[0]} won and {deals[1]} open deals with a close date in Q4 2026, in {name}"  # fmt: skip
        assert (line.amount or Decimal(0)) >= mine
        assert not mine or f"won {_short(mine, name)}" in line.text
