"""The card that a change of stage brings: what the new stage needs and what the buyer has not shown, with the evidence for and against. It asks; it blocks nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from agents.answer import Evidence
from agents.links import Links
from agents.proposals.book import proposal_id, put_forward
from agents.proposals.record import Content, NewProposal, Task
from agents.workflow.record import Criterion, StageAsk
from infra.settings import Settings
from infra.spine.proposals import Proposal
from sales.workflow.rules import FIELDS
from sales.workflow.wording import in_a_row

RECENT = timedelta(days=2)
"""A change that is older brings no card: its fields are asked for in the list alone."""
_EXPIRES = timedelta(days=7)
_MOST_EVIDENCE = 6


def offer_cards(session: Session, settings: Settings, links: Links, asks: list[StageAsk], now: datetime) -> list[str]:
    """Put a card forward for each recent change of stage that asks for something; return the ids of the new ones. The same change brings one card."""
    made = []
    for ask in asks:
        if ask.owner_id is None or ask.at is None or now - ask.at > RECENT or not (ask.missing or ask.question):
            continue
        key = f"workflow:stage:{ask.change_id}"[:200]
        if session.get(Proposal, proposal_id(key)) is None:
            made.append(put_forward(session, _card(ask, key, settings, links, now), now))
    return made


def _card(ask: StageAsk, key: str, settings: Settings, links: Links, now: datetime) -> NewProposal:
    missing = in_a_row([FIELDS[one] for one in ask.missing])
    title = f"{ask.deal}: fill in {missing}" if missing else f"{ask.deal}: see whether {ask.entered} is right"
    why = [f'It went from "{ask.left or "nothing"}" to "{ask.entered}".']
    if ask.question:
        why.append(ask.question)
    why += [_told(one) for one in ask.criteria]
    quoted = tuple(piece for one in ask.criteria for piece in one.evidence)[:_MOST_EVIDENCE]
    record = Evidence(source="deal", id=ask.deal_id, quote=ask.deal, url=links.evidence("deal", ask.deal_id))
    due = (now + timedelta(days=1)).astimezone(settings.zone).date()
    return NewProposal(
        key=key,
        kind="task",
        headline=f"{ask.deal} is in {ask.entered}: {f'{missing} missing' if missing else 'is it really there?'}"[:180],
        content=Content(effect=Task(title=title[:300], due=due), evidence=(*quoted, record), why=tuple(why)),
        owner_id=ask.owner_id,
        deal_id=ask.deal_id,
        expires_at=now + _EXPIRES,
    )


def _told(one: Criterion) -> str:
    sign = {True: "For it", False: "Against it", None: "Not known"}[one.met]
    words = f': "{one.evidence[0].quote}"' if one.evidence else ""
    return f"{sign}: {one.label}{words}"[:400]
