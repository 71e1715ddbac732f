"""Being asked how deals stand: `why is Acme at risk?`, `how healthy is the Dock deal?`, `which deals are at risk?`. Only clear words count."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.answer import Answer
from agents.mentions import Mentions
from agents.narrative.subject import ambiguity
from agents.question import Question
from agents.thread import Context
from infra.spine.models import Account, Contact, Deal, User
from sales.amounts import parse_amount
from sales.courtesies import LEAD

_WORDS = re.compile(
    r"\b(?:risks?|risky|danger|trouble|un?health\w*|health\w*|wors\w*|better|improv\w+|deteriorat\w+|slipping|slip|worr(?:y|ied|ying)|concern\w*|wobbl\w+|cold|attention|saving|rescu\w+|lose|losing|wrong|sick)\b",
    re.I,
)
_BAD = r"(?:at\s+(?:high\s+|such\s+)?risk|(?:so\s+|that\s+)?risky|unhealthy|in\s+(?:danger|trouble))"
_STATE = rf"(?:{_BAD}|(?:still\s+)?healthy)"
_IT = r"(?:the\s+|our\s+|my\s+)?(?:deal\s+)?(?:Xx|it|this|that|they|this\s+deal|that\s+deal|the\s+deal|this\s+account)\b(?:['’]s)?(?:\s+(?:deal|account|opportunity|one))?"
_END = r"\s*(?:now|today|right\s+now|currently|again|please)?\s*[?.!]*\s*"
_ONE = tuple(
    re.compile(LEAD + form + _END, re.I | re.S)
    for form in (
        rf"why(?:\s+is|\s+are|['’]s)\s+{_IT}\s+(?:\w+\s+)?{_BAD}",
        rf"(?:is|are)\s+{_IT}\s+(?:\w+\s+)?{_STATE}",
        rf"how\s+(?:healthy|unhealthy|risky|much\s+at\s+risk|bad\s+off)\s+(?:is|are)\s+{_IT}",
        rf"(?:what(?:['’]s|\s+is)\s+|how(?:['’]s|\s+is)\s+)?(?:the\s+)?(?:deal\s+)?health(?:\s+(?:score|check|state))?(?:\s+(?:of|for|on|at))?\s+{_IT}",
        rf"(?:what(?:['’]s|\s+is)\s+|how(?:['’]s|\s+is)\s+)?{_IT}\s+health(?:\s+(?:score|check))?",
    )
)
_DEALS = r"(?:deals?|opportunit(?:y|ies)|opps|accounts)"
_WHOSE = r"(?:(?:of\s+)?(?:my|our|all|the|open|these|Xx['’]?s?)\s+)*"
_AMONG = r"(?:\s+(?:in|of|for|from|on|at|with|by|owned\s+by)\s+(?:the\s+)?(?:Xx(?:['’]s)?(?:\s+(?:team|region|pipeline|people|deals))?|my\s+team|(?:my|our|the)\s+pipeline))?"
_OVER = r"(?:\s+(?:over|above|worth\s+(?:more\s+than|over)|more\s+than|bigger\s+than|larger\s+than|of\s+more\s+than|>)\s*[$€£]?\s*(?P<sum>\d[\d,.]*)\s*(?P<unit>k|m|thousand|million)?\b)?"
_LATELY = r"(?:\s+(?:this|last|the\s+last|the\s+past|in\s+the\s+last|over\s+the\s+last)\s+(?:week|7\s+days|few\s+days)|\s+(?:lately|recently|since\s+last\s+week|week\s+on\s+week))?"
_ASKED_MANY = r"(?:(?:which|what|list|are\s+there|do\s+(?:we|i)\s+have|any|of)\s+)*"
_WORSE = tuple(
    re.compile(LEAD + form + _AMONG + _LATELY + _AMONG + _END, re.I | re.S)
    for form in (
        rf"{_ASKED_MANY}{_WHOSE}{_DEALS}\s+(?:(?:that|which)\s+)?(?:(?:are|is|have|has|got|get|getting|become|became|gone|went|turned|looks?|looking)\s+)+(?:wors(?:e|ened|ening)|riskier|risky|weaker|bad|deteriorat(?:ed|ing)|unhealthier|colder)",
        rf"{_ASKED_MANY}{_WHOSE}{_DEALS}\s+(?:worsened|deteriorated)",
        r"what(?:['’]s|\s+is|\s+has|\s+have)?\s+(?:got|gotten|getting|become|become|gone|went)\s+(?:worse|riskier)",
    )
)
_BETTER = tuple(
    re.compile(LEAD + form + _AMONG + _LATELY + _AMONG + _END, re.I | re.S)
    for form in (
        rf"{_ASKED_MANY}{_WHOSE}{_DEALS}\s+(?:(?:that|which)\s+)?(?:(?:are|is|have|has|got|get|getting|become|became|looks?|looking)\s+)*(?:better|healthier|improv(?:ed|ing)|stronger)",
        r"what(?:['’]s|\s+is|\s+has)?\s+(?:got|gotten|getting|become)\s+(?:better|healthier)",
    )
)
_MANY = tuple(
    re.compile(LEAD + form + _AMONG + _OVER + _AMONG + _LATELY + _END, re.I | re.S)
    for form in (
        rf"(?:(?:which|what|list|are\s+there|do\s+(?:we|i)\s+have|any)\s+)*{_WHOSE}{_DEALS}\s+(?:(?:do\s+(?:we|i)\s+have|of\s+(?:mine|ours)|(?:that|which)\s+(?:are|is)|are|is|currently|now|most)\s+)*{_BAD}",
        rf"(?:(?:which|what|list|any)\s+)*{_WHOSE}(?:at[\s-]risk|risky|unhealthy)\s+{_DEALS}",
        r"(?:what|who)(?:['’]s|\s+is)\s+(?:most\s+)?at\s+(?:high\s+)?risk",
        rf"where\s+(?:(?:are\s+we|am\s+i|is\s+(?:my|our|the)\s+pipeline|are\s+{_WHOSE}{_DEALS})\s+(?:at\s+risk|in\s+trouble|exposed)|are\s+(?:my|our|the)\s+risks)",
        rf"(?:which|what)\s+{_WHOSE}(?:{_DEALS}\s+)?(?:should|do|must|need)\s+(?:i|we)\s+(?:need\s+to\s+|have\s+to\s+|to\s+)?(?:worry|be\s+worried|be\s+concerned|care|save|rescue)(?:\s+about)?(?:\s+most)?",
        rf"(?:which|what)\s+{_WHOSE}(?:{_DEALS}\s+)?(?:worr(?:y|ies)|concerns?)\s+(?:you|us|me)(?:\s+most)?",
        rf"(?:which|what|any)\s+{_WHOSE}{_DEALS}\s+(?:(?:that|which)\s+)?(?:(?:are|is|may|might|could|do|will|need|needs|look|looks|seem|seems)\s+)*(?:we\s+|i\s+)?(?:likely\s+(?:to\s+(?:be\s+lost|slip|fall\s+through))|going\s+(?:cold|wrong|south|sideways|bad)|slipping(?:\s+away)?|wobbl(?:y|ing)|about\s+to\s+(?:die|slip|be\s+lost)|in\s+a\s+bad\s+(?:state|way)|(?:saving|rescuing|help)|(?:be\s+)?los(?:e|t|ing)|shaky|worrying|sick)",
        r"what\s+are\s+(?:my|our|the)\s+(?:biggest\s+|main\s+|top\s+)?(?:deal\s+|pipeline\s+)?risks(?:\s+in\s+the\s+pipeline)?",
        r"(?:what|anything)(?:['’]s|\s+is)?\s+going\s+(?:wrong|badly)(?:\s+in\s+(?:the|our|my)\s+pipeline)?",
        rf"how\s+(?:healthy|unhealthy|risky)\s+(?:is|are)\s+{_WHOSE}(?:pipeline|{_DEALS})",
        rf"(?:the\s+)?health\s+of\s+{_WHOSE}(?:pipeline|{_DEALS})",
    )
)
_MINE = re.compile(r"\b(?:my(?!\s+team)|mine|i)\b", re.I)
_MY_TEAM = re.compile(r"\bmy\s+team\b", re.I)


@dataclass(frozen=True)
class OneDeal:
    """The health of one account's deals is wanted, or of one deal. `name` is how it was called."""

    name: str
    account_id: str | None = None
    deal_id: str | None = None


@dataclass(frozen=True)
class ManyDeals:
    """Deals at risk are wanted, or those whose health got worse or better within a week: all that may be seen, the asker's own, those of a person or a team.

    `of` names whose they are; `over` is the least amount.
    """

    mine: bool
    kind: Literal["at_risk", "worse", "better"] = "at_risk"
    owner_ids: frozenset[str] | None = None
    of: str | None = None
    over: Decimal | None = None


def asks_about_health(text: str) -> bool:
    """Return whether words may ask for health; `wish_of` tells with the names in them whether they do."""
    return len(text) < 300 and _WORDS.search(text) is not None


def wish_of(
    session: Session, question: Question, mentions: Mentions, context: Context
) -> OneDeal | ManyDeals | Answer | None:
    """Return what is wanted, a question back where the name is open, or None where the words want something else."""
    text = _blanked(question.text, mentions)
    if (many := _many(session, question, text, mentions)) is not None:
        return many
    if not any(form.fullmatch(text) for form in _ONE) or mentions.unknown_names:
        return None
    unclear = ambiguity(session, question.scope, question, mentions)
    return unclear if unclear is not None else _named(session, question, mentions, context)


def _many(session: Session, question: Question, text: str, mentions: Mentions) -> ManyDeals | None:
    """Return which deals are wanted, None where the words want something else or name what no list is made by."""
    if mentions.unknown_names or any(one.ambiguous for one in mentions.found):
        return None
    named = [one for one in mentions.found if not one.from_thread and one.end > one.start]
    if any(one.best.kind not in ("team", "user") for one in named) or len(named) > 1:
        return None
    found = next((match for form in _MANY if (match := form.fullmatch(text))), None)
    kind: Literal["at_risk", "worse", "better"] = "at_risk"
    over = None
    if found is not None:
        amount = parse_amount(f"{found['sum']} {found['unit'] or ''}") if found["sum"] else None
        if found["sum"] and amount is None:
            return None
        over = amount.value if amount is not None else None
    elif any(form.fullmatch(text) for form in _WORSE):
        kind = "worse"
    elif any(form.fullmatch(text) for form in _BETTER):
        kind = "better"
    else:
        return None
    mine = _MINE.search(text) is not None
    if not named and question.user_id and _MY_TEAM.search(text):
        led = select(User.id).where((User.manager_id == question.user_id) | (User.id == question.user_id))
        return ManyDeals(False, kind, frozenset(session.scalars(led)), "your team", over)
    if not named:
        return ManyDeals(mine, kind, over=over)
    best = named[0].best
    of = User.id == best.id if best.kind == "user" else User.team == best.name
    owners = frozenset(session.scalars(select(User.id).where(of)))
    return ManyDeals(False, kind, owners, best.name, over)


def _blanked(text: str, mentions: Mentions) -> str:
    for mention in sorted(mentions.found, key=lambda one: -one.start):
        if not mention.from_thread and mention.end > mention.start:
            text = f"{text[: mention.start]}Xx{text[mention.end :]}"
    # Two names side by side are one: "the Acme Dock deal".
    return re.sub(r"Xx(?:['’]s)?(?:\s+Xx)+", "Xx", text)


def _named(session: Session, question: Question, mentions: Mentions, context: Context) -> OneDeal | None:
    for mention in mentions.of("deal"):
        return OneDeal(mention.best.name, deal_id=mention.best.id)
    for mention in mentions.of("account"):
        return OneDeal(mention.best.name, account_id=mention.best.id)
    for mention in mentions.of("contact"):
        row = session.execute(
            select(Account.id, Account.name)
            .join(Contact, Contact.account_id == Account.id)
            .where(Contact.id == mention.best.id, question.scope.contacts(), question.scope.accounts())
        ).one_or_none()
        if row is not None:
            return OneDeal(row.name, account_id=row.id)
    focus = context.first("deal") or context.first("account")
    if focus is None or mentions.found:
        return None
    return OneDeal(focus.name, **{f"{focus.kind}_id": focus.id})


def open_deals_of(session: Session, question: Question, wish: OneDeal) -> list[str]:
    """Return the ids of the deals that are meant, inside the asker's scope."""
    of = Deal.id == wish.deal_id if wish.deal_id is not None else Deal.account_id == wish.account_id
    return list(session.scalars(select(Deal.id).where(of, question.scope.deals()).order_by(Deal.id)))
