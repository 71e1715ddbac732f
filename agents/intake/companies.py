"""Accounts and products: from lines of a table to records that are there once, however their names are spelt."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from agents.intake.batch import Batch, table_of
from agents.intake.identity import company_domain_of, domain_of, fitted, is_made, stable_id
from agents.intake.lookup import CompanyNames
from agents.intake.rekey import rekey
from agents.intake.rows import FILL, Columns, Line, fill_only, store
from agents.intake.writing import write
from infra.spine.models import Account, Deal, Product
from sales.names import account_key

_TEXTS = ("website", "industry", "region", "country", "city", "tier", "type", "phone", "territory", "note")


def write_accounts(batch: Batch, lines: Sequence[Line]) -> None:
    """Bring lines of accounts in. A record that was made of a mere mention, or had no id yet, takes the id that its line tells."""
    directory = batch.directory
    renamed: dict[str, str] = {}
    placed: list[tuple[Line, Columns]] = []
    for line in lines:
        name = line.text("name") or ""
        if not account_key(name):
            batch.keep_aside("account", line.row.origin, "This account's name has no letter or digit.", line.raw())
            continue
        domain = _domain(line)
        identity = _identity(directory.accounts, "account", line, name, domain, renamed)
        columns = _account_columns(batch, line, identity, name, domain)
        if line.text("external_id") in directory.accounts.joined:
            columns |= {FILL: True, "aliases": [*columns.get("aliases", []), name]}
        placed.append((line, columns))
        if identity not in directory.accounts:
            directory.add_account(identity, name, domain, tuple(columns.get("aliases", ())))
        directory.account_owner[identity] = columns.get("owner_id", directory.account_owner.get(identity))
        directory.accounts.add(
            identity,
            directory.accounts.names[identity] if FILL in columns else columns["name"],
            domain,
            tuple(columns.get("aliases", ())),
        )
    _rekey_accounts(batch, renamed)
    _, refused = store(batch, table_of(Account), "account", placed, _keep_what_is_joined)
    for identity in refused - _stored(batch, refused):
        directory.accounts.forget(identity)
    _link_parents(batch, placed, refused)
    batch.work.people_touched = True


def _domain(line: Line) -> str | None:
    for name in ("domain", "website"):
        text = line.text(name)
        if text and (domain := company_domain_of(text)):
            return domain
    return None


def _identity(
    lookup: CompanyNames, kind: str, line: Line, name: str, domain: str | None, renamed: dict[str, str]
) -> str:
    told = line.text("external_id")
    alike = lookup.with_key(name)
    if told is not None:
        identity = lookup.joined.get(fitted(kind, told), fitted(kind, told))
        if identity in lookup:
            return identity
        # What a file called by this id was taken for a name, as long as nothing better was known.
        mistaken = [other for other in lookup.with_key(told) if lookup.names[other] == told]
        nameless = [other for other in (mistaken or alike) if is_made(other)]
        if len(nameless) == 1 and not is_made(identity):
            renamed[nameless[0]] = identity
            spelt = lookup.names[nameless[0]]
            lookup.forget(nameless[0])
            lookup.add(identity, spelt)
        return identity
    if len(alike) > 1:
        alike = [other for other in alike if lookup.names[other] == name] or sorted(alike)
    for other in alike:
        if domain is None or lookup.of_domain(domain) in (None, other):
            return other
    return stable_id(kind, account_key(name), *([domain] if alike and domain else []))


def _account_columns(batch: Batch, line: Line, identity: str, name: str, domain: str | None) -> Columns:
    known = batch.directory.accounts.names.get(identity)
    aliases = [str(alias) for alias in _list(line.values.get("aliases"))]
    if known is not None and known != name and line.text("external_id") is None:
        # Joined by its spelling: the name that was there first stays, the other is one more way to call it.
        aliases.append(name)
        name = known
    columns: Columns = {"id": identity, "name": name, "name_key": account_key(name), **line.texts(*_TEXTS)}
    columns |= line.integers("employees", "founded") | line.numbers("annual_revenue") | line.moments("created_at")
    if line.has("domain") or domain:
        columns["domain"] = domain or (domain_of(line.text("domain") or ""))
    if aliases:
        columns["aliases"] = aliases
    if line.has("owner"):
        owner = line.text("owner")
        found = batch.user(owner, line.row.origin) if owner else None
        columns["owner_id"] = found.id if found else None
        if found:
            batch.link("account", identity, "owner_id", "user", owner, found, line.row.origin.system)
    if line.has("parent"):
        columns["parent_name"] = line.text("parent")
    columns["custom"] = batch.custom("account", line.row.custom)
    return columns | line.bookkeeping() | line.provenance()


def _list(value: object) -> list[object]:
    if isinstance(value, list | tuple):
        return list(value)
    return [value] if value else []


def _keep_what_is_joined(merged: Columns, old: Columns | None) -> None:
    """Spellings add up: neither a line that names fewer nor one that repeats the name takes any away."""
    fill_only(merged, old)
    spellings = [*((old or {}).get("aliases") or ()), *(merged["aliases"] or ())]
    merged["aliases"] = [each for each in dict.fromkeys(spellings) if each != merged["name"]]


def _stored(batch: Batch, ids: set[str]) -> set[str]:
    return set(batch.session.scalars(select(Account.id).where(Account.id.in_(ids)))) if ids else set()


def _rekey_accounts(batch: Batch, renamed: dict[str, str]) -> None:
    if not renamed:
        return
    batch.flush_made()
    rekey(batch.session, table_of(Account), renamed)
    directory = batch.directory
    for old, new in renamed.items():
        directory.account_owner.setdefault(new, directory.account_owner.pop(old, None))
    for people in (directory.contacts.accounts, directory.deals.accounts):
        for identity, account in people.items():
            if account in renamed:
                people[identity] = renamed[account]
    for identity, life in list(directory.lives.items()):
        if life.account in renamed:
            directory.move_deal(identity, renamed[life.account])
    batch.work.deals_touched = True
    batch.work.deal_accounts |= set(renamed.values())


def _link_parents(batch: Batch, placed: Sequence[tuple[Line, Columns]], refused: set[str]) -> None:
    """Parents stand in the same table, often below their children: they are looked up when all of a batch are in."""
    parents: list[tuple[Line, Columns]] = []
    for line, columns in placed:
        if columns["id"] in refused or not line.has("parent"):
            continue
        text = line.text("parent")
        parent = None
        if text:
            found = batch.account(text, line.row.origin, create=False)
            batch.link("account", columns["id"], "parent_id", "account", text, found, line.row.origin.system)
            parent = found.id if found.id != columns["id"] else None
        parents.append((line, {"id": columns["id"], "parent_id": parent}))
    known = _stored(batch, {columns["parent_id"] for _, columns in parents if columns["parent_id"]})
    rows = [columns for _, columns in parents if columns["parent_id"] is None or columns["parent_id"] in known]
    write(batch.session, table_of(Account), rows)


def write_products(batch: Batch, lines: Sequence[Line]) -> None:
    """Bring lines of products in."""
    lookup = batch.directory.products
    renamed: dict[str, str] = {}
    placed: list[tuple[Line, Columns]] = []
    for line in lines:
        name = line.text("name") or ""
        if not account_key(name):
            batch.keep_aside("product", line.row.origin, "This product's name has no letter or digit.", line.raw())
            continue
        identity = _identity(lookup, "product", line, name, None, renamed)
        columns: Columns = {"id": identity, "name": name, "name_key": account_key(name)}
        columns |= line.texts("family", "description") | line.numbers("price")
        columns |= {"currency": line.currency(), "custom": batch.custom("product", line.row.custom)}
        if line.text("external_id") in lookup.joined:
            columns[FILL] = True
        placed.append((line, columns | line.bookkeeping()))
        before = lookup.names.get(identity)
        if before not in (None, name) and FILL not in columns:
            batch.session.execute(update(Deal).where(Deal.product == before).values(product=name))
        lookup.add(identity, name)
    if renamed:
        batch.flush_made()
        rekey(batch.session, table_of(Product), renamed)
    store(batch, table_of(Product), "product", placed, fill_only)
