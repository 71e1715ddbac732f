"""Deciding: one transaction that reads rights, version, state and guardrails anew, and changes a proposal at most once.

A decision binds to the version (and hash) that the person saw. Of many at the same moment one takes effect, and each of the others is
told who was first. Every decision and every denial goes to the audit trail, ids only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from agents.proposals.aftermath import Aftermath
from agents.proposals.announcer import Announcer
from agents.proposals.book import content_of, version_row
from agents.proposals.edited import edited
from agents.proposals.effect_rows import plan, settle, withdraw
from agents.proposals.guards import Guards
from agents.proposals.record import Closing, Content, Mail
from agents.proposals.request import Outcome, Request, Result
from agents.proposals.rights import right_to_decide
from agents.proposals.sentences import goes, moment, standing
from agents.proposals.ticking import TICKED, ticked_in
from agents.proposals.timing import next_sending, zones_of
from infra.errors import Fatal, Retriable
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.desk import AuditEntry
from infra.spine.people import User
from infra.spine.proposals import Decision, Effect, Proposal, ProposalVersion
from sales.clock import Clock
from sales.proposal import WAITING, after
from sales.sending_time import hours_of, next_morning

OWNERS_DOORS = ("api", "terminal")
"""Surfaces on which somebody who names nobody acts as an admin: they hold the token, or the home folder itself."""

_DENIED = "This is not yours to decide on. Its owner, their manager or an admin can."
_STALE = "This was changed meanwhile. Here is how it stands now; decide on that."
_FARTHEST = timedelta(days=366)
_LONGEST_REASON = 2_000


@dataclass(frozen=True)
class _Case:
    """A request with what it is about, inside its transaction."""

    session: Session
    request: Request
    row: Proposal
    version: ProposalVersion
    now: datetime


class Decisions:
    """Decides. `wake` is called after an effect was planned, so that it need not wait for the next tick.

    `prepare` has known what the guardrails ask of a sender and a recipient, before they are read; it may take a few seconds.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        guards: Guards,
        announcer: Announcer,
        aftermath: Aftermath,
        *,
        wake: Callable[[], None] = lambda: None,
        prepare: Callable[[str, str], None] = lambda _sender, _recipient: None,
    ) -> None:
        self._database = database
        self.settings = settings
        self._clock = clock
        self._guards = guards
        self._announcer = announcer
        self._aftermath = aftermath
        self._wake = wake
        self._prepare = prepare

    def decide(self, request: Request) -> Outcome:
        """Do what is asked, or say why not. Raises Fatal (422) where the request itself can't be right."""
        now = self._clock.now()
        _checked(request, now)
        with self._database.session() as session:
            # Most of many who click at once can be answered without waiting for a turn to write.
            outcome = self._answer_without_writing(session, request, now)
            leaving = self._leaving(session, request) if outcome is None else None
        if leaving is not None:
            self._prepare(leaving.sender, leaving.to)
        if outcome is None:
            with self._database.transaction() as session:
                outcome = self._decided(session, request, now)
        if outcome.acted:
            if outcome.outcome in ("approved", "resent"):
                self._wake()
            self._announcer.changed(request.id)
        return outcome

    def _answer_without_writing(self, session: Session, request: Request, now: datetime) -> Outcome | None:
        found = _load(session, request, now, lock=False)
        if found is None or not self._may(found):
            return None
        return self._too_late(found)

    def _leaving(self, session: Session, request: Request) -> Mail | None:
        """Return the mail that would leave with this decision."""
        if request.action not in ("approve", "resend"):
            return None
        version = session.get(ProposalVersion, (request.id, request.version))
        effect = content_of(version).effect if version is not None else None
        if isinstance(effect, Closing):
            return effect.mail
        return effect if isinstance(effect, Mail) else None

    def _decided(self, session: Session, request: Request, now: datetime) -> Outcome:
        case = _load(session, request, now, lock=True)
        if case is None:
            _audit(session, request, "proposal not found", now)
            return Outcome("not_found", "", None, 0, "", "There is no such proposal any more.")
        if not self._may(case):
            _audit(session, request, "proposal denied", now)
            return Outcome("denied", "", None, request.version, "", _DENIED)
        late = self._too_late(case)
        if late is not None:
            return late
        if case.row.state in WAITING and case.row.expires_at is not None and case.row.expires_at <= now:
            return self._expired(case)
        outcome = {
            "approve": self._approve,
            "edit": self._edit,
            "snooze": self._snooze,
            "reject": self._reject,
            "undo": self._undo,
            "sent": self._sent,
            "resend": self._resend,
        }[request.action](case)
        if outcome.acted:
            session.add(
                Decision(
                    proposal_id=case.row.id,
                    version=request.version,
                    action=request.action,
                    user_id=request.user_id,
                    surface=request.surface,
                    reason=request.reason,
                    detail=ticked_in(content_of(case.version), request.edit) if outcome.outcome == "approved" else {},
                    at=now,
                )
            )
            _audit(session, request, f"proposal {request.action}", now)
        return outcome

    def _may(self, case: _Case) -> bool:
        request = case.request
        if request.user_id is None:
            return request.surface in OWNERS_DOORS
        return right_to_decide(case.session, request.user_id, case.row.owner_id, case.now) is not None

    def _too_late(self, case: _Case) -> Outcome | None:
        request, row = case.request, case.row
        if request.version != row.version or (request.hash is not None and request.hash != case.version.hash):
            return self._outcome(case, "stale", _STALE if row.state in WAITING else self._standing(case))
        if after(row.state, request.action) is None:  # type: ignore[arg-type]
            return self._outcome(case, "expired" if row.state == "expired" else "already", self._standing(case))
        return None

    def _standing(self, case: _Case) -> str:
        row = case.row
        who = case.session.scalar(select(User.name).where(User.id == row.decided_by)) if row.decided_by else None
        return standing(row, who, case.now, self.settings.zone)

    def _outcome(self, case: _Case, result: Result, sentence: str, effect_id: str | None = None) -> Outcome:
        known = effect_id or case.session.scalar(
            select(Effect.id)
            .where(Effect.proposal_id == case.row.id, Effect.state != "withdrawn")
            .order_by(Effect.version.desc())
            .limit(1)
        )
        return Outcome(result, case.row.state, known, case.row.version, case.version.hash, sentence)

    def _expired(self, case: _Case) -> Outcome:
        _move(case, "expired", due_at=None)
        self._aftermath.closed(case.session, case.row, case.now)
        _audit(case.session, case.request, "proposal expired", case.now)
        return self._outcome(case, "expired", self._standing(case))

    def _approve(self, case: _Case) -> Outcome:
        session, row, now = case.session, case.row, case.now
        content = content_of(case.version)
        # What is not on this very version is refused before anything happens.
        ticked_in(content, case.request.edit)
        blocks = self._guards.check(session, row, content, "click")
        if blocks:
            detail = {"rules": [block.rule for block in blocks]}
            _audit(session, case.request, "proposal blocked", now, detail)
            return self._outcome(case, "blocked", " ".join(block.sentence for block in blocks))
        due = self._due(case, content)
        effect = plan(session, row, content, due)
        by = {"decided_by": case.request.user_id, "decided_at": now}
        _move(case, "approved", due_at=due, held=None, reason=case.request.reason, **by)
        when = goes(due, now, self._zone_of_recipient(case) or self.settings.zone)
        told = f"Approved; it goes {when}." if content.effect.kind == "mail" else "Approved."
        if isinstance(content.effect, Closing):
            told = "Submitted. The card tells what comes of each line."
        return self._outcome(case, "approved", told, effect)

    def _due(self, case: _Case, content: Content) -> datetime:
        request, now = case.request, case.now
        if not isinstance(content.effect, Mail) or (request.edit or {}).get("send") == "now":
            return now
        if request.until is not None:
            expires = case.row.expires_at
            if expires is not None and request.until >= expires:
                ends = moment(expires, now, self.settings.zone)
                raise Fatal(
                    f"This expires {ends}, before that.", "Choose an earlier moment, or send it now.", status=422
                )
            return max(request.until, now)
        return next_sending(now, self._zone_of_recipient(case), self.settings)

    def _zone_of_recipient(self, case: _Case) -> ZoneInfo | None:
        return zones_of(case.session, [case.row.id]).get(case.row.id)

    def _edit(self, case: _Case) -> Outcome:
        session, row, now = case.session, case.row, case.now
        first = session.scalars(
            select(ProposalVersion)
            .where(ProposalVersion.proposal_id == row.id, ProposalVersion.by.is_(None))
            .order_by(ProposalVersion.version.desc())
            .limit(1)
        ).one()
        content = edited(content_of(first), content_of(case.version), case.request.edit or {}, now)
        new_hash = content.hash()
        version = row.version
        if new_hash != case.version.hash:
            version += 1
            session.add(version_row(row.id, version, content, case.request.user_id or case.request.surface, now))
        _move(case, "pending", version=version, due_at=None)
        known = self._outcome(case, "edited", "Changed. Nothing goes out before it is approved.")
        return Outcome("edited", row.state, known.effect_id, version, new_hash, known.sentence)

    def _snooze(self, case: _Case) -> Outcome:
        now = case.now
        until = case.request.until or next_morning(
            now, hours_of(self._zone_of_decider(case), self.settings.working_days)
        )
        _move(case, "snoozed", due_at=until)
        told = f"It comes back {moment(until, now, self.settings.zone)}."
        if case.row.expires_at is not None and case.row.expires_at <= until:
            told += f" But it expires {moment(case.row.expires_at, now, self.settings.zone)}."
        return self._outcome(case, "snoozed", told)

    def _zone_of_decider(self, case: _Case) -> ZoneInfo:
        name = case.session.scalar(select(User.time_zone).where(User.id == case.request.user_id))
        return zone_named(name) or self.settings.zone

    def _reject(self, case: _Case) -> Outcome:
        unknown = case.row.state == "unknown"
        by: dict[str, object] = {"decided_by": case.request.user_id, "decided_at": case.now}
        if unknown:
            by |= {"held": None, "outcome": {"sent": "unknown"}}
        _move(case, "rejected", due_at=None, reason=case.request.reason, **by)
        self._aftermath.closed(case.session, case.row, case.now)
        told = "Rejected; nothing goes out."
        if unknown:
            told = "Closed. Whether it went out before is not known; it is not sent again."
        return self._outcome(case, "rejected", told)

    def _undo(self, case: _Case) -> Outcome:
        if not withdraw(case.session, case.row.id):
            return self._outcome(case, "already", "It is going out this very moment, so it can't be taken back.")
        _move(case, "pending", due_at=None, held=None, decided_by=None, decided_at=None)
        return self._outcome(case, "undone", "Taken back; it waits for a decision again.")

    def _sent(self, case: _Case) -> Outcome:
        effect = settle(case.session, case.row.id, "done", case.now)
        by = {"decided_by": case.request.user_id, "decided_at": case.now}
        _move(case, "done", held=None, outcome={"done_at": case.now.isoformat(), "settled": "by a person"}, **by)
        self._aftermath.sent(case.session, case.row, content_of(case.version), effect, case.now)
        return self._outcome(case, "sent", "Noted: it was sent.")

    def _resend(self, case: _Case) -> Outcome:
        content = content_of(case.version)
        blocks = self._guards.check(case.session, case.row, content, "click")
        if blocks:
            _audit(case.session, case.request, "proposal blocked", case.now, {"rules": [one.rule for one in blocks]})
            return self._outcome(case, "blocked", " ".join(block.sentence for block in blocks))
        effect = plan(case.session, case.row, content, case.now)
        by = {"decided_by": case.request.user_id, "decided_at": case.now}
        _move(case, "approved", due_at=case.now, held=None, **by)
        return self._outcome(case, "resent", "It goes again now.", effect)


def zone_named(name: str | None) -> ZoneInfo | None:
    """Return the time zone of this name, or None where there is none."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None


def _load(session: Session, request: Request, now: datetime, *, lock: bool) -> _Case | None:
    query = select(Proposal).where(Proposal.id == request.id)
    row = session.scalars(query.with_for_update() if lock else query).first()
    if row is None:
        return None
    version = session.get_one(ProposalVersion, (row.id, row.version))
    return _Case(session, request, row, version, now)


def _checked(request: Request, now: datetime) -> None:
    if request.reason is not None and len(request.reason) > _LONGEST_REASON:
        raise Fatal("The reason is too long.", f"It takes {_LONGEST_REASON:,} characters.", status=422)
    if request.action == "approve" and not set(request.edit or {}) <= {"send", TICKED}:
        raise Fatal("An approval changes nothing.", "Edit it first, then approve the new version.", status=422)
    if request.until is not None:
        if request.until.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        if request.until > now + _FARTHEST:
            raise Fatal("That is more than a year ahead.", "Choose an earlier moment.", status=422)
        if request.action == "snooze" and request.until <= now:
            raise Fatal("That moment is past.", "Choose a later one.", status=422)


def _move(case: _Case, state: str, **columns: object) -> None:
    """Compare and set: nobody else can have changed it since it was read."""
    row = case.row
    changed = case.session.execute(
        update(Proposal)
        .where(Proposal.id == row.id, Proposal.state == row.state, Proposal.version == row.version)
        .values(state=state, **columns)
        .returning(Proposal.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not changed:
        raise Retriable("Somebody else decided at the same moment.", "Look again.")
    case.session.refresh(row)


def _audit(
    session: Session, request: Request, action: str, now: datetime, detail: Mapping[str, object] | None = None
) -> None:
    session.add(
        AuditEntry(
            at=now,
            actor=request.user_id or request.surface,
            surface=request.surface,
            action=action,
            subject=request.id[:80],
            detail={"version": request.version, **(detail or {})},
        )
    )
