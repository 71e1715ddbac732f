"""Tasks that put records right, put forward ten at a time: the next ten come when these are decided."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agents.answer import Evidence
from agents.hygiene.record import Checked, Finding, Hygiene
from agents.links import Links
from agents.proposals.book import proposal_id, put_forward
from agents.proposals.record import Content, NewProposal, Task
from infra.settings import Settings
from infra.spine.proposals import Proposal
from sales.hygiene import BATCH, todo
from sales.proposal import WAITING

PREFIX = "hygiene:"
"""What the keys of these proposals begin with."""
_DUE_IN = timedelta(days=7)


def waiting(session: Session, owner_ids: frozenset[str] | None) -> int:
    """Return how many of these proposals wait for a decision, of everybody's or of some owners'."""
    query = (
        select(func.count())
        .select_from(Proposal)
        .where(Proposal.key.startswith(PREFIX, autoescape=True), Proposal.state.in_(sorted(WAITING)))
    )
    if owner_ids is not None:
        query = query.where(Proposal.owner_id.in_(owner_ids))
    return session.scalar(query) or 0


def propose(session: Session, settings: Settings, links: Links, found: Hygiene, now: datetime) -> list[str]:
    """Put the next tasks forward, so that at most ten wait among those in `found`; return the ids of the new ones.

    A record that was decided on comes again only when what is wrong with it has changed.
    """
    owners = frozenset(one.owner_id for rule in found.rules for one in rule.records if one.owner_id is not None)
    room = BATCH - waiting(session, owners)
    made: list[str] = []
    due = (now + _DUE_IN).astimezone(settings.zone).date()
    for rule, record in _worst_first(found):
        if len(made) >= room:
            break
        if record.owner_id is None:
            # Without an owner nobody could decide; the report shows it.
            continue
        key = f"{PREFIX}{rule.rule}:{record.record_id}:{record.value or ','.join(record.blank)}"[:200]
        if session.get(Proposal, proposal_id(key)) is not None:
            continue
        title = todo(rule.rule, record.name, value=record.value, blank=record.blank)
        quote = f"{record.name}: {record.value}" if record.value else record.name
        evidence = Evidence(
            source=record.kind,
            id=record.record_id,
            quote=quote,
            url=links.evidence(record.kind, record.record_id),
            label=record.account,
        )
        new = NewProposal(
            key=key,
            kind="task",
            headline=title[:180],
            content=Content(effect=Task(title=title[:300], due=due), evidence=(evidence,), why=(rule.meaning,)),
            owner_id=record.owner_id,
            account_id=record.account_id,
            deal_id=record.record_id if record.kind == "deal" else None,
            contact_id=record.record_id if record.kind == "contact" else None,
        )
        made.append(put_forward(session, new, now))
    return made


def _worst_first(found: Hygiene) -> Iterator[tuple[Checked, Finding]]:
    """Yield a record a rule in turn, so that one rule with thousands of records does not keep the others out; the first of each rule first."""
    lists = [(rule, iter(rule.records)) for rule in found.rules]
    while lists:
        left = []
        for rule, records in lists:
            record = next(records, None)
            if record is not None:
                yield rule, record
                left.append((rule, records))
        lists = left
