"""Reading the vocabulary of a scope out of the spine, and keeping it while the data stays as it is."""

from __future__ import annotations

from collections import OrderedDict
from datetime import date, datetime
from decimal import Decimal
from threading import Lock
from typing import Any

from sqlalchemy import String, case, cast, func, or_, select, text
from sqlalchemy.orm import Session

from agents.structured.catalog import FIELDS
from agents.structured.columns import Columns
from agents.structured.lexer import key_words
from agents.structured.vocabulary import PersonFacts, Vocabulary
from infra.settings import Settings
from infra.spine.business import Account, Deal, Product, Target
from infra.spine.database import Database
from infra.spine.desk import CustomField
from infra.spine.people import Contact, Lead, User
from infra.spine.scope import Scope

_KEPT = 32
_MOST_VALUES = 5_000
_MOST_CUSTOM_VALUES = 400
_DEAL_TEXTS = ("stage", "forecast_category", "type", "lead_source", "loss_reason", "competitor", "pipeline")
_DEAL_OTHERS = (
    "amount",
    "probability",
    "created_at",
    "close_date",
    "closed_at",
    "stage_entered_at",
    "next_step",
    "next_step_date",
    "quantity",
    "owner_id",
    "account_id",
    "product",
    "last_activity_at",
)
_ACCOUNT_TEXTS = ("industry", "region", "country", "city", "tier", "type", "territory")
_ACCOUNT_OTHERS = ("employees", "annual_revenue", "founded", "owner_id", "domain", "created_at")
_FIELD_OF_COLUMN = {
    "created_at": "created", "closed_at": "closed", "stage_entered_at": "stage_entered", "owner_id": "owner", "account_id": "account", "last_activity_at": "last_activity",
}  # fmt: skip
_KINDS = {
    "deal": "deal",
    "account": "account",
    "user": "owner",
    "lead": "lead",
    "contact": "contact",
    "product": "product",
    "activity": "activity",
}

Version = tuple[Any, ...]
_VERSION = text(
    """
    SELECT (SELECT count(*) FROM deals), (SELECT max(source_at) FROM deals), (SELECT count(*) FROM accounts), (SELECT max(source_at) FROM accounts),
        (SELECT count(*) FROM users), (SELECT max(source_at) FROM users), (SELECT count(*) FROM products), (SELECT max(source_at) FROM products),
        (SELECT count(*) FROM leads), (SELECT max(source_at) FROM leads), (SELECT count(*) FROM targets), (SELECT max(source_at) FROM targets),
        (SELECT count(*) FROM custom_fields), (SELECT CAST(value AS VARCHAR(200)) FROM facts WHERE key = 'data_version')
    """
)


class VocabularyKeeper:
    """Gives the vocabulary of a scope, read anew when the data has changed. Safe to use from several threads."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._kept: OrderedDict[Any, tuple[Version, Vocabulary]] = OrderedDict()
        self._lock = Lock()

    def of(self, scope: Scope, as_of: datetime) -> Vocabulary:
        """Return the words of the data that this scope shows."""
        with self._database.session() as session:
            version = data_version(session)
            key = scope.key()
            with self._lock:
                known = self._kept.get(key)
                if known is not None and known[0] == version:
                    self._kept.move_to_end(key)
                    return known[1]
            made = read_vocabulary(session, scope, self._settings, as_of)
        with self._lock:
            self._kept[key] = (version, made)
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made


def data_version(session: Session) -> Version:
    """Return a value that changes when deals, accounts, people, products or leads change: counts and the latest times of reading."""
    return tuple(session.execute(_VERSION).one())


def read_vocabulary(session: Session, scope: Scope, settings: Settings, as_of: datetime) -> Vocabulary:
    """Read everything that words of a question may mean inside a scope."""
    words = Vocabulary()
    _read_deals(session, scope, settings, words)
    _read_accounts(session, scope, words)
    _read_people(session, scope, words)
    _read_products(session, scope, words)
    _read_leads(session, scope, words)
    _read_days(session, scope, settings, as_of, words)
    _read_custom(session, scope, words)
    words.filled["target.amount"] = session.scalar(select(func.count()).select_from(Target)) or 0
    return words


def _distinct(session: Session, column: Any, where: Any, limit: int = _MOST_VALUES) -> list[str]:
    found = session.scalars(select(column).distinct().where(where, column.is_not(None)).limit(limit))
    return sorted(str(value) for value in found if str(value).strip())


def _read_deals(session: Session, scope: Scope, settings: Settings, words: Vocabulary) -> None:
    inside = scope.deals()
    names = (*_DEAL_TEXTS, *_DEAL_OTHERS)
    row = session.execute(
        select(func.count(), *(func.count(getattr(Deal, name)) for name in names)).where(inside)
    ).one()
    words.filled["deal"] = row[0]
    for name, count in zip(names, row[1:], strict=True):
        words.filled[f"deal.{_FIELD_OF_COLUMN.get(name, name)}"] = count
    words.filled["deal.closed"] = words.filled["deal.closed"] + words.filled["deal.close_date"]
    words.filled["deal.name"] = row[0]
    for name in _DEAL_TEXTS:
        if words.filled[f"deal.{name}"]:
            words.add_text(f"deal.{name}", _distinct(session, getattr(Deal, name), inside))
    for stage, status in session.execute(
        select(Deal.stage, Deal.status).where(inside, Deal.stage.is_not(None)).distinct()
    ):
        words.stage_statuses.setdefault(str(stage), set()).add(str(status))
    for status, count, priced, nonzero, dated in session.execute(
        select(
            Deal.status,
            func.count(),
            func.count(Deal.amount),
            func.count(case((Deal.amount != Decimal(0), 1))),
            func.count(case((or_(Deal.closed_at.is_not(None), Deal.close_date.is_not(None)), 1))),
        )
        .where(inside)
        .group_by(Deal.status)
    ):
        words.dated[status] = dated
        words.statuses[status] = count
        words.amounts[status] = priced
        if status == "lost":
            words.nonzero_lost = nonzero
    words.filled["deal.currency"] = row[0]
    words.currencies = tuple(
        _distinct(session, Deal.currency, inside & Deal.amount.is_not(None)) or [settings.currency]
    )
    words.add_text("deal.currency", words.currencies)
    words.add_currency_names()
    words.filled["deal.age_days"] = words.filled["deal.cycle_days"] = words.filled["deal.created"]


def _read_accounts(session: Session, scope: Scope, words: Vocabulary) -> None:
    inside = scope.accounts()
    names = (*_ACCOUNT_TEXTS, *_ACCOUNT_OTHERS, "parent_id", "parent_name")
    row = session.execute(
        select(func.count(), *(func.count(getattr(Account, name)) for name in names)).where(inside)
    ).one()
    words.filled["account"] = words.filled["account.name"] = row[0]
    for name, count in zip(names, row[1:], strict=True):
        words.filled[f"account.{_FIELD_OF_COLUMN.get(name, name)}"] = count
    words.filled["account.parent"] = words.filled["account.parent_id"] + words.filled["account.parent_name"]
    for name in _ACCOUNT_TEXTS:
        if words.filled[f"account.{name}"]:
            words.add_text(f"account.{name}", _distinct(session, getattr(Account, name), inside))
    words.add_country_names("account.country")
    for identity, name, aliases in session.execute(select(Account.id, Account.name, Account.aliases).where(inside)):
        words.add_account(identity, name, [alias for alias in aliases or [] if isinstance(alias, str)])
    columns = Columns(
        "account",
        scope,
        Settings.model_construct(time_zone="UTC", fiscal_year_start=1),
        datetime.fromisoformat("2000-01-01T00:00:00+00:00"),
    )
    parent = columns.expression("account.parent")
    parents = session.scalars(
        select(parent).distinct().select_from(columns.source()).where(inside, parent.is_not(None))
    )
    words.add_text("account.parent", sorted(str(name) for name in parents))
    for name in ("employees", "annual_revenue", "founded"):
        column = getattr(Account, name)
        low, high = session.execute(select(func.min(column), func.max(column)).where(inside)).one()
        if low is not None:
            words.ranges[f"account.{name}"] = (Decimal(low), Decimal(high))


def _read_people(session: Session, scope: Scope, words: Vocabulary) -> None:
    owners = select(Deal.owner_id).where(scope.deals(), Deal.owner_id.is_not(None))
    keepers = select(Account.owner_id).where(scope.accounts(), Account.owner_id.is_not(None))
    seen = or_(scope.users(), User.id.in_(owners), User.id.in_(keepers))
    owning = set(session.scalars(owners.distinct()))
    users = list(session.scalars(select(User).where(seen)))
    managers = {user.manager_id for user in users if user.manager_id}
    known = {user.id for user in users}
    users += list(session.scalars(select(User).where(User.id.in_(managers - known))))
    for user in users:
        words.add_person(
            PersonFacts(user.id, user.name, user.team, user.manager_id, user.id in owning, user.id in managers)
        )
    for name in ("team", "region", "role"):
        values = {getattr(user, name) for user in users if getattr(user, name)}
        words.filled[f"owner.{name}"] = sum(1 for user in users if getattr(user, name))
        if name != "role":
            words.add_text(f"owner.{name}", sorted(values))
    words.regions_are_teams = all(user.region == user.team for user in users if user.region or user.team)
    words.filled["owner"] = words.filled["owner.name"] = len(users)
    words.filled["owner.manager"] = sum(1 for user in users if user.manager_id)


def _read_products(session: Session, scope: Scope, words: Vocabulary) -> None:
    products = list(session.execute(select(Product.id, Product.name, Product.family, Product.price)))
    words.filled["product"] = len(products)
    words.filled["product.name"] = len(products) + words.filled.get("deal.product", 0)
    words.filled["product.family"] = sum(1 for row in products if row.family)
    words.filled["product.price"] = sum(1 for row in products if row.price is not None)
    names = {}
    for row in products:
        names["".join(key_words(row.name))] = row.name
        words.add_text("product.name", [row.name])
    words.add_text("product.family", sorted({row.family for row in products if row.family}))
    known = set(names)
    spelled = _distinct(session, Deal.product, scope.deals())
    ids = {row.id for row in products}
    words.add_text(
        "product.name", sorted(name for name in spelled if "".join(key_words(name)) not in known and name not in ids)
    )


def _read_leads(session: Session, scope: Scope, words: Vocabulary) -> None:
    inside = scope.leads()
    row = session.execute(
        select(
            func.count(),
            func.count(Lead.status),
            func.count(Lead.lead_source),
            func.count(Lead.created_at),
            func.count(Lead.first_touch_at),
        ).where(inside)
    ).one()
    for key, count in zip(("lead", "lead.status", "lead.source", "lead.created", "lead.first_touch"), row, strict=True):
        words.filled[key] = count
    words.filled["lead.name"] = row[0]
    words.filled["lead.next_action"] = words.filled["lead.next_action_date"] = words.filled["lead.company"] = row[0]
    words.filled["lead.response_days"] = row[4]
    if row[0]:
        words.add_text("lead.status", _distinct(session, Lead.status, inside))
        words.add_text("lead.source", _distinct(session, Lead.lead_source, inside))
    contacts = session.execute(
        select(func.count(), func.count(Contact.role), func.count(Contact.title), func.count(Contact.stance)).where(
            scope.contacts()
        )
    ).one()
    for key, count in zip(("contact", "contact.role", "contact.title", "contact.stance"), contacts, strict=True):
        words.filled[key] = count
    words.filled["contact.name"] = contacts[0]
    if contacts[1]:
        words.add_text("contact.role", _distinct(session, Contact.role, scope.contacts()))


def _read_days(session: Session, scope: Scope, settings: Settings, as_of: datetime, words: Vocabulary) -> None:
    """Keep one day of each month in which something was created, closed or is to close, to tell which year a bare month means."""
    for key in ("deal.created", "deal.closed", "deal.close_date"):
        columns = Columns("deal", scope, settings, as_of)
        day = columns.expression(key)
        month = func.substr(cast(day, String), 1, 7)
        found = session.scalars(
            select(month).distinct().select_from(columns.source()).where(columns.inside(), day.is_not(None))
        )
        words.days[key] = tuple(sorted(date(int(text[:4]), int(text[5:7]), 1) for text in found))


def _read_custom(session: Session, scope: Scope, words: Vocabulary) -> None:
    tables: dict[str, tuple[Any, Any]] = {
        "deal": (Deal, scope.deals()), "account": (Account, scope.accounts()), "owner": (User, None), "lead": (Lead, scope.leads()),
        "contact": (Contact, scope.contacts()), "product": (Product, None),
    }  # fmt: skip
    for kind, name, label, type_ in session.execute(
        select(CustomField.kind, CustomField.key, CustomField.label, CustomField.type)
    ):
        entity = _KINDS.get(kind)
        if entity is None or entity not in tables:
            continue
        table, inside = tables[entity]
        value = table.custom[name].as_string()
        condition = value.is_not(None) if inside is None else inside & value.is_not(None)
        count = session.scalar(select(func.count()).select_from(table).where(condition)) or 0
        if not count:
            continue
        key = f"{entity}.custom:{name}"
        words.filled[key] = count
        words.add_custom(key, label, type_)
        if type_ in ("text", "bool"):
            values = _distinct(session, value, condition, _MOST_CUSTOM_VALUES + 1)
            if len(values) <= _MOST_CUSTOM_VALUES:
                words.add_text(key, values)


def known_field(words: Vocabulary, key: str) -> bool:
    """Whether a field is one of the catalog or a custom one that the scope's data has."""
    return key in FIELDS or key in words.custom_labels
