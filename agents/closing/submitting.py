"""Doing what was ticked on a card, in one transaction: tasks, the mail as a proposal of its own, and the writes of the CRM.

It runs where an effect is recorded as done, so it happens once or not at all.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.closing.holds import hold_url
from agents.closing.standing import LINES, SETTLED, stand
from agents.crm.writes import BODY, NewWrite, plan
from agents.intake.identity import stable_id
from agents.proposals import effect_rows
from agents.proposals.book import put_forward
from agents.proposals.guards import Guards
from agents.proposals.record import Change, Closing, ClosingTask, Content, Mail, NewProposal
from agents.proposals.ticking import TICKED
from agents.proposals.timing import next_sending, zones_of
from infra.errors import DealwrightError
from infra.logs import logger
from infra.settings import Settings
from infra.spine.activity import Activity
from infra.spine.desk import AuditEntry
from infra.spine.people import Contact
from infra.spine.proposals import Decision, Effect, Proposal
from sales.addresses import domain_of

SOURCE = "dealwright"
MAIL = "mail"
_LOG = logger("closing")


@dataclass(frozen=True)
class _Submit:
    """A card that was submitted, inside its transaction."""

    session: Session
    row: Proposal
    content: Content
    closing: Closing
    effect: Effect
    at: datetime
    by: str | None
    surface: str
    detail: dict[str, Any]


class Submitting:
    """Implements `agents.proposals.aftermath.Closer`."""

    def __init__(self, settings: Settings, guards: Guards) -> None:
        self._settings = settings
        self._guards = guards

    def close(self, session: Session, row: Proposal, content: Content, effect: Effect, at: datetime) -> None:
        """Do what was ticked with the decision that this effect is of, and keep how each line stands in the proposal's outcome."""
        assert isinstance(content.effect, Closing)
        decision = session.scalars(
            select(Decision)
            .where(Decision.proposal_id == row.id, Decision.version == effect.version, Decision.action == "approve")
            .order_by(Decision.id.desc())
            .limit(1)
        ).first()
        submit = _Submit(
            session,
            row,
            content,
            content.effect,
            effect,
            at,
            decision.user_id if decision else row.decided_by,
            decision.surface if decision else "work",
            dict(decision.detail) if decision else {},
        )
        ticked = submit.detail.get(TICKED) or list(content.effect.ticked())
        lines: dict[str, dict[str, Any]] = {}
        for task in content.effect.tasks:
            if task.id in ticked:
                lines[task.id] = self._task(submit, task)
        for change in content.effect.changes:
            if change.id in ticked:
                lines[change.id] = self._write(submit, change)
        if content.effect.mail is not None and MAIL in ticked:
            lines[MAIL] = self._mail(submit, content.effect.mail)
        self._log(submit)
        row.outcome = {**row.outcome, TICKED: [one for one in content.effect.lines() if one in lines], LINES: lines}
        row.outcome = {**row.outcome, SETTLED: False}
        session.flush()
        stand(session, row)

    def _task(self, submit: _Submit, task: ClosingTask) -> dict[str, Any]:
        identity = stable_id("task", submit.effect.id, task.id)
        due = task.starts_at or (datetime.combine(task.due, time(12), UTC) if task.due else None)
        if submit.session.get(Activity, identity) is None:
            submit.session.add(
                Activity(
                    id=identity,
                    kind="task",
                    direction="internal",
                    status="open",
                    account_id=submit.row.account_id,
                    deal_id=submit.row.deal_id,
                    owner_id=submit.row.owner_id,
                    subject=task.title,
                    body=task.note or None,
                    at=submit.at,
                    due_at=due,
                    content_hash=hashlib.sha256(f"{task.title}\x1e{task.note}".encode()).hexdigest(),
                    source=SOURCE,
                    source_at=submit.at,
                )
            )
            submit.session.flush()
        held = hold_url(self._settings, submit.row.id, submit.effect.version, task.id) if task.starts_at else None
        told: dict[str, Any] = {"state": "made", "activity": identity, "hold": held}
        write = NewWrite(
            key=_write_key(submit, task.id),
            operation="log",
            kind="activity",
            record_id=identity,
            proposal_id=submit.row.id,
            row=task.id,
            by=submit.by,
        )
        return {**told, "write": self._planned(submit, write)[0]}

    def _log(self, submit: _Submit) -> None:
        """Have the call logged in the CRM with the summary that was approved; a call that came from there stands there already."""
        closing = submit.closing
        if closing.trouble is not None or submit.session.get(Activity, closing.call) is None:
            return
        told = "\n".join(_logged_lines(closing))
        write = NewWrite(
            key=f"log:{closing.call}"[:200],
            operation="log",
            kind="activity",
            record_id=closing.call,
            fields={BODY: told} if told else {},
            proposal_id=submit.row.id,
            by=submit.by,
        )
        self._planned(submit, write)

    def _write(self, submit: _Submit, change: Change) -> dict[str, Any]:
        creates = change.record_id is None
        account = {"account": submit.row.account_id} if creates and submit.row.account_id else {}
        write = NewWrite(
            key=_write_key(submit, change.id),
            operation="create" if creates else "update",
            kind=change.record,
            record_id=change.record_id,
            fields={change.field: change.new, **change.also},
            expected={} if creates else {change.field: change.old},
            proposal_id=submit.row.id,
            why=change.why or None,
            row=change.id,
            by=submit.by,
            links=account,
        )
        key, trouble = self._planned(submit, write)
        return {"state": "planned", "write": key} if trouble is None else {"state": "failed", "trouble": trouble}

    def _planned(self, submit: _Submit, write: NewWrite) -> tuple[str, str | None]:
        """Plan a write; one that can't be keeps none of the other lines from being done."""
        try:
            with submit.session.begin_nested():
                return plan(submit.session, write, settings=self._settings, now=submit.at), None
        except DealwrightError as error:
            _LOG.warning("line not planned", proposal_id=submit.row.id, row=write.row, exc_info=error)
            return write.key, f"{error.sentence} {error.next_step}".strip()

    def _mail(self, submit: _Submit, mail: Mail) -> dict[str, Any]:
        """Put the mail forward as a proposal of its own and approve it for whoever submitted the card, unless a guardrail forbids it."""
        session, row = submit.session, submit.row
        cited = tuple(submit.content.evidence[number - 1] for number in submit.closing.mail_evidence)
        content = Content(effect=mail, evidence=cited, why=("what was promised on the call",))
        contact = session.scalar(
            select(Contact.id).where(Contact.email == mail.to.lower()).order_by(Contact.id).limit(1)
        )
        identity = put_forward(
            session,
            NewProposal(
                key=f"{row.key}:{MAIL}",
                kind="follow_up",
                headline=f"Follow-up to {mail.to_name or mail.to}",
                content=content,
                owner_id=row.owner_id,
                account_id=row.account_id,
                deal_id=row.deal_id,
                contact_id=contact,
                call_id=row.call_id,
                expires_at=row.expires_at,
            ),
            submit.at,
        )
        child = session.get_one(Proposal, identity)
        told = {"state": "planned", "proposal": identity}
        if child.state != "pending":
            return told
        blocks = self._guards.check(session, child, content, "click")
        if blocks:
            child.held = " ".join(block.sentence for block in blocks)
            _audit(submit, child, "proposal blocked", {"rules": [block.rule for block in blocks]})
            return told
        zone = zones_of(session, [identity]).get(identity)
        now = submit.detail.get("send") == "now"
        due = submit.at if now else next_sending(submit.at, zone, self._settings)
        child.state, child.due_at = "approved", due
        child.decided_by, child.decided_at = submit.by, submit.at
        effect_rows.plan(session, child, content, due)
        session.add(
            Decision(
                proposal_id=identity,
                version=child.version,
                action="approve",
                user_id=submit.by,
                surface=submit.surface,
                reason=None,
                detail={},
                at=submit.at,
            )
        )
        _audit(submit, child, "proposal approve", {"with": row.id, "domain": domain_of(mail.sender)})
        return told


def _logged_lines(closing: Closing) -> list[str]:
    """Return what the CRM's log of a call says: the summary, and the buyer's words for each element of the qualification."""
    told = [f"{line.label}: {line.text}" if line.label else line.text for line in closing.summary]
    for element in closing.qualification:
        if element.state != "open":
            against = f" (against {element.against})" if element.against else ""
            told.append(f"{closing.framework} · {element.label}: “{element.text}”{against}")
    return told


def _write_key(submit: _Submit, line: str) -> str:
    return f"call:{submit.row.id}:{submit.effect.version}:{line}"


def _audit(submit: _Submit, child: Proposal, action: str, detail: dict[str, Any]) -> None:
    submit.session.add(
        AuditEntry(
            at=submit.at,
            actor=submit.by or submit.surface,
            surface=submit.surface,
            action=action,
            subject=child.id,
            detail={"version": child.version, **detail},
        )
    )
    submit.session.flush()
