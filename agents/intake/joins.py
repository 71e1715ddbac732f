"""Join offers: listing them, and doing what a person decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from agents.intake import settle
from agents.intake.alone import alone
from agents.intake.batch import PENDING, load_work, table_of
from agents.intake.identity import stable_id
from agents.intake.near import TEXT, open_offers
from agents.intake.rekey import move
from agents.intake.report import ImportReport, Offer
from agents.intake.writing import load
from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, Contact, Deal, Fact, ImportRun, JoinOffer, Product
from sales.clock import Clock
from sales.names import account_key
from sales.records import Origin

_MODELS: dict[str, Any] = {"account": Account, "product": Product, "contact": Contact}
_NOT_FILLED = frozenset({"id", "name", "name_key", "source", "source_at", "provenance", "custom", "aliases"})


@dataclass(frozen=True)
class Decided:
    """What a decision did: the record that stays, and whether the two are one now."""

    kind: str
    id: str
    joined: bool


def list_offers(database: Database) -> list[Offer]:
    """Return what is offered and not decided yet."""
    with database.session() as session:
        return open_offers(session)


def decide(
    database: Database, settings: Settings, clock: Clock, kind: str, left_id: str, right_id: str, *, join: bool, by: str
) -> Decided:
    """Join the two of an offer, the left one staying, or keep them apart for good. `by` is the id of who decided.

    Deciding the same again changes nothing. Raises Fatal for an offer that is not there (any more) or was decided otherwise.
    """
    with alone(database):
        with database.transaction() as session:
            offer = session.get(JoinOffer, (kind, left_id, right_id))
            if offer is None or kind not in _MODELS:
                raise Fatal("This offer is not there any more.", "See the list of offers.", status=404)
            wanted = "joined" if join else "refused"
            if offer.state == wanted:
                return Decided(kind, left_id, join)
            if offer.state != "open":
                raise Fatal("This offer was decided already.", "See the list of offers.", status=409)
            offer.state, offer.decided_by = wanted, by
            session.flush()
            _carry_out(session, settings, clock, offer)
            session.execute(update(ImportRun).where(ImportRun.state == "done").values(state="stale"))
            session.merge(Fact(key=PENDING, value={"people": True, "deals": True}))
        with database.session() as session:
            work = load_work(session, settings, clock.now(), ImportReport(), None)
        settle.settle(database, work)
    return Decided(kind, left_id, join)


def _carry_out(session: Session, settings: Settings, clock: Clock, offer: JoinOffer) -> None:
    join = offer.state == "joined"
    if not offer.right_id.startswith(TEXT):
        if join:
            merge(session, offer.kind, offer.left_id, offer.right_id)
        return
    text = offer.right_id.removeprefix(TEXT)
    left = session.get(_MODELS[offer.kind], offer.left_id)
    if left is None:
        raise Fatal("One of the two is not there any more.", "See the list of offers.", status=404)
    if not join:
        _make(session, settings, clock, offer.kind, text)
    elif offer.kind == "account":
        left.aliases = [*left.aliases, *([text] if text not in left.aliases else [])]
    else:
        session.execute(update(Deal).where(Deal.product == text).values(product=left.name))


def _make(session: Session, settings: Settings, clock: Clock, kind: str, text: str) -> None:
    """Make the record that a file named, now that it is known to be none of those that are called nearly so."""
    model = _MODELS[kind]
    identity = stable_id(kind, account_key(text))
    if session.get(model, identity) is None:
        values: dict[str, Any] = {"currency": settings.currency} if kind == "product" else {}
        origin = Origin("", 0)
        made = model(id=identity, name=text, name_key=account_key(text), source=origin.system, **values)
        made.source_at = clock.now()
        session.add(made)
        session.flush()


def merge(session: Session, kind: str, left_id: str, right_id: str) -> None:
    """Make two records one: the left one stays, takes over what it did not know, and all that referred to the right one."""
    table = table_of(_MODELS[kind])
    rows = load(session, table, (left_id, right_id))
    if len(rows) < 2:
        raise Fatal("One of the two is not there any more.", "See the list of offers.", status=404)
    left, right = rows[left_id], rows[right_id]
    filled = {
        name: value
        for name, value in right.items()
        if name not in _NOT_FILLED and left[name] in (None, "") and value not in (None, "")
    }
    filled["custom"] = {**(right["custom"] or {}), **(left["custom"] or {})}
    if "aliases" in left:
        names = dict.fromkeys([*left["aliases"], right["name"], *right["aliases"]])
        filled["aliases"] = [name for name in names if name != left["name"]]
    if filled.get("parent_id") == left_id:
        filled["parent_id"] = None
    move(session, table, {right_id: left_id})
    if kind == "account":
        session.execute(
            update(Account).where(Account.id == left_id, Account.parent_id == left_id).values(parent_id=None)
        )
    elif kind == "product":
        session.execute(update(Deal).where(Deal.product == right["name"]).values(product=left["name"]))
    session.execute(delete(table).where(table.c.id == right_id))
    session.execute(update(table).where(table.c.id == left_id).values(**filled))
