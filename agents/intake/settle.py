"""What can only be told when all files are in: links that waited, people met before they were known, inferred deals, stages, near-duplicates.

Each step is committed by itself and changes nothing the second time; a note in the spine says that it is due, so that a run
that was killed before is settled by the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from agents.intake import near, pipeline, revisit
from agents.intake.batch import PENDING, Work, table_of
from agents.intake.lookup import MISSING, Found
from agents.intake.touches import INFERRED
from agents.intake.writing import chunks
from infra.spine.database import Database
from infra.spine.models import (
    Account,
    Activity,
    Contact,
    Deal,
    Fact,
    ImportRun,
    Lead,
    Participant,
    Target,
    Territory,
    User,
    WaitingLink,
)
from sales.names import person_key

_MODELS: dict[str, Any] = {
    "account": Account,
    "contact": Contact,
    "user": User,
    "lead": Lead,
    "deal": Deal,
    "target": Target,
    "territory": Territory,
    "activity": Activity,
}


def note_pending(session: Session, work: Work) -> None:
    """Note in the transaction of a batch that there is something to settle."""
    fact = session.get(Fact, PENDING)
    flags = {"people": work.people_touched, "deals": work.deals_touched}
    if fact is None:
        session.add(Fact(key=PENDING, value=flags))
    elif any(flags[name] and not fact.value.get(name) for name in flags):
        fact.value = {name: bool(flags[name] or fact.value.get(name)) for name in flags}


def settle(database: Database, work: Work) -> None:
    """Link, place, order and compare all that this import (or one that was cut off) has touched."""
    with database.session() as session:
        fact = session.get(Fact, PENDING)
        pending = fact.value if fact is not None else None
        begun = session.scalar(select(ImportRun.id).where(ImportRun.state.in_(("running", "stopped"))).limit(1))
    if pending is not None:
        work.people_touched |= bool(pending.get("people"))
        work.deals_touched |= bool(pending.get("deals"))
        again = _link_waiting(database, work)
        if work.people_touched:
            again |= _met_before_known(database, work)
        revisit.place_again(database, work, again)
        with database.transaction() as session:
            pipeline.name_the_nameless(session)
        if work.deals_touched:
            with database.transaction() as session:
                pipeline.settle_deals(session)
            _infer_deals(database, work)
            with database.transaction() as session:
                pipeline.order_pipelines(session)
        with database.transaction() as session:
            near.offer(session, work.now)
            if begun is None:
                session.execute(delete(Fact).where(Fact.key == PENDING))
    with database.session() as session:
        work.report.offers = near.open_offers(session)
        # A lead's company need not be an account: it waits for nothing that is missing.
        missing = select(func.count()).select_from(WaitingLink).where(WaitingLink.kind != "lead")
        work.report.waiting = session.scalar(missing) or 0


def _link_waiting(database: Database, work: Work) -> set[str]:
    """Resolve what waits. Returns the activities that have to be placed again."""
    again: set[str] = set()
    with database.session() as session:
        links = session.scalars(select(WaitingLink).order_by(WaitingLink.kind, WaitingLink.record_id)).all()
        accounts = _accounts_of(session, links)
    resolved = [(link, found) for link in links if (found := _found(work, link, accounts)).id is not None]
    for some in chunks(resolved):
        with database.transaction() as session:
            changes: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
            for link, found in some:
                changes[link.kind, link.field].append({"the_id": link.record_id, "value": found.id})
                if link.kind == "activity":
                    again.add(link.record_id)
                elif link.kind == "deal" and link.field == "account_id" and link.record_id in work.directory.lives:
                    work.directory.move_deal(link.record_id, found.id)
                    work.deal_accounts.add(found.id)
                    work.deals_touched = True
                session.execute(
                    delete(WaitingLink).where(
                        WaitingLink.kind == link.kind,
                        WaitingLink.record_id == link.record_id,
                        WaitingLink.field == link.field,
                    )
                )
            for (kind, name), rows in changes.items():
                _set(session, kind, name, rows)
    return again


def _set(session: Session, kind: str, name: str, rows: list[dict[str, Any]]) -> None:
    table = table_of(_MODELS[kind])
    values: dict[str, Any] = {name: bindparam("value")}
    if kind == "target":
        values["team"] = None
    if kind == "account" and name == "parent_id":
        rows = [row for row in rows if row["value"] != row["the_id"]]
    if rows:
        session.execute(update(table).where(table.c.id == bindparam("the_id")).values(values), rows)


def _accounts_of(session: Session, links: Iterable[WaitingLink]) -> dict[tuple[str, str], str | None]:
    """Return the accounts that tell apart records of one name: those of the deals and activities that wait for one."""
    accounts: dict[tuple[str, str], str | None] = {}
    for kind in ("deal", "activity"):
        ids = [link.record_id for link in links if link.kind == kind and link.target in ("deal", "contact")]
        model = _MODELS[kind]
        for some in chunks(ids):
            for identity, account in session.execute(select(model.id, model.account_id).where(model.id.in_(some))):
                accounts[kind, identity] = account
    return accounts


def _found(work: Work, link: WaitingLink, accounts: dict[tuple[str, str], str | None]) -> Found:
    directory = work.directory
    account = accounts.get((link.kind, link.record_id))
    if link.target == "account":
        return directory.accounts.find(link.text)
    if link.target == "user":
        return directory.users.find(link.text)
    if link.target == "deal":
        return directory.deals.find(link.text, account)
    if link.target == "contact":
        return directory.contacts.find(link.text, account)
    return MISSING


def _met_before_known(database: Database, work: Work) -> set[str]:
    """Return the activities with somebody whom nobody knew when they came in, and whom somebody knows now."""
    directory = work.directory
    again: set[str] = set()
    columns = (Participant.activity_id, Participant.name, Participant.email, Participant.side)
    with database.session() as session:
        unknown = select(*columns).where(Participant.contact_id.is_(None), Participant.user_id.is_(None))
        for activity, name, email, side in session.execute(unknown.execution_options(yield_per=5_000)):
            if (
                (email and (email in directory.users.emails or email in directory.contacts.emails))
                or (side == "unknown" and email and (directory.is_ours(email) or directory.account_of_address(email)))
                or (name and _is_called(work, name))
            ):
                again.add(activity)
    return again


def _is_called(work: Work, name: str) -> bool:
    if name in work.directory.contacts or name in work.directory.users:
        return True
    key = person_key(name)
    return bool(key) and bool(work.directory.users.called(name) or work.directory.contacts.called(name))


def _infer_deals(database: Database, work: Work) -> None:
    """Give activities that name no deal the only one that was open at their account then; take it back where it is not the only one."""
    accounts = sorted(account for account in work.deal_accounts if account is not None)
    if not accounts or work.cut_off:
        with database.session() as session:
            accounts = list(session.scalars(select(Deal.account_id).where(Deal.account_id.is_not(None)).distinct()))
    for some in chunks(accounts, 200):
        with database.transaction() as session:
            rows = list(_reinferred(session, work, list(some)))
            if rows:
                table = table_of(Activity)
                values: dict[str, Any] = {"deal_id": bindparam("deal"), "custom": bindparam("marked")}
                session.execute(update(table).where(table.c.id == bindparam("the_id")).values(values), rows)


def _reinferred(session: Session, work: Work, accounts: list[str]) -> Iterator[dict[str, Any]]:
    waiting = select(WaitingLink.record_id).where(WaitingLink.kind == "activity", WaitingLink.target == "deal")
    named = set(session.scalars(waiting))
    columns = (Activity.id, Activity.account_id, Activity.deal_id, Activity.at, Activity.custom)
    for identity, account, deal, at, custom in session.execute(
        select(*columns).where(Activity.account_id.in_(accounts))
    ):
        if identity in named or (deal is not None and INFERRED not in custom):
            continue
        told = work.directory.only_open_deal(account, at)
        if told != deal:
            bare = {key: value for key, value in custom.items() if key != INFERRED}
            marked = bare | {INFERRED: "inferred"} if told else bare
            yield {"the_id": identity, "deal": told, "marked": marked}
