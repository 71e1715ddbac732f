"""Doing what was approved, at most once, through kills and restarts.

Before a mail leaves, its effect is marked `sending` under its Message-ID. Whoever finds that mark after a crash asks the carrier first:
there → done, absent → sent now, cannot tell → a person decides. A worker that was only stalled is held back by two fences, read right
before the carrier is touched: its hold on the durable work, and the name that the last one to take the effect left in its row.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.proposals.aftermath import Aftermath
from agents.proposals.announcer import Announcer
from agents.proposals.book import content_of
from agents.proposals.effect_rows import read_key
from agents.proposals.guards import Block, Guards
from agents.proposals.post import PostOffice
from agents.proposals.record import Content, Mail
from infra.errors import DealwrightError, Retriable
from infra.logs import logger
from infra.spine.database import Database
from infra.spine.desk import AuditEntry
from infra.spine.proposals import Effect, Proposal, ProposalVersion
from integrations.sending.carrier import Carrier, NotTaken, OutcomeUnknown, Receipt
from sales.clock import Clock

T = TypeVar("T")
Verdict = Literal["done", "held", "later", "refused", "unknown", "over"]
"""What became of one run. `over`: somebody else has it, or it was taken back."""

HELD = timedelta(minutes=5)
"""How long a held effect waits before its guardrails are read again."""

SETTLING = timedelta(minutes=1)
"""How long after an attempt a carrier that does not show the mail is not believed: what Gmail and Microsoft took is found some seconds later."""

_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
_LOG = logger("effects")
_UNWRITABLE = "The mail could not be written or handed over: "


class Steps(Protocol):
    """Durable work, as `infra.workflows` does it."""

    def step(self, name: str, function: Callable[[], T], *, attempts: int = 1) -> T:
        """Do `function` once, through restarts; its result must be plain JSON."""
        ...

    def still_ours(self) -> bool:
        """Tell whether the work under way in this thread was not taken over by another worker."""
        ...


@dataclass(frozen=True)
class _Taken:
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


class Effects:
    """Carries effects out. `prepare` has known what the guardrails ask of a sender and a recipient, before they are read; `logged` is called when there is a new activity to be indexed; `crash` is called with the name of each point between two records; tests let it kill the process."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        guards: Guards,
        post: PostOffice,
        announcer: Announcer,
        aftermath: Aftermath,
        *,
        prepare: Callable[[str, str], None] = lambda _sender, _recipient: None,
        logged: Callable[[], None] = lambda: None,
        crash: Callable[[str], None] = lambda _point: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._guards = guards
        self._post = post
        self._announcer = announcer
        self._aftermath = aftermath
        self._prepare = prepare
        self._logged = logged
        self._crash = crash

    def run(self, key: str, steps: Steps) -> None:
        """Do the durable work of one planning of an effect. See `effect_rows.work_key`."""
        effect_id, planning = read_key(key)
        self._crash("effect: begun")
        verdict = steps.step("send", lambda: self._send(effect_id, planning, steps))
        self._crash("effect: sent")
        if verdict != "over":
            steps.step("tell", lambda: self._tell(effect_id), attempts=3)
        if verdict == "done":
            self._logged()
        self._crash("effect: told")

    def give_up(self, effect_id: str, planning: int) -> None:
        """Plan an effect anew whose durable work ended without a verdict; after several times it stands before a person."""
        with self._database.transaction() as session:
            effect = _locked(session, effect_id)
            if effect is None or effect.attempts != planning or effect.state not in ("planned", "sending"):
                return
            if not self._again(effect):
                self._to_a_person(session, effect, _proposal(session, effect), "unknown")
        self._tell(effect_id)

    def _tell(self, effect_id: str) -> None:
        with self._database.session() as session:
            proposal = session.scalar(select(Effect.proposal_id).where(Effect.id == effect_id))
        if proposal is not None:
            self._announcer.changed(proposal)

    def _send(self, effect_id: str, planning: int, steps: Steps) -> Verdict:
        place = self._prepared(effect_id)
        with self._database.transaction() as session:
            taken = self._take(session, effect_id, planning, place)
        if not isinstance(taken, _Taken):
            return taken
        self._crash("send: marked")
        if not isinstance(taken.content.effect, Mail):
            return self._done(taken, Receipt("spine"))
        try:
            return self._carry(taken, taken.content.effect, steps)
        except NotTaken as refusal:
            return self._refused(taken, refusal)
        except OutcomeUnknown:
            _LOG.warning("outcome unknown", effect_id=effect_id)
            return self._looked_for(taken)

    def _prepared(self, effect_id: str) -> str:
        """Have known what the guardrails will ask; return the place that the mail would leave from, "" where that can't be told."""
        with self._database.session() as session:
            told = session.scalar(
                select(ProposalVersion.effect)
                .join(Effect, Effect.proposal_id == ProposalVersion.proposal_id)
                .where(Effect.id == effect_id, ProposalVersion.version == Effect.version)
            )
        if told is None or told["kind"] != "mail":
            return ""
        self._prepare(told["sender"], told["to"])
        try:
            return self._post.place_of(told["sender"])
        except DealwrightError:
            # Whoever carries it meets the same trouble, and tells a person.
            return ""

    def _take(self, session: Session, effect_id: str, planning: int, here: str) -> _Taken | Verdict:
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
            blocks = self._guards.check(session, row, content, "effect")
            if blocks:
                return self._hold(session, effect, row, blocks)
        holder = secrets.token_hex(8)
        place = str(effect.receipt.get("place", "")) if look_first else here
        effect.state, effect.receipt = "sending", {**effect.receipt, "holder": holder, "place": place}
        tried_at = effect.attempted_at if look_first and effect.attempted_at is not None else self._clock.now()
        effect.attempted_at = tried_at
        row.state, row.held = "executing", None
        return _Taken(effect.id, row.id, planning, holder, content, effect.marker, look_first, tried_at, place, here)

    def _carry(self, taken: _Taken, mail: Mail, steps: Steps) -> Verdict:
        assert taken.marker is not None
        try:
            carrier = self._post.carrier_of(mail.sender)
            if taken.look_first:
                found = self._found(taken, mail) or self._too_early(taken) or self._held_back(taken)
                if found is not None:
                    return found
            message = self._post.written(mail, marker=taken.marker, proposal_id=taken.proposal_id, at=self._clock.now())
        except DealwrightError as error:
            _LOG.error("mail not written", effect_id=taken.effect_id, exc_info=error)
            return self._unwritten(taken, error, maybe_sent=taken.look_first)
        if not (steps.still_ours() and self._is_held(taken)):
            return "over"
        receipt = _handed(carrier, message, mail, taken.marker)
        self._crash("send: taken")
        verdict = self._done(taken, receipt)
        self._crash("send: recorded")
        return verdict

    def _found(self, taken: _Taken, mail: Mail) -> Verdict | None:
        """Ask the carrier of an attempt what became of it; None where it does not have the mail."""
        assert taken.marker is not None
        carrier = self._post.asked(taken.place, mail.sender)
        where = carrier.find(taken.marker, sender=mail.sender) if carrier is not None else "cannot_tell"
        if carrier is not None and where == "there":
            return self._done(taken, Receipt(carrier.name))
        return None if where == "absent" else self._unknown(taken)

    def _too_early(self, taken: _Taken) -> Verdict | None:
        """Look again a while later where a mail that the carrier does not have yet may still be on its way into its search."""
        at_once = taken.place.partition(":")[0] == "outbox"
        return None if at_once or self._clock.now() - taken.tried_at >= SETTLING else self._look_again(taken)

    def _look_again(self, taken: _Taken) -> Verdict:
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

    def _held_back(self, taken: _Taken) -> Verdict | None:
        """Read the guardrails once more before a mail that never left is sent after all, from here."""
        with self._database.transaction() as session:
            effect = self._mine(session, taken)
            if effect is None:
                return "over"
            row = _proposal(session, effect)
            blocks = self._guards.check(session, row, taken.content, "effect")
            if not blocks:
                effect.attempted_at = self._clock.now()
                effect.receipt = {**effect.receipt, "place": taken.here}
                return None
            effect.state, row.state = "planned", "approved"
            return self._hold(session, effect, row, blocks)

    def _looked_for(self, taken: _Taken) -> Verdict:
        """After a broken connection: look whether the mail arrived, where that can be done."""
        assert isinstance(taken.content.effect, Mail)
        mail = taken.content.effect
        try:
            found = self._found(taken, mail)
        except DealwrightError as error:
            return self._unwritten(taken, error, maybe_sent=True)
        return found or self._look_again(taken)

    def _is_held(self, taken: _Taken) -> bool:
        with self._database.session() as session:
            effect = session.get(Effect, taken.effect_id)
            return effect is not None and effect.state == "sending" and effect.receipt.get("holder") == taken.holder

    def _done(self, taken: _Taken, receipt: Receipt) -> Verdict:
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
            effect.state, row.state, row.due_at = "withdrawn", "expired", None
            self._aftermath.closed(session, row, now)
            return "refused"
        effect.attempts += 1
        effect.due_at = row.due_at = now + HELD
        return "held"

    def _refused(self, taken: _Taken, refusal: NotTaken) -> Verdict:
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

    def _unwritten(self, taken: _Taken, error: DealwrightError, *, maybe_sent: bool) -> Verdict:
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

    def _unknown(self, taken: _Taken) -> Verdict:
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

    def _mine(self, session: Session, taken: _Taken) -> Effect | None:
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


def _handed(carrier: Carrier, message: bytes, mail: Mail, marker: str) -> Receipt:
    try:
        return carrier.send(message, sender=mail.sender, recipient=mail.to, marker=marker)
    except (NotTaken, OutcomeUnknown):
        raise
    except Exception as error:
        _LOG.error("carrier failed", carrier=carrier.name, exc_info=error)
        raise OutcomeUnknown("carrier_failed") from error


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
