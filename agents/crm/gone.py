"""What a system deleted or merged. A deleted record leaves the spine; what hung on it stays, without it. A merged one becomes the record that took it over."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from agents.crm.identity import links_of
from agents.intake.batch import Work, table_of
from agents.intake.forget import forget_passages
from agents.intake.joins import merge
from agents.intake.rekey import move
from agents.intake.writing import chunks
from infra.spine.crm import CrmLink
from infra.spine.models import Account, Activity, Base, Contact, Deal, Lead, Proposal, User
from integrations.connectors.stream import Remote, Stream

_MODELS: dict[str, Any] = {"account": Account, "contact": Contact, "deal": Deal, "lead": Lead, "activity": Activity}
_OPEN = ("draft", "pending", "snoozed")


class Gone:
    """Takes records out. `passages` are those whose vectors the index has to forget."""

    def __init__(self, session: Session, work: Work, system: str) -> None:
        self._session = session
        self._work = work
        self._system = system
        self.passages: list[int] = []

    def delete(self, kind: str, link: CrmLink | None, one: Remote) -> None:
        """Take out what a deleted record was. One that was never read, or is gone already, changes nothing."""
        if link is None or link.deleted:
            return
        link.deleted, link.at, link.seen = True, self._work.now, {}
        self._session.flush()
        if kind == "user":
            self._session.execute(update(User).where(User.id == link.record_id).values(active=False))
            return
        if kind not in _MODELS or self._lives_elsewhere(kind, link):
            return
        self.remove(kind, link.record_id)

    def _lives_elsewhere(self, kind: str, link: CrmLink) -> bool:
        """Whether another record, of this or another system, is the same one of the spine."""
        other = select(CrmLink.external_id).where(
            CrmLink.kind == kind, CrmLink.record_id == link.record_id, CrmLink.deleted.is_(False)
        )
        return self._session.scalar(other.limit(1)) is not None

    def remove(self, kind: str, record_id: str) -> None:
        """Take a record out. What refers to it and can stand alone stays: activities, contacts, proposals that were decided."""
        session, table = self._session, table_of(_MODELS[kind])
        if kind == "activity":
            self.passages += forget_passages(session, [record_id], ())
        elif kind in ("deal", "account"):
            self._cut_anew(kind, record_id)
        if kind == "deal":
            session.execute(
                update(Proposal)
                .where(Proposal.deal_id == record_id, Proposal.state.in_(_OPEN))
                .values(state="expired", reason="The deal was deleted in the CRM.")
            )
        for other in Base.metadata.sorted_tables:
            for column in other.columns:
                if column.nullable and any(key.column is table.c.id for key in column.foreign_keys):
                    session.execute(update(other).where(column == record_id).values({column.name: None}))
        session.execute(delete(table).where(table.c.id == record_id))
        self.forget(kind, record_id)

    def _cut_anew(self, kind: str, record_id: str) -> None:
        """Have the words of a record's activities cut again: their passages tell where they belong."""
        column = Activity.deal_id if kind == "deal" else Activity.account_id
        theirs = list(self._session.scalars(select(Activity.id).where(column == record_id)))
        self.passages += forget_passages(self._session, theirs, [record_id] if kind == "deal" else ())
        for some in chunks(theirs):
            self._session.execute(update(Activity).where(Activity.id.in_(some)).values(indexed_as=None))

    def forget(self, kind: str, record_id: str) -> None:
        """Let the run's lookups forget a record."""
        directory = self._work.directory
        if kind == "account":
            directory.accounts.forget(record_id)
        elif kind == "contact":
            directory.contacts.forget(record_id)
        elif kind == "deal" and record_id in directory.deals:
            directory.forget_deal(record_id)
        self._work.deals_touched |= kind in ("deal", "account")
        self._work.people_touched |= kind in ("contact", "account")


def take_over(session: Session, work: Work, system: str, stream: Stream, winner: Remote, gone: Gone) -> None:
    """Make the records that `winner` took over one with it: everything that referred to them refers to it."""
    links = links_of(session, system, stream.remote, [winner.id, *winner.merged])
    stays = links[winner.id]
    for identity in winner.merged:
        link = links.get(identity)
        if link is None:
            session.add(
                CrmLink(
                    system=system,
                    remote=stream.remote,
                    external_id=identity,
                    kind=stream.kind,
                    record_id=stays.record_id,
                    seen={},
                    deleted=True,
                    merged_into=winner.id,
                    at=work.now,
                )
            )
            continue
        if link.merged_into == winner.id:
            continue
        before, was_there = link.record_id, not link.deleted
        link.deleted, link.merged_into, link.record_id, link.at = True, winner.id, stays.record_id, work.now
        session.flush()
        table = table_of(_MODELS[stream.kind])
        there = set(session.scalars(select(table.c.id).where(table.c.id.in_((before, stays.record_id)))))
        if not was_there or before == stays.record_id or len(there) < 2:
            continue
        if stream.kind in ("account", "contact"):
            merge(session, stream.kind, stays.record_id, before)
        else:
            move(session, table, {before: stays.record_id})
            session.execute(delete(table).where(table.c.id == before))
        gone.forget(stream.kind, before)
    session.flush()
