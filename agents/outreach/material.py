"""What goes into the cards of a case: the occasion that is drafted from, risks, the task for whoever talks to them already."""

from __future__ import annotations

from datetime import datetime

from agents.outreach.case import Case
from agents.outreach.draft import Drafted, Occasion
from agents.outreach.headline import headline_of
from agents.outreach.rules import OutreachRules
from agents.proposals.book import proposal_id
from agents.proposals.edited import names_customer
from agents.proposals.record import Content, NewProposal, Task
from infra.spine.models import Proposal
from sales.qualification import Verdict


def occasion_of(case: Case, rules: OutreachRules) -> Occasion:
    """Return what a mail for this case is drafted from. There must be somebody to write to."""
    assert case.who is not None
    account = case.ground.account
    return Occasion(
        signal_id=case.signal.id,
        kind=case.kind,
        told=case.told,
        who=case.who,
        company=case.ground.company,
        sender_name=case.ground.owner.name if case.ground.owner else "",
        voice=case.voice,
        evidence=case.evidence,
        newcomer=case.newcomer,
        newcomer_title=case.signal.title if case.of_person else None,
        former=case.former,
        former_evidence=case.former_evidence,
        peer=case.peer,
        industry=account.industry if account else None,
        offer=rules.offer,
        most_words=rules.most_words,
        stopped=rules.stopped,
        about_other=case.about_other,
    )


def risks_of(case: Case, drafted: Drafted) -> tuple[str, ...]:
    """Return what whoever approves should know."""
    found = []
    if case.peer is not None and any(line.part == "proof" for line in drafted.lines):
        found.append(names_customer(case.peer.name))
    if case.who is not None and case.who.via == "enrichment":
        found.append("The address is a provider's word.")
    if case.signal.judgement.get("risks"):
        found += [str(one) for one in case.signal.judgement["risks"]]
    return tuple(found)


def shadow_of(new: NewProposal, now: datetime) -> Proposal:
    """Return the row as it would stand, for the guardrails; it is never added."""
    return Proposal(
        id=proposal_id(new.key),
        key=new.key,
        kind=new.kind,
        state="pending",
        version=1,
        owner_id=new.owner_id,
        account_id=new.account_id,
        contact_id=new.contact_id,
        signal_id=new.signal_id,
        headline=new.headline,
        created_at=now,
        expires_at=new.expires_at,
        outcome={},
    )


def context_of(case: Case) -> NewProposal:
    """Return the task by which the owner of a deal or customer learns of a signal."""
    deal, account = case.ground.open_deal, case.ground.account
    what = headline_of(case)
    return NewProposal(
        key=f"context:{case.signal.id}",
        kind="task",
        headline=what,
        content=Content(
            effect=Task(title=f"Bring it up: {what}"[:200], note=f"For the talk about {deal.name}." if deal else ""),
            evidence=case.evidence,
            why=(_why_of_context(case),),
        ),
        owner_id=(deal.owner_id if deal and deal.owner_id else None)
        or (case.ground.owner.id if case.ground.owner else None),
        account_id=account.id if account else None,
        deal_id=deal.id if deal else None,
        contact_id=case.who.contact_id if case.who else None,
        signal_id=case.signal.id,
        expires_at=case.signal.expires_at,
    )


def _why_of_context(case: Case) -> str:
    """Return why this goes to a person and not out as a mail."""
    if case.ground.open_deal:
        return "open deal: no cold mail"
    return "customer: no cold mail" if case.ground.won else "news for you, not for a mail"


def question_of(case: Case, verdict: Verdict) -> NewProposal:
    """Return the task by which the owner learns what a mail still lacks: an address, somebody to write to."""
    what = headline_of(case)
    note = (
        f"Bring it in as a contact of {case.ground.company or 'the company'} and pursue the signal again"
        f" (`dealwright signals decide {case.signal.id} pursue`): the mail is drafted then."
    )
    return NewProposal(
        key=f"ask:{case.signal.id}:{verdict.rule}",
        kind="task",
        headline=what,
        content=Content(
            effect=Task(title=verdict.reason[:200], note=note), evidence=case.evidence, why=("a person has to find it",)
        ),
        owner_id=case.ground.owner.id if case.ground.owner else None,
        account_id=case.ground.account.id if case.ground.account else None,
        contact_id=case.who.contact_id if case.who else None,
        signal_id=case.signal.id,
        expires_at=case.signal.expires_at,
    )
