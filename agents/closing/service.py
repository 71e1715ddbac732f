"""Cards of calls: made when a call's notes are ready, found again, and kept up to date with what comes of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from agents.closing.drafting import card_key, drafted
from agents.closing.standing import MOST, ask_again, held_mails, moved, to_ask, unsettled, would_move
from agents.closing.unasked import write_unasked
from agents.links import Links
from agents.notes.record import CallNotes
from agents.proposals.announcer import Announcer
from agents.proposals.book import content_of, proposal_id, put_forward, version_row
from agents.proposals.record import NewProposal
from infra.logs import logger
from infra.settings import Settings
from infra.spine.activity import Activity, Participant
from infra.spine.calls import CallNote
from infra.spine.database import Database
from infra.spine.proposals import Proposal, ProposalVersion
from infra.spine.scope import Scope
from sales.clock import Clock

AT_MOST_OLD = timedelta(days=14)
"""Older calls get notes and no card: what was agreed then is done or past."""

_LOG = logger("closing")


class Closings:
    """Makes and tends cards of calls. Blocks: call it from a thread."""

    def __init__(
        self, database: Database, settings: Settings, clock: Clock, links: Links, announcer: Announcer
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._links = links
        self._announcer = announcer

    def draft_waiting(self, limit: int = 25) -> int:
        """Make the cards of up to `limit` calls whose notes are ready, the newest call first, and of waiting ones whose notes were made anew. Returns how many there were."""
        now = self._clock.now()
        with self._database.session() as session:
            calls = list(session.scalars(_without_card(now).limit(limit)))
            calls += [one for one in session.scalars(_made_anew(now).limit(limit)) if one not in calls]
        for call in calls:
            with self._database.transaction() as session:
                identity, is_new = self._put(session, call, now)
            if identity is not None:
                (self._announcer.offer if is_new else self._announcer.changed)(identity)
        if calls:
            _LOG.info("calls drafted", calls=len(calls))
        return len(calls)

    def follow(self) -> int:
        """Bring submitted cards up to date, ask again where the CRM changed meanwhile, and show mails that a guardrail held. Returns how many cards changed."""
        now = self._clock.now()
        with self._database.session() as session:
            quiet = not self._something_moves(session, now)
        if quiet:
            return 0
        with self._database.transaction() as session:
            asked = ask_again(session, now)
            changed = moved(session, now)
            held = held_mails(session, changed)
        for identity in changed:
            self._announcer.changed(identity)
        for identity in (*asked, *held):
            self._announcer.offer(identity)
        return len(changed) + len(asked)

    def card_of(self, call_id: str) -> str:
        """Return the id that the card of a call has, whether it was made yet or not."""
        return proposal_id(card_key(call_id))

    def newest(self, scope: Scope, account_id: str) -> str | None:
        """Return the id of the card of an account's newest call, None where it has none that this scope shows."""
        with self._database.session() as session:
            return session.scalar(
                select(Proposal.id)
                .where(Proposal.kind == "call", Proposal.account_id == account_id, scope.proposals())
                .order_by(Proposal.created_at.desc(), Proposal.id)
                .limit(1)
            )

    def newest_call(self, scope: Scope, account_id: str) -> str | None:
        """Return the id of an account's newest held call with notes, inside a scope."""
        with self._database.session() as session:
            return session.scalar(
                select(Activity.id)
                .join(CallNote, CallNote.activity_id == Activity.id)
                .where(Activity.account_id == account_id, scope.activities())
                .order_by(Activity.at.is_(None), Activity.at.desc(), Activity.id)
                .limit(1)
            )

    def make(self, call_id: str) -> str | None:
        """Make the card of a call on demand, however old it is; return its id, None where it has no notes."""
        now = self._clock.now()
        with self._database.transaction() as session:
            identity, _ = self._put(session, call_id, now)
        return identity

    def _something_moves(self, session: Session, now: datetime) -> bool:
        # The usual round finds only cards whose mail or write still waits, and asks for no turn to write.
        if session.scalar(to_ask(now).limit(1)) is not None:
            return True
        return would_move(session, session.scalars(unsettled(now).limit(MOST)).all())

    def _put(self, session: Session, call: str, now: datetime) -> tuple[str | None, bool]:
        note = session.get(CallNote, call)
        new = (
            drafted(session, CallNotes.model_validate(note.record), self._settings, self._links, now) if note else None
        )
        if note is None or new is None:
            return None, False
        write_unasked(session, CallNotes.model_validate(note.record), self._settings, now)
        identity = proposal_id(new.key)
        present = session.get(Proposal, identity, with_for_update=True)
        if present is None:
            put_forward(session, new, now)
            return identity, True
        self._renew(session, present, new, now)
        return identity, False

    def _renew(self, session: Session, present: Proposal, new: NewProposal, now: datetime) -> None:
        """Put what the notes say now on a card that nobody has decided on or written on."""
        version = session.get_one(ProposalVersion, (present.id, present.version))
        if present.state != "pending" or version.by is not None:
            return
        if new.content == content_of(version):
            # It says what the notes of this moment say.
            version.at = now
            return
        present.version += 1
        present.headline, present.account_id, present.deal_id = new.headline, new.account_id, new.deal_id
        present.owner_id = new.owner_id
        session.add(version_row(present.id, present.version, new.content, None, now))


def _without_card(now: datetime) -> Select[str]:
    """Return the calls whose notes are ready and that have no card: recent ones, of an account of ours or with somebody who is not one of us."""
    outside = (
        select(Participant.id)
        .where(Participant.activity_id == Activity.id, Participant.user_id.is_(None), Participant.side != "seller")
        .exists()
    )
    carded = select(Proposal.id).where(Proposal.kind == "call", Proposal.call_id == CallNote.activity_id).exists()
    return (
        select(CallNote.activity_id)
        .join(Activity, Activity.id == CallNote.activity_id)
        .where(
            Activity.at >= now - AT_MOST_OLD,
            Activity.at <= now,
            or_(Activity.account_id.is_not(None), outside),
            ~carded,
        )
        .order_by(Activity.at.desc(), Activity.id)
    )


def _made_anew(now: datetime) -> Select[str]:
    """Return the calls whose card waits for a decision though their notes were made anew since."""
    return (
        select(CallNote.activity_id)
        .join(
            Proposal,
            and_(Proposal.kind == "call", Proposal.call_id == CallNote.activity_id, Proposal.state == "pending"),
        )
        .join(
            ProposalVersion,
            and_(ProposalVersion.proposal_id == Proposal.id, ProposalVersion.version == Proposal.version),
        )
        .where(ProposalVersion.by.is_(None), ProposalVersion.at < CallNote.made_at)
        .order_by(CallNote.made_at)
    )
