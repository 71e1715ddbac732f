"""Recording what became of an effect: that a run has taken it, that it is done, held, put off, refused, or before a person.

Each is one transaction of its own. All but `done` and `give_up` change nothing where another run has taken the effect meanwhile.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.proposals.aftermath import Aftermath
from agents.proposals.book import content_of
from agents.proposals.guards import Block, Guards
from agents.proposals.record import Content, Mail
from agents.proposals.timing import is_too_late
from infra.errors import DealwrightError, Retriable
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.desk import AuditEntry
from infra.spine.proposals import Effect, Proposal, ProposalVersion
from integrations.sending.carrier import NotTaken, Receipt
from sales.clock import Clock

Verdict = Literal["done", "held", "later", "refused", "unknown", "over"]
"""What became of one run. `over`: somebody else has it, or it was taken back."""

HELD = timedelta(minutes=5)
"""How long a held effect waits before its guardrails are read again."""

_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
_UNWRITABLE = "The mail could not be written or handed over: "


@dataclass(frozen=True)
class Taken:
    """An effect that this run has taken; `look_first` where an earlier run, at `tried_at` from `place`, may have sent it already; `here` is where it leaves from now."""

    effect_id: str
    proposal_id: str
    planning: int
    holder: str
    content: Content
    marker: str | None
    look_first: bool
    tried_at: datetime
    place: str
    here: str


class Verdicts:
    """Records verdicts."""

    def __init__(
        self, database: Database, settings: Settings, clock: Clock, guards: Guards, aftermath: Aftermath
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._guards = guards
        self._aftermath = aftermath

    def take(self, effect_id: str, planning: int, here: str) -> Taken | Verdict:
        """Mark the effect as being carried out by this run, which may leave it from `here`; or say why it isn't."""
        with self._database.transaction() as session:
            return self._take(session, effect_id, planning, here)

    def give_up(self, effect_id: str, planning: int) -> bool:
        """Plan an effect anew whose run ended without a verdict; after several times it stands before a person. False where it is not that run's any more."""
        with self._database.transaction() as session:
            effect = _locked(session, effect_id)
            if effect is None or effect.attempts != planning or effect.state not in ("planned", "sending"):
                return False
            if not self._again(effect):
                self._to_a_person(session, effect, _proposal(session, effect), "unknown")
        return True

    def _take(self, session: Session, effect_id: str, planning: int, here: str) -> Taken | Verdict:
        """Mark the effect as being sent by this run, or say why it isn't sent."""
        effect = _locked(session, effect_id)
        if effect is None or effect.attempts != planning:
            return "over"
        if effect.state == "done":
            return "done"
        if effect.state not in ("planned", "sending"):
            return "over"
        row = _proposal(session, effect)
        content = content_of(session.get_one(ProposalVersion, (row.id, effect.version)))
        look_first = effect.state == "sending"
        if not look_first:
            if row.state != "approved" or row.version != effect.version:
                effect.state = "withdrawn"
                return "over"
            if is_too_late(session, row, self._settings, self._clock.now()):
                return self._expired(session, effect, row)
            blocks = self._guards.check(session, row, content, "effect")
            if blocks:
                return self._hold(session, effect, row, blocks)
        holder = secrets.token_hex(8)
        place = str(effect.receipt.get("place", "")) if look_first else here
        effect.state, effect.receipt = "sending", {**effect.receipt, "holder": holder, "place": place}
        tried_at = effect.attempted_at if look_first and effect.attempted_at is not None else self._clock.now()
        effect.attempted_at = tried_at
        row.state, row.held = "executing", None
        return Taken(effect.id, row.id, planning, holder, content, effect.marker, look_first, tried_at, place, here)

    def look_again(self, taken: Taken) -> Verdict:
        """Leave the attempt marked, so that the next run looks for the mail before it sends anything; in the end a person does."""
        with self._database.transaction() as session:
            effect = self._mine(session, taken)
            if effect is None:
                return "over"
            row = _proposal(session, effect)
            if not self._again(effect):
                self._to_a_person(session, effect, row, "unknown")
                return "unknown"
            row.held = "The connection broke while it was sent; whether it arrived is looked into."
            _audit(session, row, "effect put off", self._clock.now(), {"effect": effect.id, "code": "lost_on_the_way"})
        return "later"

    def held_back(self, taken: Taken) -> Verdict | None:
        """Read the guardrails once more before a mail that never left is sent after all, from here."""
        with self._database.transaction() as session:
            effect = self._mine(session, taken)
            if effect is None:
                return "over"
            row = _proposal(session, effect)
            if is_too_late(session, row, self._settings, self._clock.now()):
                return self._expired(session, effect, row)
            blocks = self._guards.check(session, row, taken.content, "effect")
            if not blocks:
                effect.attempted_at = self._clock.now()
                effect.receipt = {**effect.receipt, "place": taken.here}
                return None
            effect.state, row.state = "planned", "approved"
            return self._hold(session, effect, row, blocks)

    def is_held(self, taken: Taken) -> bool:
        """Return whether no other run has taken the effect since: read right before the outside is touched."""
        with self._database.session() as session:
            effect = session.get(Effect, taken.effect_id)
            return effect is not None and effect.state == "sending" and effect.receipt.get("holder") == taken.holder

    def done(self, taken: Taken, receipt: Receipt) -> Verdict:
        """Record that it was done, with all that follows, in one transaction. What is known to be done stays so, whoever held it meanwhile."""
        now = self._clock.now()
        with self._database.transaction() as session:
            effect = _locked(session, taken.effect_id)
            if effect is None:
                return "over"
            if effect.state == "done":
                return "done"
            row = _proposal(session, effect)
            effect.state, effect.done_at, effect.carrier = "done", now, receipt.carrier
            effect.receipt = {"reference": receipt.reference} if receipt.reference else {}
            at = effect.attempted_at or now
            row.state, row.due_at, row.held = "done", None, None
            row.outcome = {"done_at": at.isoformat(), "carrier": receipt.carrier, "message_id": effect.marker}
            session.flush()
            self._aftermath.sent(session, row, taken.content, effect, at)
            _audit(session, row, "effect done", now, {"effect": effect.id, "carrier": receipt.carrier})
        return "done"

    def _hold(self, session: Session, effect: Effect, row: Proposal, blocks: tuple[Block, ...]) -> Verdict:
        """Keep a blocked effect back: for good where a block is hard or its time is over, else until it is looked at again."""
        now = self._clock.now()
        row.held = " ".join(block.sentence for block in blocks)
        _audit(session, row, "effect held", now, {"effect": effect.id, "rules": [block.rule for block in blocks]})
        if any(block.hard for block in blocks):
            effect.state, row.state, row.due_at, row.reason = "failed", "rejected", None, row.held
            self._aftermath.closed(session, row, now)
            return "refused"
        if row.expires_at is not None and row.expires_at <= now:
            return self._expired(session, effect, row)
        effect.attempts += 1
        effect.due_at = row.due_at = now + HELD
        return "held"

    def _expired(self, session: Session, effect: Effect, row: Proposal) -> Verdict:
        """Withdraw what was approved and did not go while there was an occasion for it."""
        now = self._clock.now()
        effect.state, row.state, row.due_at = "withdrawn", "expired", None
        self._aftermath.closed(session, row, now)
        _audit(session, row, "proposal expired", now, {"effect": effect.id})
        return "refused"

    def refused(self, taken: Taken, refusal: NotTaken) -> Verdict:
        """Record a definite refusal: nothing left. What may pass is tried again; the rest goes back to a person with the reason."""
        now = self._clock.now()
        with self._database.transaction() as session:
            effect = self._mine(session, taken)
            if effect is None:
                return "over"
            row = _proposal(session, effect)
            detail = {"effect": effect.id, "code": refusal.code}
            if not refusal.permanent and self._again(effect, state="planned"):
                row.state, row.due_at = "approved", effect.due_at
                row.held = "The mail server did not take it; it is tried again."
                _audit(session, row, "effect put off", now, detail)
                return "later"
            effect.state = "failed"
            row.due_at = None
            if refusal.permanent and refusal.about_recipient and isinstance(taken.content.effect, Mail):
                row.state, row.reason = "rejected", "The recipient's mail server says that there is no such address."
                self._aftermath.bounced(session, row, taken.content.effect, effect, refusal.code, now)
                self._aftermath.closed(session, row, now)
            else:
                row.state = "pending"
                row.held = f"The mail server refused it ({refusal.code}). Nothing went out; approve it again once that is mended."
            _audit(session, row, "effect refused", now, detail)
        return "refused"

    def unwritten(self, taken: Taken, error: DealwrightError, *, maybe_sent: bool) -> Verdict:
        """Record that a mail could not be written, or, where it may have been sent before, that its carrier could not be asked."""
        now = self._clock.now()
        with self._database.transaction() as session:
            effect = self._mine(session, taken)
            if effect is None:
                return "over"
            row = _proposal(session, effect)
            detail = {"effect": effect.id, "error": type(error).__name__}
            if isinstance(error, Retriable) and self._again(effect, None if maybe_sent else "planned"):
                if not maybe_sent:
                    row.state, row.due_at = "approved", effect.due_at
                _audit(session, row, "effect put off", now, detail)
                return "later"
            if maybe_sent:
                self._to_a_person(session, effect, row, "unknown")
                return "unknown"
            effect.state, row.state, row.due_at = "failed", "pending", None
            row.held = f"{_UNWRITABLE}{error.sentence} {error.next_step}".strip()
            _audit(session, row, "effect refused", now, detail)
        return "refused"

    def unknown(self, taken: Taken) -> Verdict:
        """Put before a person what nobody can tell the outcome of."""
        with self._database.transaction() as session:
            effect = self._mine(session, taken)
            if effect is None:
                return "over"
            self._to_a_person(session, effect, _proposal(session, effect), "unknown")
        return "unknown"

    def _to_a_person(self, session: Session, effect: Effect, row: Proposal, state: str) -> None:
        effect.state, row.state, row.due_at = state, "unknown", None
        row.held = "The connection broke while it was sent, so nobody can tell whether it arrived."
        _audit(session, row, "effect unknown", self._clock.now(), {"effect": effect.id})

    def _mine(self, session: Session, taken: Taken) -> Effect | None:
        effect = _locked(session, taken.effect_id)
        if effect is None or effect.state != "sending" or effect.receipt.get("holder") != taken.holder:
            return None
        return effect

    def _again(self, effect: Effect, state: str | None = None) -> bool:
        """Plan the effect once more, later each time; return False where it was tried often enough. `sending` stays: it is looked for first."""
        tried = int(effect.receipt.get("tried", 0))
        if tried >= len(_PAUSES):
            return False
        effect.state = state or effect.state
        effect.receipt = {"tried": tried + 1, "place": effect.receipt.get("place", "")}
        effect.attempts += 1
        effect.due_at = self._clock.now() + _PAUSES[tried]
        return True


def _locked(session: Session, effect_id: str) -> Effect | None:
    # The proposal first, as decisions lock it first too.
    proposal = session.scalar(select(Effect.proposal_id).where(Effect.id == effect_id))
    session.execute(select(Proposal.id).where(Proposal.id == proposal).with_for_update())
    return session.scalars(
        select(Effect).where(Effect.id == effect_id).with_for_update().execution_options(populate_existing=True)
    ).first()


def _proposal(session: Session, effect: Effect) -> Proposal:
    return session.get_one(Proposal, effect.proposal_id)


def _audit(session: Session, row: Proposal, action: str, at: datetime, detail: Mapping[str, object]) -> None:
    session.add(AuditEntry(at=at, actor="dealwright", surface="work", action=action, subject=row.id, detail=detail))
    session.flush()
