"""A made-up CRM export in the shape of real ones: opportunities, accounts, products and sales teams, from a seed, as rows and in the spine."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from infra.spine.database import Database
from infra.spine.models import Account, Deal, Product, User
from sales.names import account_key, person_key

PRODUCTS = [
    ("GTX Basic", "GTX", 550), ("GTX Pro", "GTX", 4821), ("MG Special", "MG", 55), ("MG Advanced", "MG", 3393), ("GTX Plus Pro", "GTX", 5482),
    ("GTX Plus Basic", "GTX", 1096), ("GTK 500", "GTK", 26768),
]  # fmt: skip
TEAMS = {
    "Dustin Brinkmann": ("Central", ["Anna Snelling", "Cecily Lampkin", "Versie Hillebrand", "Lajuana Vencill", "Moses Frase"]),
    "Melvin Marxen": ("Central", ["Darcel Schlecht", "Gladys Colclough", "Jonathan Berthelot", "Marty Freudenburg", "Niesha Huffines"]),
    "Cara Losch": ("East", ["Violet Mclelland", "Corliss Cosme", "Rosie Papadopoulos", "Garret Kinder", "Wilburn Farren", "Elizabeth Anderson"]),
    "Rocco Neubert": ("East", ["Reed Clapper", "Boris Faz", "Donn Cantrell", "Cassey Cress", "James Ascencio", "Daniell Hammack"]),
    "Celia Rouche": ("West", ["Vicki Laflamme", "Rosalina Dieter", "Hayden Neloms", "Markita Hansen", "Elease Gluck", "Carol Thompson"]),
    "Summer Sewald": ("West", ["Maureen Marcano", "Kary Hendrixson", "Kami Bicknell", "Zane Levy", "Mei-Mei Johns"]),
}  # fmt: skip
SECTORS = [
    "technolgy",
    "medical",
    "retail",
    "software",
    "entertainment",
    "marketing",
    "telecommunications",
    "finance",
    "employment",
    "services",
]
PLACES = ["United States"] * 8 + [
    "Kenya",
    "Philipines",
    "Japan",
    "Italy",
    "Norway",
    "Korea",
    "Jordan",
    "Brazil",
    "Germany",
    "Panama",
]
NAMES = [
    "Acme Corporation", "Betasoloin", "Betatech", "Bioholding", "Bioplex", "Blackzim", "Bluth Company", "Bubba Gump", "Cancity", "Cheers", "Codehow", "Condax", "Conecom",
    "Dalttechnology", "dambase", "Domzoom", "Doncon", "Donquadtech", "Dontechi", "Donware", "Fasehatice", "Faxquote", "Finhigh", "Finjob", "Funholding", "Ganjaflex",
    "Gekko & Co", "Genco Pura Olive Oil Company", "Globex Corporation", "Gogozoom", "Golddex", "Goodsilron", "Green-Plus", "Groovestreet", "Hatfan", "Hottechi", "Initech",
    "Inity", "Isdom", "Iselectrics", "J-Texon", "Kan-code", "Kinnamplus", "Konex", "Konmatfix", "Labdrill", "Lexiqvolax", "Massive Dynamic", "Mathtouch", "Nam-zim",
    "Newex", "Ontomedia", "Opentech", "Plexzap", "Plusstrip", "Plussunin", "Rangreen", "Rantouch", "Ron-tech", "Rundofase", "Scotfind", "Scottech", "Silis", "Singletechno",
    "Sonron", "Stanredtax", "Statholdings", "Streethex", "Sumace", "Sunnamplex", "The New York Inquirer", "Toughzap", "Treequote", "Umbrella Corporation", "Vehement Capital Partners",
    "Warephase", "Xx-holding", "Xx-zobam", "Y-corporation", "Yearin", "Zathunicon", "Zencorporation", "Zoomit", "Zotware", "Zumgoity",
]  # fmt: skip
PARENTS = ["Acme Corporation", "Massive Dynamic", "Bubba Gump", "Inity", "Sonron", "Golddex", "Warephase"]
ZONE = ZoneInfo("America/New_York")
STATUS = {"Prospecting": "open", "Engaging": "open", "Won": "won", "Lost": "lost"}


@dataclass
class Crm:
    """The rows of the export: dictionaries with the columns of the files."""

    deals: list[dict[str, Any]] = field(default_factory=list)
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    products: dict[str, dict[str, Any]] = field(default_factory=dict)
    people: dict[str, dict[str, Any]] = field(default_factory=dict)


def make_crm(seed: int = 7, count: int = 3_000, *, open_amounts: bool = False) -> Crm:
    """Return an export of `count` opportunities from October 2016 to December 2017; lost ones carry 0, open ones nothing (or an amount)."""
    rng = random.Random(seed)
    crm = Crm()
    for name in NAMES:
        crm.accounts[name] = {
            "sector": rng.choice(SECTORS), "year_established": rng.randint(1979, 2017), "revenue": Decimal(rng.randint(400, 1_200_000)) / 100,
            "employees": rng.randint(9, 34_288), "office_location": rng.choice(PLACES),
            "subsidiary_of": rng.choice([parent for parent in PARENTS if parent != name]) if rng.random() < 0.2 else None,
        }  # fmt: skip
    crm.products = {name: {"series": family, "price": Decimal(price)} for name, family, price in PRODUCTS}
    for manager, (region, agents) in TEAMS.items():
        for agent in agents:
            crm.people[agent] = {"manager": manager, "region": region}
    sellers = [name for name in crm.people if name not in ("Mei-Mei Johns", "Elizabeth Anderson", "Carol Thompson")]
    weights = [rng.uniform(0.4, 2.5) for _ in sellers]
    for number in range(count):
        crm.deals.append(_deal(rng, crm, number, sellers, weights, open_amounts=open_amounts))
    return crm


def _deal(
    rng: random.Random, crm: Crm, number: int, sellers: list[str], weights: list[float], *, open_amounts: bool
) -> dict[str, Any]:
    stage = rng.choices(["Prospecting", "Engaging", "Won", "Lost"], [6, 18, 48, 28])[0]
    engaged = date(2016, 10, 20) + timedelta(days=rng.randint(0, 420))
    product = rng.choices([name for name, _, _ in PRODUCTS], [19, 15, 17, 16, 11, 15, 1])[0]
    price = crm.products[product]["price"]
    closed = engaged + timedelta(days=rng.randint(1, 138)) if stage in ("Won", "Lost") else None
    amount: Decimal | None = None
    if stage == "Won":
        amount = (price * Decimal(rng.randint(80, 120)) / 100).quantize(Decimal("0.01"))
    elif stage == "Lost":
        amount = Decimal(0)
    elif open_amounts and rng.random() < 0.9:
        amount = price
    account: str | None = rng.choice(NAMES)
    if stage in ("Prospecting", "Engaging") and rng.random() < 0.6:
        account = None
    return {
        "opportunity_id": f"{number:08X}", "sales_agent": rng.choices(sellers, weights)[0], "product": "GTXPro" if product == "GTX Pro" else product, "listed": product,
        "account": account, "deal_stage": stage, "engage_date": None if stage == "Prospecting" else engaged, "close_date": closed, "close_value": amount,
    }  # fmt: skip


def _slug(text: str) -> str:
    return text.lower().replace(" ", "-")


def load(database: Database, crm: Crm, zone: ZoneInfo = ZONE) -> None:
    """Write an export into the spine as an import would."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    common: dict[str, Any] = {"source": "csv", "source_at": at}
    with database.transaction() as session:
        for manager, (region, _) in TEAMS.items():
            session.add(
                User(
                    id=_slug(manager),
                    name=manager,
                    name_key=person_key(manager),
                    role="manager",
                    region=region,
                    **common,
                )
            )
        session.flush()
        for name, row in crm.people.items():
            session.add(
                User(
                    id=_slug(name),
                    name=name,
                    name_key=person_key(name),
                    region=row["region"],
                    manager_id=_slug(row["manager"]),
                    **common,
                )
            )
        ids = {name: f"a-{_slug(name)}" for name in crm.accounts}
        for name, row in crm.accounts.items():
            parent = row["subsidiary_of"]
            session.add(Account(
                id=ids[name], name=name, name_key=account_key(name), industry=row["sector"], founded=row["year_established"], annual_revenue=row["revenue"],
                employees=row["employees"], country=row["office_location"], parent_name=parent, aliases=[], **common,
            ))  # fmt: skip
        session.flush()
        for name, row in crm.accounts.items():
            if row["subsidiary_of"]:
                session.get_one(Account, ids[name]).parent_id = ids[row["subsidiary_of"]]
        for name, row in crm.products.items():
            session.add(
                Product(
                    id=f"p-{_slug(name)}",
                    name=name,
                    name_key=account_key(name),
                    family=row["series"],
                    price=row["price"],
                    currency="USD",
                    **common,
                )
            )
        session.flush()
        session.add_all(_spine_deal(row, ids, zone, common) for row in crm.deals)


def _spine_deal(row: dict[str, Any], ids: dict[str, str], zone: ZoneInfo, common: dict[str, Any]) -> Deal:
    def moment(day: date | None) -> datetime | None:
        return None if day is None else datetime.combine(day, time(), zone).astimezone(UTC)

    status = STATUS[row["deal_stage"]]
    return Deal(
        id=row["opportunity_id"], name=f"{row['account'] or 'No account'} – {row['product']}", account_id=ids.get(row["account"]) if row["account"] else None,
        owner_id=_slug(row["sales_agent"]), product=row["product"], amount=row["close_value"], currency="USD", stage=row["deal_stage"], status=status,
        created_at=moment(row["engage_date"]), close_date=row["close_date"], closed_at=moment(row["close_date"]), **common,
    )  # fmt: skip
