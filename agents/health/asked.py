"""Being asked how deals stand: `why is Acme at risk?`, `how healthy is the Dock deal?`, `which deals are at risk?`. Only clear words count."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.answer import Answer
from agents.mentions import Mentions
from agents.narrative.subject import ambiguity
from agents.question import Question
from agents.thread import Context
from infra.spine.models import Account, Contact, Deal

_WORDS = re.compile(r"\b(?:risk|risky|danger|trouble|un?health\w*|health\w*)\b", re.I)
_POLITE = r"\W*(?:(?:hi|hey|hello|please|pls|ok|okay|so|and|but|now)\b[,!\s]*)*(?:(?:can|could|would|will)\s+you\s+)?(?:(?:please|tell|show|give)\s+(?:me\s+|us\s+)?)*"
_BAD = r"(?:at\s+(?:high\s+|such\s+)?risk|(?:so\s+|that\s+)?risky|unhealthy|in\s+(?:danger|trouble))"
_STATE = rf"(?:{_BAD}|(?:still\s+)?healthy)"
_IT = r"(?:the\s+|our\s+|my\s+)?(?:deal\s+)?(?:Xx|it|this|that|they|this\s+deal|that\s+deal|the\s+deal|this\s+account)\b(?:['’]s)?(?:\s+(?:deal|account|opportunity|one))?"
_END = r"\s*(?:now|today|right\s+now|currently|again|please)?\s*[?.!]*\s*"
_ONE = tuple(
    re.compile(_POLITE + form + _END, re.I | re.S)
    for form in (
        rf"why(?:\s+is|\s+are|['’]s)\s+{_IT}\s+(?:\w+\s+)?{_BAD}",
        rf"(?:is|are)\s+{_IT}\s+(?:\w+\s+)?{_STATE}",
        rf"how\s+(?:healthy|unhealthy|risky|much\s+at\s+risk|bad\s+off)\s+(?:is|are)\s+{_IT}",
        rf"(?:what(?:['’]s|\s+is)\s+|how(?:['’]s|\s+is)\s+)?(?:the\s+)?(?:deal\s+)?health(?:\s+(?:score|check|state))?(?:\s+(?:of|for|on|at))?\s+{_IT}",
        rf"(?:what(?:['’]s|\s+is)\s+|how(?:['’]s|\s+is)\s+)?{_IT}\s+health(?:\s+(?:score|check))?",
    )
)
_DEALS = r"(?:deals?|opportunit(?:y|ies)|opps|accounts)"
_WHOSE = r"(?:(?:of\s+)?(?:my|our|all|the|open|these)\s+)*"
_MANY = tuple(
    re.compile(_POLITE + form + _END, re.I | re.S)
    for form in (
        rf"(?:(?:which|what|list|are\s+there|do\s+(?:we|i)\s+have|any)\s+)*{_WHOSE}{_DEALS}\s+(?:(?:do\s+(?:we|i)\s+have|of\s+(?:mine|ours)|(?:that|which)\s+(?:are|is)|are|is|currently|now|most)\s+)*{_BAD}",
        rf"(?:(?:which|what|list|any)\s+)*{_WHOSE}(?:at[\s-]risk|risky|unhealthy)\s+{_DEALS}",
        r"what(?:['’]s|\s+is)\s+at\s+risk",
        rf"how\s+(?:healthy|unhealthy|risky)\s+(?:is|are)\s+{_WHOSE}(?:pipeline|{_DEALS})",
        rf"(?:the\s+)?health\s+of\s+{_WHOSE}(?:pipeline|{_DEALS})",
    )
)
_MINE = re.compile(r"\b(?:my|mine|i)\b", re.I)


@dataclass(frozen=True)
class OneDeal:
    """The health of one account's deals is wanted, or of one deal. `name` is how it was called."""

    name: str
    account_id: str | None = None
    deal_id: str | None = None


@dataclass(frozen=True)
class ManyDeals:
    """The deals at risk are wanted: all that may be seen, or the asker's own."""

    mine: bool


def asks_about_health(text: str) -> bool:
    """Return whether words may ask for health; `wish_of` tells with the names in them whether they do."""
    return len(text) < 300 and _WORDS.search(text) is not None


def wish_of(
    session: Session, question: Question, mentions: Mentions, context: Context
) -> OneDeal | ManyDeals | Answer | None:
    """Return what is wanted, a question back where the name is open, or None where the words want something else."""
    text = _blanked(question.text, mentions)
    if any(form.fullmatch(text) for form in _MANY) and not mentions.unknown_names:
        return ManyDeals(_MINE.search(text) is not None)
    if not any(form.fullmatch(text) for form in _ONE) or mentions.unknown_names:
        return None
    unclear = ambiguity(session, question.scope, question, mentions)
    return unclear if unclear is not None else _named(session, question, mentions, context)


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
