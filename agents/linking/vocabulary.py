"""The names that a scope can speak of, keyed for lookup: built once for a scope and a state of the data, then kept."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from agents.mentions import Entity, EntityKind
from infra.spine.models import Account, Contact, Deal, ImportRun, JoinOffer, Lead, Product, User
from infra.spine.scope import Scope
from sales.names import account_key, fold, person_key, split_display_name
from sales.wording import ORDINARY

_CONNECTORS = frozenset(
    "of and und the de del della di da do dos du la le les el los van von der den ter ten zu zum y e et for in at on".split()
)
_GENERIC = frozenset(
    "group holding holdings international global worldwide technologies technology tech solutions services systems software labs consulting partners industries enterprises foods health medical logistics "
    "supply storage paper national american united general first new royal advanced digital smart premier central pacific atlantic northern southern eastern western euro inbound".split()
)
_COMMON_DOMAINS = frozenset(
    "gmail googlemail outlook hotmail yahoo icloud aol gmx web live msn proton protonmail mail me".split()
)


@dataclass(frozen=True)
class Named:
    """A record under one of its keys. `plain` keys are ordinary words, which need more than themselves to be a name."""

    entity: Entity
    plain: bool


@dataclass
class Vocabulary:
    """All keys of one scope. `names` maps a key (folded words joined without blanks) to records; `people` are the deals' and contacts' accounts."""

    names: dict[str, list[Named]] = field(default_factory=lambda: defaultdict(list))
    exact: dict[str, list[Entity]] = field(default_factory=lambda: defaultdict(list))
    by_length: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    account_of: dict[tuple[str, str], str] = field(default_factory=dict)
    deals_of: dict[str, list[tuple[Entity, frozenset[str], bool]]] = field(default_factory=lambda: defaultdict(list))
    known: dict[tuple[str, str], Entity] = field(default_factory=dict)
    longest: int = 1

    def add(self, key: str, entity: Entity, words: int, *, plain: bool = False, score: float | None = None) -> None:
        """Put a record under a key of so many words; a record stands under one key once, with its best score."""
        if not key:
            return
        placed = Entity(entity.kind, entity.id, entity.name, entity.score if score is None else score)
        row = self.names[key]
        for i, named in enumerate(row):
            if named.entity.kind == placed.kind and named.entity.id == placed.id:
                if placed.score > named.entity.score:
                    row[i] = Named(placed, plain)
                return
        row.append(Named(placed, plain))
        self.longest = max(self.longest, min(words, 8))

    def finish(self) -> Vocabulary:
        """Make the lists that typos are looked up in."""
        for key, named in self.names.items():
            if len(key) >= 4 and not key.isdigit() and any(not one.plain for one in named):
                self.by_length[len(key)].append(key)
        return self


def data_version(session: Session) -> tuple[object, ...]:
    """Return a cheap value that changes when names may have changed: imports, joins, and the number of records of each kind."""
    runs = session.execute(select(func.count(), func.max(ImportRun.started_at), func.max(ImportRun.ended_at))).one()
    joins = session.scalar(select(func.count()).select_from(JoinOffer).where(JoinOffer.state != "open"))
    counts = tuple(
        session.scalar(select(func.count()).select_from(table))
        for table in (Account, Contact, Deal, User, Product, Lead)
    )
    return (*runs, joins, *counts)


def build_vocabulary(session: Session, scope: Scope) -> Vocabulary:
    """Read every name inside the scope and key it."""
    vocabulary = Vocabulary()
    _accounts(
        vocabulary,
        session.execute(
            select(Account.id, Account.name, Account.aliases, Account.domain).where(scope.accounts())
        ).all(),
    )
    _deals(
        vocabulary,
        session.execute(
            select(Deal.id, Deal.name, Deal.account_id, Deal.status, Deal.product, Deal.type).where(scope.deals())
        ).all(),
    )
    _contacts(
        vocabulary,
        session.execute(
            select(Contact.id, Contact.name, Contact.email, Contact.account_id).where(scope.contacts())
        ).all(),
    )
    users = session.execute(select(User.id, User.name, User.email, User.team).where(scope.users())).all()
    for id_, name, email, _ in users:
        _person(vocabulary, Entity("user", id_, name, 1.0), email)
    _teams(vocabulary, {row.team for row in users if row.team})
    for id_, name in session.execute(select(Product.id, Product.name)).all():
        entity = Entity("product", id_, name, 1.0)
        vocabulary.known["product", id_] = entity
        vocabulary.add(
            account_key(name),
            entity,
            len(name.split()),
            plain=len(name.split()) == 1 or _is_plain(name),
        )
    for id_, name, email, company in session.execute(
        select(Lead.id, Lead.name, Lead.email, Lead.company).where(scope.leads())
    ).all():
        entity = Entity("lead", id_, name, 0.95)
        vocabulary.known["lead", id_] = entity
        vocabulary.add(person_key(name).replace(" ", ""), entity, len(name.split()), plain=len(name.split()) == 1)
        if email:
            vocabulary.exact[email.casefold()].append(entity)
        if company:
            vocabulary.add(account_key(company), entity, len(company.split()), score=0.7, plain=_is_plain(company))
    return vocabulary.finish()


def _is_plain(name: str) -> bool:
    return _all_plain(_company_words(name))


def _all_plain(words: Sequence[str]) -> bool:
    """Whether words may well stand beside each other without naming anything: one ordinary or generic word, or several ordinary ones."""
    if len(words) == 1:
        return words[0] in ORDINARY or words[0] in _GENERIC
    return all(word in ORDINARY for word in words)


def _accounts(vocabulary: Vocabulary, rows: Iterable[Row[str, str, list[str], str | None]]) -> None:
    for id_, name, aliases, domain in rows:
        entity = Entity("account", id_, name, 1.0)
        vocabulary.known["account", id_] = entity
        vocabulary.exact[id_.casefold()].append(entity)
        for spelling in (name, *(aliases or ())):
            words = _company_words(spelling)
            plain = _is_plain(spelling)
            vocabulary.add(account_key(spelling), entity, len(words) + 1, plain=plain)
            vocabulary.add("".join(words), entity, len(words), plain=plain)
            _prefixes(vocabulary, entity, words)
        if domain:
            vocabulary.exact[domain.casefold().removeprefix("www.")].append(entity)
            label = fold(domain.casefold().removeprefix("www.").split(".")[0].replace("-", ""))
            if len(label) > 3 and label not in _COMMON_DOMAINS:
                vocabulary.add(label, entity, 3, plain=label in ORDINARY, score=0.95)


def _company_words(name: str) -> list[str]:
    spaced = re.sub(r"['’`´]", "", name).replace("&", " and ").replace("+", " plus ")
    return [fold(word) for word in re.findall(r"[^\W_]+", spaced)]


def _prefixes(vocabulary: Vocabulary, entity: Entity, words: list[str]) -> None:
    """Key the beginnings of a company's name that people use for short: `Acme` for `Acme Logistics`, never `The` or `Van der`."""
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    for count in range(1, len(words)):
        part = words[:count]
        if part[-1] in _CONNECTORS or all(word in _GENERIC or word in _CONNECTORS for word in part):
            continue
        if len("".join(part)) < 3:
            continue
        vocabulary.add("".join(part), entity, count, plain=_all_plain(part), score=0.9)


def _deals(vocabulary: Vocabulary, rows: Iterable[Row[str, str, str | None, str, str | None, str | None]]) -> None:
    for id_, name, account_id, status, product, kind in rows:
        entity = Entity("deal", id_, name, 1.0)
        vocabulary.known["deal", id_] = entity
        vocabulary.exact[id_.casefold()].append(entity)
        words = _company_words(name)
        vocabulary.add("".join(words), entity, len(words), plain=_is_plain(name))
        if account_id is not None:
            vocabulary.account_of["deal", id_] = account_id
            account = vocabulary.known.get(("account", account_id))
            of_account = set(_company_words(account.name)) if account else set()
            rest = {word for word in words if word not in of_account and word not in _CONNECTORS and len(word) > 1}
            rest |= {fold(word) for text in (product, kind) if text for word in re.findall(r"[^\W_]+", text)} - {
                "new",
                "existing",
                "business",
            }
            vocabulary.deals_of[account_id].append((entity, frozenset(rest), status == "open"))


def _contacts(vocabulary: Vocabulary, rows: Iterable[Row[str, str, str | None, str | None]]) -> None:
    for id_, name, email, account_id in rows:
        if account_id is not None:
            vocabulary.account_of["contact", id_] = account_id
        _person(vocabulary, Entity("contact", id_, name, 1.0), email)


def _person(vocabulary: Vocabulary, entity: Entity, email: str | None) -> None:
    vocabulary.known[entity.kind, entity.id] = entity
    vocabulary.exact[entity.id.casefold()].append(entity)
    if email:
        vocabulary.exact[email.casefold()].append(entity)
    words = re.findall(r"[^\W_]+", fold(re.sub(r"['’`´]", "", split_display_name(entity.name).name)))
    vocabulary.add("".join(words), entity, len(words), plain=len(words) == 1 and words[0] in ORDINARY)
    if len(words) > 1:
        vocabulary.add(words[0], entity, 1, plain=words[0] in ORDINARY, score=0.9)
        vocabulary.add(words[-1], entity, 1, plain=words[-1] in ORDINARY, score=0.85)
        if len(words) > 2:
            vocabulary.add(
                "".join(words[1:]), entity, len(words) - 1, score=0.9, plain=all(word in ORDINARY for word in words[1:])
            )
            vocabulary.add(words[0] + words[-1], entity, 2, score=0.97)


def _teams(vocabulary: Vocabulary, teams: set[str]) -> None:
    for team in teams:
        entity = Entity("team", team, team, 1.0)
        vocabulary.known["team", team] = entity
        bare = re.sub(r"(?i)^(?:the\s+)?team\s+|\s+team$", "", team).strip() or team
        words = _company_words(bare)
        vocabulary.add("".join(words), entity, len(words), plain=not bare.isupper() or len(bare) < 3)


def kinds_of(named: Iterable[Named]) -> set[EntityKind]:
    """Return which kinds of record stand under a key."""
    return {one.entity.kind for one in named}
