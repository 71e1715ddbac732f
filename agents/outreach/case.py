"""One signal with all that a mail because of it would need: gathered in one reading of the spine, then judged and drafted without it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from agents.answer import Evidence
from agents.outreach.evidence import signal_evidence, why_of
from agents.outreach.ground import Ground, ground_of, in_sequence, mail_waits, suppression_of, waits_until
from agents.outreach.peers import similar_customer
from agents.outreach.people import MOVES, enriched_address, is_about_other, recipients
from agents.outreach.records import Peer, Qualification, Recipient, Research
from agents.outreach.rules import OutreachRules
from agents.outreach.voice import voice_of
from infra.settings import Settings
from infra.spine.models import Account, Activity, Contact, Deal, Enrichment, Mailbox, Signal, User
from infra.spine.scope import EVERYTHING, Scope, scope_of
from sales.events import Told, told
from sales.icp import Icp
from sales.qualification import Facts, Verdict, qualify
from sales.signals import MEANINGS, Kind, kind_of
from sales.voice import DEFAULT, Voice


@dataclass(frozen=True)
class Case:
    """A signal and its surroundings. `scope` is what the owner may see: nothing else enters their mail."""

    signal: Signal
    kind: Kind | None
    told: Told
    ground: Ground
    who: Recipient | None
    scope: Scope
    sender: str | None
    voice: Voice
    evidence: tuple[Evidence, ...]
    peer: Peer | None
    former: str | None
    former_evidence: tuple[Evidence, ...]
    known: tuple[str, ...]
    verdict: Verdict

    @property
    def newcomer(self) -> str | None:
        """The person whom the news is about, where the news is of a person."""
        return self.signal.person if self.kind in MOVES else None

    @property
    def of_person(self) -> bool:
        """Whether the news is of a person who came or went."""
        return self.kind in MOVES

    @property
    def about_other(self) -> bool:
        """Whether the news is of a person, and that person is not, for certain, whom the mail goes to."""
        return self.who is not None and is_about_other(self.signal, self.kind, self.who)

    @property
    def research(self) -> Research:
        """The record of the first stage."""
        who = self.who
        sure = 0.3 + 0.3 * bool(who) + 0.2 * bool(who and who.email) + 0.1 * bool(self.evidence) + 0.1 * bool(self.peer)
        return Research(
            who=who,
            signal_id=self.signal.id,
            kind=self.signal.kind,
            company=self.ground.company,
            role=(who.role or who.title) if who else None,
            channel="mail" if who and who.email else "none",
            problem=MEANINGS[self.kind].words if self.kind else None,
            confidence=round(min(sure, 1.0), 2),
            known=self.known,
            peer=self.peer,
            evidence=self.evidence,
        )

    @property
    def qualification(self) -> Qualification:
        """The record of the second stage."""
        return Qualification(
            decision=self.verdict.decision,
            rule=self.verdict.rule,
            reason=self.verdict.reason,
            evidence_note=self.evidence[0].quote if self.evidence else "nothing that can be quoted",
            buyer_role=(self.who.role or self.who.title) if self.who else None,
            risk=None if self.evidence else "no evidence",
            missing=self.verdict.missing,
            revisit_at=self.verdict.revisit_at,
            decided_by=self.signal.judgement.get("decided_by"),
        )


def gather(session: Session, settings: Settings, signal: Signal, rules: OutreachRules, icp: Icp, now: datetime) -> Case:
    """Read a signal's case from the spine and judge it."""
    kind = kind_of(signal.kind)
    ground = ground_of(session, signal)
    read = told(kind, signal.title, signal.text, signal.url, ground.company)
    who = _best(session, signal, recipients(session, signal, icp))
    scope = scope_of(session, ground.owner, settings.visibility) if ground.owner else EVERYTHING
    evidence = signal_evidence(signal, read)
    peer = None
    if rules.name_customers:
        facts = _told_of_company(session, signal)
        peer = similar_customer(
            session, scope, ground.account, industry=facts.get("industry"), employees=_count(facts.get("employees"))
        )
    former, former_evidence = _worked_with(session, scope, signal, who)
    case = Case(
        signal=signal,
        kind=kind,
        told=read,
        ground=ground,
        who=who,
        scope=scope,
        sender=sender_address(session, ground.owner),
        voice=voice_of(session, ground.owner) if ground.owner else DEFAULT,
        evidence=evidence,
        peer=peer,
        former=former,
        former_evidence=former_evidence,
        known=_known(session, scope, ground, who),
        verdict=Verdict("ask", "no_account", ""),
    )
    return replace(case, verdict=qualify(_facts(session, case, now)))


def _facts(session: Session, case: Case, now: datetime) -> Facts:
    signal, ground, who = case.signal, case.ground, case.who
    domain = (ground.account.domain if ground.account else None) or signal.domain
    barred = suppression_of(session, who.email if who else signal.person_email, domain, now)
    account_id = ground.account.id if ground.account else None
    return Facts(
        kind=case.kind,
        now=now,
        expires_at=signal.expires_at,
        suppressed=barred.reason if barred else None,
        open_deal=ground.open_deal is not None,
        customer=ground.won > 0,
        in_sequence=in_sequence(session, who, account_id),
        mail_waits=mail_waits(session, who, account_id, signal.id),
        wait_until=waits_until(session, who, account_id, now),
        has_company=bool(ground.company),
        has_person=who is not None,
        has_address=bool(who and who.email),
        has_sender=case.sender is not None,
        has_evidence=bool(case.evidence),
        released=bool(signal.judgement.get("decided_by") or signal.judgement.get("decided_at")),
    )


def _best(session: Session, signal: Signal, found: tuple[Recipient, ...]) -> Recipient | None:
    """Return whom to write to: the first with an address; else the first, with the address that a provider told, if any."""
    if found and not found[0].email:
        subject = ("contact", found[0].contact_id) if found[0].contact_id else ("signal", signal.id)
        if (email := enriched_address(session, *subject)) is not None:
            return found[0].model_copy(update={"email": email, "via": "enrichment"})
    return next((one for one in found if one.email), found[0] if found else None)


def sender_address(session: Session, owner: User | None) -> str | None:
    """Return the address that a mail would come from: the rep's connected mailbox, else their own address."""
    if owner is None:
        return None
    return (
        session.scalar(
            select(Mailbox.address)
            .where(Mailbox.user_id == owner.id, Mailbox.state == "connected", Mailbox.kind != "ics")
            .order_by(Mailbox.connected_at)
            .limit(1)
        )
        or owner.email
    )


def _told_of_company(session: Session, signal: Signal) -> dict[str, str]:
    """Return what the source and providers told of the company, the newest word for each field."""
    subjects = [one for one in (signal.account_id, signal.domain, signal.id) if one]
    rows = session.execute(
        select(Enrichment.field, Enrichment.value).where(Enrichment.subject_id.in_(subjects)).order_by(Enrichment.at)
    )
    return {row.field: row.value for row in rows}


def _count(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() and len(text) < 9 else None


def _worked_with(
    session: Session, scope: Scope, signal: Signal, who: Recipient | None
) -> tuple[str | None, tuple[Evidence, ...]]:
    """Return the company at which we won a deal with this person before, with what shows it."""
    moved = signal.custom.get("moved_contact") if isinstance(signal.custom, dict) else None
    contact_id = moved or (who.contact_id if who else None)
    if not isinstance(contact_id, str):
        return None, ()
    row = session.execute(
        select(Account.name, Deal.id, Deal.name)
        .select_from(Contact)
        .join(Deal, and_(Deal.account_id == Contact.account_id, Deal.status == "won"))
        .join(Account, Account.id == Contact.account_id)
        .where(Contact.id == contact_id, Account.id != (signal.account_id or ""), scope.deals())
        .order_by(Deal.closed_at.desc().nulls_last(), Deal.id)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None, ()
    return row[0], (Evidence(source="deal", id=row[1], quote="won", label=row[2]),)


def _known(session: Session, scope: Scope, ground: Ground, who: Recipient | None) -> tuple[str, ...]:
    """Return what we know besides, as a card says it: a deal lost before, the last talk, somebody whom we know there."""
    if ground.account is None:
        return ()
    found = []
    champion = session.scalar(
        select(Contact.title)
        .where(Contact.account_id == ground.account.id, func.lower(Contact.role) == "champion", scope.contacts())
        .limit(1)
    )
    if champion and not (who and who.role and who.role.lower() == "champion"):
        found.append(f"you know their {champion}")
    lost = session.scalar(
        select(func.count()).where(Deal.account_id == ground.account.id, Deal.status == "lost", scope.deals())
    )
    if lost:
        found.append(f"{lost} deal{'' if lost == 1 else 's'} lost before")
    last = session.scalar(
        select(func.max(Activity.at)).where(
            Activity.account_id == ground.account.id, Activity.direction != "internal", scope.activities()
        )
    )
    if last is not None:
        found.append(f"last contact {last.day} {last:%b %Y}")
    return tuple(found)


def why_lines(case: Case) -> tuple[str, ...]:
    """Return the reasons of a card in a few words each."""
    lines = [why_of(case.signal, case.told)]
    if case.peer is not None:
        lines.append(f"won deal {'in the same industry' if case.peer.likeness == 'industry' else 'of a similar size'}")
    lines += case.known[:2]
    return (*lines, "not in a sequence", "no open deal")
