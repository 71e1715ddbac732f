"""What a decision of the review does to its record. Each takes effect once: what belongs to others is decided by their own rules, which know a second time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.answer import Evidence
from agents.guard.trail import note
from agents.links import Links
from agents.operating.areas import area_of, decision_key
from agents.operating.changing import keep as keep_change
from agents.operating.changing import rests
from agents.operating.record import Change
from agents.operating.tightening import tightened
from agents.outreach.copy import ways_of
from agents.outreach.on_demand import OnDemand
from agents.outreach.rules import EXAMPLE as OUTREACH
from agents.outreach.rules import FILE, faults_of_rules, parse_rules
from agents.proposals.book import proposal_id, put_forward
from agents.proposals.record import Content, NewProposal, Task
from agents.proposals.request import Request
from agents.proposals.rights import right_to_decide
from agents.proposals.service import Proposals
from agents.signals.rulebook import RuleBook
from agents.signals.service import Signals
from agents.workflow.moving import wait_for
from agents.workflow.record import Due
from agents.workflow.service import Workflows
from infra.errors import Denied, Fatal
from infra.settings import Settings
from infra.spine.business import Deal
from infra.spine.database import Database
from infra.spine.people import Lead, User
from infra.spine.proposals import Proposal
from infra.spine.scope import Scope
from infra.spine.signals import Signal
from infra.spine.watch import DueAction, OperatingDecision
from sales.clock import Clock
from sales.proposal import CLOSED
from sales.signals import Kind
from sales.workflow.editing import with_top

_LATER = timedelta(days=30)
_TASK_IN = timedelta(days=7)
_NOT_THERE = ("That is not in the review.", "Ask for the operating review again.")
_NOT_YOURS = ("This is somebody else's to decide.", "Its owner can, their manager or an admin.")
Draft = Callable[[str | None, Scope, str], OnDemand | None]


@dataclass(frozen=True)
class Decider:
    """Who decides: `user_id` None is the API's token, which acts as an admin. `role` is the user's."""

    user_id: str | None
    role: str
    scope: Scope
    surface: str


@dataclass(frozen=True)
class Decided:
    """What came of it: `changed` is False where it was decided before. `proposal_id` is a card that was made, `change` what it put forward for the rules."""

    sentence: str
    changed: bool = True
    proposal_id: str | None = None
    change: Change | None = None


@dataclass(frozen=True)
class _Effect:
    sentence: str
    about: str | None = None
    owner_id: str | None = None
    proposal_id: str | None = None
    change: Change | None = None


class Effects:
    """Does what was decided. It blocks."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        links: Links,
        *,
        workflow: Workflows,
        proposals: Proposals,
        signals: Signals,
        draft: Draft,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._links = links
        self._workflow = workflow
        self._proposals = proposals
        self._signals = signals
        self._draft = draft
        self.outreach_book = RuleBook(database, settings.home, FILE, faults_of_rules)
        self.icp_book = RuleBook(database, settings.home)

    def decide(self, area: str, choice: str, item: str, by: Decider, to: str | None = None) -> Decided:
        """Decide on one record. `to` is the new owner's id, for a change of owner. Raises Fatal (404, 422) and Denied."""
        kind = area_of(area)
        if kind is None or choice not in {one.key for one in kind.choices}:
            raise Fatal("That can't be decided.", "Ask for the operating review again.", status=422)
        now = self._clock.now()
        key = decision_key(area, item, now)
        with self._database.session() as session:
            known = session.get(OperatingDecision, key)
        if known is not None:
            return Decided(f"It was decided already: {known.choice}.", changed=False)
        doing: dict[str, Callable[[str, str, Decider, str | None], _Effect]] = {
            "leads": self._lead,
            "qualified": self._card,
            "outreach": self._variant,
            "overdue": self._late,
            "meetings": self._meeting,
        }
        effect = doing[area](choice, item, by, to)
        with self._database.transaction() as session:
            if session.get(OperatingDecision, key) is not None:
                return Decided("It was decided already.", changed=False)
            session.add(
                OperatingDecision(
                    key=key, area=area, item=item[:200], choice=choice, about=effect.about, by=by.user_id, owner_id=effect.owner_id, at=now
                )
            )  # fmt: skip
            note(session, now, f"operating.{area}.{choice}", by=by.user_id, surface=by.surface, subject=item[:200])
        return Decided(effect.sentence, proposal_id=effect.proposal_id, change=effect.change)

    def _lead(self, choice: str, item: str, by: Decider, _to: str | None) -> _Effect:
        if self._signals.listed(by.scope, ids=[item]):
            return self._signal(choice, item, by)
        with self._database.transaction() as session:
            lead = session.scalars(select(Lead).where(Lead.id == item, by.scope.leads())).one_or_none()
            if lead is None:
                raise Fatal(*_NOT_THERE, status=404)
            self._may(session, by, lead.owner_id)
            about, owner = lead.lead_source, lead.owner_id or by.user_id
            if choice == "enrich":
                task = self._task(
                    session, f"leads:{item}", f"Find out what is missing of {lead.name}", "lead", item, lead.name, owner
                )
                return _Effect("A task to find out what is missing is put forward.", about, owner, task)
            lead.status = "Qualified" if choice == "qualify" else "Skipped"
            if choice == "qualify":
                lead.owner_id, lead.next_action, lead.next_action_at = owner, "Write to them", self._clock.now()
                return _Effect(f"{lead.name} is qualified: to be written to.", about, owner)
        return _Effect("Skipped.", about, owner) if choice == "skip" else self._tightened(Lead, item, by, about, owner)

    def _signal(self, choice: str, item: str, by: Decider) -> _Effect:
        with self._database.transaction() as session:
            signal = session.get_one(Signal, item)
            self._may(session, by, signal.owner_id)
            about, owner, name = (
                signal.kind,
                signal.owner_id or by.user_id,
                signal.company or signal.domain or "the company",
            )
            if choice == "enrich":
                task = self._task(
                    session, f"leads:{item}", f"Find out who at {name} to write to", "signal", item, name, owner
                )
                return _Effect("A task to find out what is missing is put forward.", about, owner, task)
        if choice == "qualify":
            self._signals.decide(item, "pursue", by.user_id, by.surface, reason="operating review")
            return _Effect("It is drafted next; the card comes to its owner.", about, owner)
        self._signals.decide(item, "skip", by.user_id, by.surface, reason="operating review")
        return (
            _Effect("Skipped.", about, owner) if choice == "skip" else self._tightened(Signal, item, by, about, owner)
        )

    def _tightened(
        self, of: type[Signal | Lead], item: str, by: Decider, about: str | None, owner: str | None
    ) -> _Effect:
        """Put forward what the skipped record argues for; nothing of it is in force before a manager adopts it."""
        now = self._clock.now()
        with self._database.transaction() as session:
            record: Signal | Lead = session.get_one(of, item)  # type: ignore[assignment]
            change = tightened(session, by.scope, now, record, by.user_id or "api")
            if change is None:
                return _Effect("Skipped. Too little is known of it to say what to look for instead.", about, owner)
            if (before := rests(session, change.id, now)) is not None:
                return _Effect(f"Skipped. What it argues for was {before} lately: {change.sentence}", about, owner)
            keep_change(session, change, now)
        return _Effect(f"Skipped. It argues for a change, which a manager adopts or not: {change.sentence} {change.argument}", about, owner, change=change)  # fmt: skip

    def _card(self, choice: str, item: str, by: Decider, _to: str | None) -> _Effect:
        found = self._proposals.get(item, by.scope)
        if found is None:
            raise Fatal(*_NOT_THERE, status=404)
        action, until, reason = {
            "approve": ("approve", None, None),
            "nurture": ("snooze", self._clock.now() + _LATER, None),
            "reject": ("reject", None, "operating review"),
        }[choice]
        outcome = self._proposals.decide(
            Request(item, action, found.version, by.surface, by.user_id, until=until, reason=reason)  # type: ignore[arg-type]
        )
        if outcome.outcome == "denied":
            raise Denied(*_NOT_YOURS)
        if outcome.outcome not in ("approved", "snoozed", "rejected", "already"):
            raise Fatal(outcome.sentence, "Look at its card.", status=409)
        return _Effect(outcome.sentence, found.kind, None)

    def _variant(self, choice: str, item: str, by: Decider, _to: str | None) -> _Effect:
        if choice == "keep":
            return _Effect("Kept.", item, by.user_id)
        if by.user_id is not None and by.role not in ("manager", "admin"):
            raise Denied("Openers are the team's.", "A manager or an admin can change them.")
        told = item.replace("_", " ")
        if choice == "rewrite":
            with self._database.transaction() as session:
                task = self._task(
                    session, f"outreach:{item}", f'Rewrite the opener "{told}"', "variant", item, told, by.user_id
                )
            return _Effect("A task to rewrite it is put forward.", item, by.user_id, task)
        if item not in _openers():
            with self._database.transaction() as session:
                task = self._task(
                    session,
                    f"outreach:stop:{item}",
                    f'Stop writing mails by "{told}"',
                    "variant",
                    item,
                    told,
                    by.user_id,
                )
            return _Effect("It is no opener of the drafts: a task to stop it is put forward.", item, by.user_id, task)
        self.stop_opener(item, by.user_id)
        return _Effect(f'The opener "{told}" is used no more; outreach.toml says so.', item, by.user_id)

    def stop_opener(self, variant: str, by: str | None) -> None:
        """Put a new version of `outreach.toml` in force that uses an opener no more. Raises Fatal where the file can't take it."""
        now = self._clock.now()
        found = self.outreach_book.current(now)
        text = found.text if found else OUTREACH
        stopped = sorted({*parse_rules(text).stopped, variant})
        quoted = ", ".join(f'"{one}"' for one in stopped)
        made = with_top(text, "stopped", f"[{quoted}]")
        if made is None:
            raise Fatal("outreach.toml can't take it.", "Add it to `stopped` by hand.", status=409)
        self.outreach_book.save(made, by, f"operating review: stop {variant}", now)

    def task(self, change: Change, by: Decider) -> str | None:
        """Put a task forward for a change that no rule file takes by itself; return its id, None where nobody is named to do it."""
        with self._database.transaction() as session:
            return self._task(session, f"change:{change.id}", change.sentence.rstrip("?"), "change", change.id, change.argument, by.user_id)  # fmt: skip

    def _late(self, choice: str, item: str, by: Decider, to: str | None) -> _Effect:
        with self._database.session() as session:
            due = self._workflow.get(session, item, by.scope)
            if due is None:
                raise Fatal(*_NOT_THERE, status=404)
            self._may(session, by, due.owner_id)
        if choice in ("pause", "stop"):
            acted = self._workflow.act(
                item, "pause" if choice == "pause" else "drop", user_id=by.user_id, surface=by.surface
            )
            return _Effect(acted.sentence, due.rule, due.owner_id)
        return self._touched(due, by) if choice == "touch" else self._handed(due, by, to)

    def _touched(self, due: Due, by: Decider) -> _Effect:
        """Bring the card that does it: a drafted mail, else a task; the action waits, and is done by what is sent."""
        drafted = self._draft(by.user_id, by.scope, due.value) if due.verb == "draft" else None
        card = drafted.proposal_id if drafted is not None else None
        with self._database.transaction() as session:
            if card is not None and session.get_one(Proposal, card).state in CLOSED:
                # The same draft was decided against before: it is not shown again.
                card = None
            by_mail = card is not None
            if card is None:
                card = self._task(session, f"overdue:{due.id}", f"{due.deal}: {due.label}", "deal", due.deal_id, due.deal, due.owner_id or by.user_id)  # fmt: skip
        self._workflow.act(due.id, "pause", user_id=by.user_id, surface=by.surface)
        self._wait_for(due.id, card)
        return _Effect("A draft is on its card." if by_mail else "A task is put forward.", due.rule, due.owner_id, card)  # fmt: skip

    def _wait_for(self, due_id: str, card: str | None) -> None:
        if card is not None:
            with self._database.transaction() as session:
                wait_for(session, due_id, card)

    def _handed(self, due: Due, by: Decider, to: str | None) -> _Effect:
        with self._database.transaction() as session:
            new = session.get(User, to) if to else None
            if new is None or not new.active:
                raise Fatal("Nobody is named who could take it.", "Name a colleague.", status=422)
            if by.user_id is not None and new.id != by.user_id:
                seen = session.scalar(select(User.id).where(User.id == new.id, by.scope.users()))
                if seen is None:
                    raise Denied("That colleague is not in your team.", "Ask an admin to hand it over.")
            session.get_one(DueAction, due.id).owner_id = new.id
            card = self._task(
                session, f"owner:{due.id}:{new.id}", f"{due.deal}: {due.label}", "deal", due.deal_id, due.deal, new.id
            )
            if card is not None:
                wait_for(session, due.id, card)
        return _Effect(f"It is {new.name}'s now; the card goes to them.", due.rule, new.id, card)

    def _meeting(self, choice: str, item: str, by: Decider, _to: str | None) -> _Effect:
        with self._database.transaction() as session:
            deal = session.scalars(select(Deal).where(Deal.id == item, by.scope.deals())).one_or_none()
            if deal is None:
                raise Fatal(*_NOT_THERE, status=404)
            self._may(session, by, deal.owner_id)
            if choice == "fine":
                return _Effect("Left as it is.", deal.stage, deal.owner_id)
            what = (
                "which meetings are worth booking"
                if choice == "filter"
                else f'when a deal is in "{deal.stage or "no stage"}"'
            )
            owner = by.user_id or deal.owner_id
            task = self._task(session, f"meetings:{choice}:{item}", f"Say more sharply {what}: {deal.name} met and went nowhere", "deal", item, deal.name, owner)  # fmt: skip
            return _Effect("A task to mend the rule is put forward.", deal.stage, deal.owner_id, task)

    def _may(self, session: Session, by: Decider, owner_id: str | None) -> None:
        if by.user_id is None or owner_id is None:
            return
        if right_to_decide(session, by.user_id, owner_id, self._clock.now()) is None:
            raise Denied(*_NOT_YOURS)

    def _task(
        self, session: Session, key: str, title: str, source: str, record_id: str, name: str, owner_id: str | None
    ) -> str | None:
        if owner_id is None:
            return None
        now = self._clock.now()
        key, number = f"operating:{key}"[:190], 1
        while (known := session.get(Proposal, proposal_id(_numbered(key, number)))) and known.state in CLOSED:
            # What came to nothing before is put forward anew when it is decided again.
            number += 1
        evidence = Evidence(source=source, id=record_id, quote=name, url=self._links.evidence(source, record_id))
        new = NewProposal(
            key=_numbered(key, number),
            kind="task",
            headline=title[:180],
            content=Content(
                effect=Task(title=title[:300], due=(now + _TASK_IN).astimezone(self._settings.zone).date()), evidence=(evidence,), why=("Decided in the operating review.",)
            ),
            owner_id=owner_id,
            deal_id=record_id if source == "deal" else None,
        )  # fmt: skip
        return put_forward(session, new, now)


def _numbered(key: str, number: int) -> str:
    return key if number == 1 else f"{key}:{number}"


def _openers() -> frozenset[str]:
    """The names of all openers that drafts choose from."""
    return frozenset(
        way.name for kind in (*Kind, None) for other in (False, True) for way in ways_of(kind, about_other=other)
    )
