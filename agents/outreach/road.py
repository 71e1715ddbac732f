"""The road from a judged signal to a proposal on somebody's card: research, qualification, draft; one signal at a time, each settled by itself.

What takes long (providers, a model) happens between two short looks into the spine; before a proposal is put forward the case is read again,
so that an opt-out or a deal of the last second counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from agents.alerts.handed import is_told_by_alert
from agents.outreach.case import Case, gather, why_lines
from agents.outreach.checking import LineCheck
from agents.outreach.draft import Drafted, Occasion, draft
from agents.outreach.enrichment import Provider, ask_in_turn, keep
from agents.outreach.headline import headline_of
from agents.outreach.material import context_of, occasion_of, question_of, risks_of, shadow_of
from agents.outreach.records import Outreach as OutreachRecord
from agents.outreach.rules import FILE, OutreachRules, faults_of_rules, rules_in_force
from agents.proposals.announcer import Announcer, NoAnnouncer
from agents.proposals.book import put_forward
from agents.proposals.guards import Guards, NoGuards
from agents.proposals.record import Content, Mail, NewProposal
from agents.signals.rulebook import RuleBook, icp_in_force
from infra.logs import logger
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Proposal, Signal
from integrations.enrichment.record import Lookup
from sales.clock import Clock
from sales.icp import Icp
from sales.mail_words import person_name
from sales.proposal import WAITING
from sales.qualification import Verdict
from sales.sequence import next_due
from sales.signals import MEANINGS, kind_of

_LOG = logger("outreach")
_RESTS = timedelta(minutes=15)
_STATES = {"pursue": "drafted", "hand_over": "handed_over", "nurture": "nurtured", "skip": "skipped", "ask": "review"}
_FINDABLE = ("no_address", "nobody_to_write_to")
"""What keeps a signal from a mail and a person can find: they are asked by a card, and not only in the feed."""

_MOST_QUESTIONS = 5
"""So many of these questions wait for one person at most; the others stand in the feed."""

STOP_CONDITION = "any reply, bounce or opt-out, a meeting, a deal, or a new owner"


class Writer(Protocol):
    """Somebody who words a mail better than the templates: a language model. Its words are held to the same check."""

    def write(self, occasion: Occasion, check: LineCheck) -> Drafted | None:
        """Return a mail that stands in the evidence and fits the limits, or None."""
        ...


@dataclass(frozen=True)
class Outcome:
    """What became of one signal: its state, and the proposal where there is one."""

    signal_id: str
    state: str
    rule: str
    proposal_id: str | None = None


class Outreach:
    """Drafts mails for judged signals. Thread-safe; blocks while it works. `providers` are asked in order for what is missing.

    `prepare` has known what the guardrails ask of a sender and a recipient before they are read, so that no card begins with a check that only
    nobody made yet.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        *,
        announcer: Announcer | None = None,
        guards: Guards | None = None,
        providers: Sequence[Provider] = (),
        writer: Writer | None = None,
        prepare: Callable[[str, str], None] = lambda _sender, _recipient: None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self.announcer: Announcer = announcer or NoAnnouncer()
        self.guards: Guards = guards or NoGuards()
        self._providers = tuple(providers)
        self._writer = writer
        self._prepare = prepare
        self.book = RuleBook(database, settings.home, FILE, faults_of_rules)
        self._icp_book = RuleBook(database, settings.home)
        self._failed: dict[str, datetime] = {}

    def on_judged(self, signal_ids: Sequence[str]) -> None:
        """Take up signals that have just been judged: those worth it are drafted, those of an open deal told to its owner; the rest stay as they are."""
        self.work(signal_ids)

    def draft_waiting(self, limit: int = 20) -> list[Outcome]:
        """Take up what was judged and not yet drafted, such as after a crash or while desks were full: the urgent and the best first."""
        return self.work(self.waiting(limit))

    def waiting(self, limit: int) -> list[str]:
        """Return signals to be taken up: judged ones whose owner has room on the desk, and those handed over that nobody was told of. One that failed rests a while."""
        now = self._clock.now()
        self._failed = {signal: at for signal, at in self._failed.items() if at > now - _RESTS}
        most = rules_in_force(self.book, now).most_waiting
        urgent = Signal.kind.in_([kind.value for kind, meaning in MEANINGS.items() if meaning.urgent])
        full = (
            select(Proposal.owner_id)
            .where(Proposal.kind == "outreach", Proposal.state.in_(tuple(WAITING)), Proposal.owner_id.is_not(None))
            .group_by(Proposal.owner_id)
            .having(func.count() >= most)
        )
        told = select(Proposal.id).where(Proposal.signal_id == Signal.id, Proposal.kind == "task").exists()
        with self._database.session() as session:
            return list(
                session.scalars(
                    select(Signal.id)
                    .where(
                        or_(
                            and_(
                                Signal.state == "judged",
                                or_(urgent, Signal.owner_id.is_(None), Signal.owner_id.not_in(full)),
                            ),
                            and_(Signal.state == "handed_over", ~told),
                        ),
                        or_(Signal.expires_at.is_(None), Signal.expires_at > now),
                        Signal.id.not_in(list(self._failed)),
                    )
                    .order_by(case((urgent, 0), else_=1), Signal.rank.desc(), Signal.id)
                    .limit(limit)
                )
            )

    def work(self, signal_ids: Sequence[str]) -> list[Outcome]:
        """Do what `on_judged` does and return what became of each signal that was taken up. One that fails is left as it was, and told to the log."""
        now = self._clock.now()
        rules, icp = rules_in_force(self.book, now), icp_in_force(self._icp_book, now)
        made = []
        for identity in self._in_order(signal_ids):
            try:
                outcome = self._one(identity, rules, icp)
            except Exception as error:  # noqa: BLE001 - what one signal holds must not keep the others waiting
                _LOG.error("signal not worked", signal=identity, exc_info=error)
                self._failed[identity] = now
                continue
            if outcome is None:
                continue
            made.append(outcome)
            if outcome.proposal_id is not None:
                self.announcer.offer(outcome.proposal_id)
        return made

    def _in_order(self, ids: Sequence[str]) -> list[str]:
        """Return the signals that are to be worked, urgent ones and the best first."""
        rows: list[Any] = []
        with self._database.session() as session:
            for start in range(0, len(ids), 500):
                rows += session.execute(
                    select(Signal.id, Signal.kind, Signal.rank).where(
                        Signal.id.in_(ids[start : start + 500]), Signal.state.in_(("judged", "handed_over"))
                    )
                ).all()
        return [row.id for row in sorted(rows, key=lambda row: (not _urgent(row.kind), -row.rank, row.id))]

    def _one(self, identity: str, rules: OutreachRules, icp: Icp) -> Outcome | None:
        now = self._clock.now()
        with self._database.session() as session:
            case = self._gather(session, identity, rules, icp, now)
            if case is None or (case.verdict.decision == "pursue" and self._desk_is_full(session, case, rules)):
                return None
        if case.verdict.rule in ("no_address", "nobody_to_write_to") and self._providers:
            self._enrich(case, now)
            with self._database.session() as session:
                case = self._gather(session, identity, rules, icp, now)
                if case is None:
                    return None
        drafted = self._drafted(case, rules) if case.verdict.decision == "pursue" else None
        if drafted is not None and case.sender is not None and case.who is not None and case.who.email is not None:
            self._prepare(case.sender, case.who.email)
        with self._database.transaction() as session:
            again = self._gather(session, identity, rules, icp, now)
            if again is None:
                return None
            if again.verdict.decision != "pursue":
                return self._settle(session, again, again.verdict, now)
            if drafted is None:
                verdict = Verdict("ask", "no_evidence", "No wording stands in the evidence. Write it yourself?")
                return self._settle(session, again, verdict, now)
            return self._put(session, again, drafted, rules, now)

    def _gather(self, session: Session, identity: str, rules: OutreachRules, icp: Icp, now: datetime) -> Case | None:
        signal = session.get(Signal, identity, populate_existing=True)
        if signal is None or signal.state not in ("judged", "handed_over"):
            return None
        case = gather(session, self._settings, signal, rules, icp, now)
        if signal.state == "handed_over" and case.verdict.decision != "hand_over":
            # It was given to a person when it was judged: what they are told stays theirs.
            told = Verdict(
                "hand_over", "customer", str(signal.judgement.get("reason") or "For the owner of the account.")
            )
            return replace(case, verdict=told)
        return case

    def _desk_is_full(self, session: Session, case: Case, rules: OutreachRules) -> bool:
        """Whether so many drafts wait for the owner already that another one would only bury them. What is urgent comes through."""
        if case.ground.owner is None or _urgent(case.signal.kind):
            return False
        waiting = session.scalar(
            select(func.count()).where(
                Proposal.owner_id == case.ground.owner.id, Proposal.kind == "outreach", Proposal.state.in_(WAITING)
            )
        )
        return (waiting or 0) >= rules.most_waiting

    def _enrich(self, case: Case, now: datetime) -> None:
        """Ask the providers for an address, outside of any transaction, and keep what they said."""
        who, account = case.who, case.ground.account
        if who is None:
            return
        lookup = Lookup(
            wanted=("email",),
            company=case.ground.company,
            domain=(account.domain if account else None) or case.signal.domain,
            person=person_name(who.name) or who.name,
            title=who.title,
        )
        asked = ask_in_turn(self._providers, lookup)
        subject = ("contact", who.contact_id) if who.contact_id else ("signal", case.signal.id)
        with self._database.transaction() as session:
            keep(session, *subject, asked, now)

    def _drafted(self, case: Case, rules: OutreachRules) -> Drafted | None:
        occasion = occasion_of(case, rules)
        with self._database.session() as session:
            today = self._clock.now().astimezone(self._settings.zone).date()
            check = LineCheck(session, case.scope, self._settings.zone, today, rules.offer or "")
            if self._writer is not None:
                written = self._writer.write(occasion, check)
                if written is not None:
                    return written
            return draft(occasion, check.stands)

    def _put(self, session: Session, case: Case, drafted: Drafted, rules: OutreachRules, now: datetime) -> Outcome:
        who, signal, ground = case.who, case.signal, case.ground
        assert who is not None
        assert who.email is not None
        assert case.sender is not None
        mail = Mail(
            sender=case.sender,
            sender_name=ground.owner.name if ground.owner else "",
            to=who.email,
            to_name=person_name(who.name) or "",
            subject=drafted.subject,
            body=drafted.body,
            variant=drafted.variant,
        )
        content = Content(effect=mail, evidence=drafted.evidence, risks=risks_of(case, drafted), why=why_lines(case))
        new = NewProposal(
            key=f"outreach:{signal.id}",
            kind="outreach",
            headline=headline_of(case),
            content=content,
            owner_id=ground.owner.id if ground.owner else None,
            account_id=ground.account.id if ground.account else None,
            contact_id=who.contact_id,
            signal_id=signal.id,
            expires_at=signal.expires_at,
        )
        blocks = self.guards.check(session, shadow_of(new, now), content, "draft")
        hard = next((block for block in blocks if block.hard), None)
        if hard is not None:
            return self._settle(session, case, Verdict("skip", "suppressed", hard.sentence), now)
        if blocks:
            told = (*content.risks, *(block.sentence for block in blocks))
            new = new.model_copy(update={"content": content.model_copy(update={"risks": told})})
        identity = put_forward(session, new, now, state="draft" if blocks else "pending")
        due = next_due(now, 1, self._settings.zone, self._settings.working_days, gaps=rules.gaps)
        record = OutreachRecord(
            message=mail,
            variant=drafted.variant,
            signal_used=signal.id,
            next_touch_on=due.date() if rules.most_touches > 1 else None,
            stop_condition=STOP_CONDITION,
            by="model" if drafted.by_model else "templates",
        )
        self._write(signal, case, "drafted", case.verdict, record)
        return Outcome(signal.id, "drafted", case.verdict.rule, identity)

    def _settle(self, session: Session, case: Case, verdict: Verdict, now: datetime) -> Outcome:
        """Write down why there is no mail; an open deal's or customer's owner is handed the context."""
        signal = case.signal
        state = "expired" if verdict.rule == "expired" else _STATES[verdict.decision]
        identity = None
        if verdict.decision == "hand_over":
            card = put_forward(session, context_of(case), now)
            identity = None if is_told_by_alert(session, card) else card
        if (
            verdict.rule in _FINDABLE
            and case.ground.owner is not None
            and self._has_room(session, case.ground.owner.id)
        ):
            identity = put_forward(session, question_of(case, verdict), now)
        if verdict.decision == "nurture":
            signal.revisit_at = verdict.revisit_at
        self._write(signal, case, state, verdict, None)
        return Outcome(signal.id, state, verdict.rule, identity)

    def _has_room(self, session: Session, owner_id: str) -> bool:
        asked = session.scalar(
            select(func.count()).where(
                Proposal.owner_id == owner_id, Proposal.key.like("ask:%"), Proposal.state.in_(WAITING)
            )
        )
        return (asked or 0) < _MOST_QUESTIONS

    def _write(self, signal: Signal, case: Case, state: str, verdict: Verdict, record: OutreachRecord | None) -> None:
        qualification = case.qualification.model_copy(
            update={
                "decision": verdict.decision,
                "rule": verdict.rule,
                "reason": verdict.reason,
                "missing": verdict.missing,
                "revisit_at": verdict.revisit_at,
            }
        )
        judgement = {**signal.judgement, "qualification": qualification.model_dump(mode="json")}
        if verdict.decision == "skip" and verdict.rule in ("opted_out", "suppressed"):
            judgement["hard"] = True
        if verdict.decision != "pursue":
            judgement |= {"decision": state, "reason": verdict.reason, "missing": list(verdict.missing)}
        if record is not None:
            judgement["outreach"] = record.model_dump(mode="json")
        signal.research = case.research.model_dump(mode="json")
        signal.judgement = judgement
        signal.state = state


def _urgent(kind: str) -> bool:
    known = kind_of(kind)
    return known is not None and MEANINGS[known].urgent
