"""A pipeline of the shape of public CRM sales data: opportunities of four quarters with engage and close dates, agents, products and accounts; no history, no activities.

The shape (columns, shares of won, lost and open, two humps of cycle lengths, deals without account, no value on open deals) is that of the "CRM Sales Opportunities" data
of Maven Analytics' Data Playground; every name and figure here is made up.
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

FIRST, LAST = date(2016, 10, 20), date(2017, 12, 31)
FIRST_CLOSE = date(2017, 3, 1)
_OFFICES = ("Central", "East", "West")
_SECTORS = ("retail", "medical", "finance", "software", "telecom", "services", "marketing", "entertainment")
_PRODUCTS = (
    ("Alder One", "Alder", 55), ("Alder Two", "Alder", 550), ("Birch", "Birch", 1096), ("Birch Plus", "Birch", 3393),
    ("Birch Pro", "Birch", 4821), ("Cedar", "Cedar", 5482), ("Cedar Max", "Cedar", 26768),
)  # fmt: skip


@dataclass(frozen=True)
class Opportunity:
    """One row of the pipeline as it stands in the file."""

    id: str
    agent: str
    product: str
    account: str
    stage: str
    engaged: date | None
    closed: date | None
    value: int | None


@dataclass
class PublicPipeline:
    """The rows of all four files."""

    opportunities: list[Opportunity] = field(default_factory=list)
    agents: list[tuple[str, str, str]] = field(default_factory=list)
    accounts: list[tuple[str, str, int, float, int, str, str]] = field(default_factory=list)

    def office_of(self, agent: str) -> str:
        """Return the regional office of an agent."""
        return next(office for name, _, office in self.agents if name == agent)

    def write(self, folder: Path) -> list[Path]:
        """Write the four files as they are published and return their paths."""
        folder.mkdir(parents=True, exist_ok=True)
        tables: dict[str, tuple[tuple[str, ...], list[tuple[object, ...]]]] = {
            "sales_teams.csv": (("sales_agent", "manager", "regional_office"), [tuple(one) for one in self.agents]),
            "products.csv": (("product", "series", "sales_price"), [tuple(one) for one in _PRODUCTS]),
            "accounts.csv": (
                ("account", "sector", "year_established", "revenue", "employees", "office_location", "subsidiary_of"),
                [tuple(one) for one in self.accounts],
            ),
            "sales_pipeline.csv": (
                ("opportunity_id", "sales_agent", "product", "account", "deal_stage", "engage_date", "close_date", "close_value"),
                [(one.id, one.agent, one.product, one.account, one.stage, one.engaged or "", one.closed or "", "" if one.value is None else one.value) for one in self.opportunities],
            ),
        }  # fmt: skip
        for name, (header, rows) in tables.items():
            with (folder / name).open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(header)
                writer.writerows(rows)
        return [folder / name for name in tables]


def made(seed: int = 7, size: int = 8_800, *, signal: float = 1.0) -> PublicPipeline:
    """Return a made-up pipeline. `signal` says how much agents, products and time tell of the outcome: 0 is pure chance."""
    chance = random.Random(seed)
    pipeline = PublicPipeline()
    for number in range(35):
        office = _OFFICES[number % 3]
        pipeline.agents.append((f"Agent {chr(65 + number % 26)}{number:02d}", f"Manager {office}", office))
    for number in range(85):
        parent = f"Company {number - 1:02d} Holding" if number % 12 == 5 else ""
        pipeline.accounts.append(
            (f"Company {number:02d} Holding", _SECTORS[number % 8], 1980 + number % 35, round(50 + 37.5 * number, 2), 40 + 91 * number, "United States", parent)
        )  # fmt: skip
    skill = {agent: chance.gauss(0, 0.55 * signal) for agent, _, _ in pipeline.agents}
    appeal = {name: chance.gauss(0, 0.35 * signal) for name, _, _ in _PRODUCTS}
    selling = [agent for agent, _, _ in pipeline.agents[:30]]
    for number in range(size):
        pipeline.opportunities.append(_opportunity(chance, number, selling, skill, appeal, pipeline, signal))
    return pipeline


def _opportunity(
    chance: random.Random,
    number: int,
    selling: list[str],
    skill: dict[str, float],
    appeal: dict[str, float],
    pipeline: PublicPipeline,
    signal: float,
) -> Opportunity:
    agent, (product, _, price) = chance.choice(selling), chance.choice(_PRODUCTS)
    identity = f"OP{number:05d}"
    account = chance.choice(pipeline.accounts)[0]
    if chance.random() < 0.057:
        without = "" if chance.random() < 0.67 else account
        return Opportunity(identity, agent, product, without, "Prospecting", None, None, None)
    engaged = FIRST + timedelta(days=chance.randrange((LAST - FIRST).days))
    odds = 0.62 + skill[agent] + appeal[product]
    is_won = chance.random() < 1 / (1 + 2.718281828**-odds)
    # Two humps: what is decided at once, which is lost more often, and what takes two to four months.
    quick = chance.random() < (0.25 if is_won else 0.25 + 0.3 * signal)
    days = chance.randint(1, 16) if quick else round(chance.triangular(20, 140, 95))
    closed = engaged + timedelta(days=days)
    if closed < FIRST_CLOSE:
        closed = FIRST_CLOSE + timedelta(days=chance.randrange(31))
    if closed > LAST:
        without = "" if chance.random() < 0.68 else account
        return Opportunity(identity, agent, product, without, "Engaging", engaged, None, None)
    value = round(price * chance.uniform(0.7, 1.3)) if is_won else 0
    return Opportunity(identity, agent, product, account, "Won" if is_won else "Lost", engaged, closed, value)
