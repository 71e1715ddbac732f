"""Being asked for a brief in words: "brief me on Acme", "prep me for my next call". Which account and meeting is meant, or which one is to be asked back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from agents.answer import Answer, Choice
from agents.brief.attending import read_meeting
from agents.linking import Linker
from agents.mentions import Mentions
from agents.narrative.intents import Wanted
from agents.narrative.subject import ambiguity, which_account
from agents.question import Question
from agents.thread import Context
from infra.spine.models import Account, Activity, Contact, Deal, Participant
from infra.spine.scope import Scope
from sales.wording import MONTH_NAMES, WEEKDAY_NAMES, tokens

_POLITE = r"(?:(?:hi|hey|hello|please|pls|ok|okay|so|and|now)\b[,!\s]*)*(?:(?:can|could|would|will)\s+you\s+(?:please\s+)?)?(?:i(?:'d|\s+would)?\s+(?:want|need|like)\s+(?:to\s+be\s+)?)?"
_GIVEN = r"(?:(?:give|get|show|make|write|prepare|send)\s+(?:me|us)\s+)?(?:(?:a|an|the|my|our)\s+)?(?:(?:quick|short|full|call|meeting|pre-?call|account|sales|one[- ]page)\s+){0,2}"
_WORD = r"(?:brief(?:ing|ed)?|prep(?:are|aration)?|one[- ]pager)\b(?:\s+(?:me|us)\b)?(?:\s+up\b)?"
_READY = r"get\s+(?:me|us)\s+(?:ready|prepared|briefed)\b"
_BRIEF = re.compile(rf"\s*{_POLITE}(?:{_GIVEN}{_WORD}|{_READY})(?P<rest>.*)", re.I | re.S)
_NEXT = re.compile(r"\b(?:my|our|the|next|upcoming|today|tomorrow)\b.*\b(?:call|meeting|demo|appointment)\b", re.I)
_FILLER = frozenset(
    "on for about with before of to the a an my our their his her this that next upcoming coming call calls meeting meetings demo appointment conversation talk visit "
    "deal account company customer client prospect team people guys folks today tomorrow tonight morning afternoon evening now please pls thanks thank you me us at in and "
    "from by latest again quickly first up week am pm o'clock oclock them they it him who is i am have i'm we're we are seeing meet ready".split()
)
_TIME = re.compile(r"\d{1,2}(?:[:.]\d\d)?(?:am|pm|h)?|\d{4}-\d\d-\d\d|\d{1,2}(?:st|nd|rd|th)", re.I)
_AHEAD = timedelta(days=14)


@dataclass(frozen=True)
class Wish:
    """What a brief is wanted on. The meeting is named where the asker's next one is meant."""

    account_id: str
    account_name: str
    deal_id: str | None = None
    meeting_id: str | None = None


def account_called(session: Session, scope: Scope, words: str) -> Wish | tuple[str, ...]:
    """Return the account with this id or name (a deal or person of theirs names it too), or the names that fit: none, or several."""
    by_id = session.execute(
        select(Account.id, Account.name).where(Account.id == words.strip(), scope.accounts())
    ).one_or_none()
    if by_id is not None:
        return Wish(by_id.id, by_id.name)
    # A name alone reads like a sentence of one word; as part of a request it reads as a name.
    mentions = Linker().link(session, scope, f"brief me on {words}")
    unclear = next((one for one in mentions.found if one.ambiguous), None)
    if unclear is not None:
        return tuple(one.name for one in unclear.entities)
    return _named(session, scope, mentions) or ()


def asks_for_brief(text: str) -> bool:
    """Return whether words may ask for a brief; `wish_of` tells with the names in them whether they do."""
    return _BRIEF.fullmatch(text.replace("’", "'")) is not None


def wish_of(
    session: Session, question: Question, mentions: Mentions, context: Context, wanted: Wanted
) -> Wish | Answer | None:
    """Return what the brief is to be on, a question back where that is open, or None where the words want something else.

    Without a name it is the thread's account, the asker's next meeting, or asked back.
    """
    match = _BRIEF.fullmatch(question.text.replace("’", "'"))
    if match is None or mentions.unknown_names or not _only_names(question.text, match.start("rest"), mentions):
        return None
    unclear = ambiguity(session, question.scope, question, mentions)
    if unclear is not None:
        return unclear
    named = _named(session, question.scope, mentions)
    if named is not None:
        return named
    if mentions.found:
        return None
    if _NEXT.search(match["rest"]) or context.first("account") is None:
        meeting = next_meeting(session, question)
        if meeting is not None:
            return meeting
    focus = context.first("account")
    if focus is not None:
        return _account(session, question.scope, focus.id)
    asked = which_account(session, question, wanted)
    choices = tuple(Choice(label=one.label, question=f"Brief me on {one.label}") for one in asked.choices)
    return asked.model_copy(update={"headline": "Whom shall I brief you on?", "choices": choices})


def _only_names(text: str, start: int, mentions: Mentions) -> bool:
    """Whether nothing but names and small words follows: "brief me on security at Acme" asks for something else."""
    for token in tokens(text):
        inside = any(one.start <= token.start < one.end for one in mentions.found)
        if token.start < start or inside or token.key in _FILLER:
            continue
        if (
            token.key in MONTH_NAMES
            or token.key in WEEKDAY_NAMES
            or _TIME.fullmatch(token.text)
            or not token.key.isalnum()
        ):
            continue
        return False
    return True


def _named(session: Session, scope: Scope, mentions: Mentions) -> Wish | None:
    """Return the account that is named, or the one of a deal or a person that is named."""
    for mention in mentions.of("deal"):
        row = session.execute(
            select(Deal.account_id).where(Deal.id == mention.best.id, scope.deals())
        ).scalar_one_or_none()
        if row is not None:
            return _account(session, scope, row, mention.best.id)
    for mention in mentions.of("account"):
        return _account(session, scope, mention.best.id)
    for mention in mentions.of("contact"):
        of_person = session.scalar(select(Contact.account_id).where(Contact.id == mention.best.id, scope.contacts()))
        if of_person is not None:
            return _account(session, scope, of_person)
    return None


def _account(session: Session, scope: Scope, account_id: str, deal_id: str | None = None) -> Wish | None:
    name = session.scalar(select(Account.name).where(Account.id == account_id, scope.accounts()))
    return Wish(account_id, name, deal_id) if name is not None else None


def next_meeting(session: Session, question: Question) -> Wish | None:
    """Return the asker's next booked meeting with somebody of an account that they may see, None where none is within two weeks."""
    if question.user_id is None:
        return None
    there = select(Participant.activity_id).where(Participant.user_id == question.user_id)
    ids = session.scalars(
        select(Activity.id)
        .where(
            Activity.kind.in_(("meeting", "call")),
            Activity.status == "booked",
            Activity.at.between(question.as_of, question.as_of + _AHEAD),
            or_(Activity.owner_id == question.user_id, Activity.id.in_(there)),
            question.scope.activities(),
        )
        .order_by(Activity.at, Activity.id)
        .limit(5)
    ).all()
    for id_ in ids:
        invited = read_meeting(session, question.scope, id_)
        if invited is not None and invited.account_id is not None:
            wish = _account(session, question.scope, invited.account_id, invited.happening.deal_id)
            if wish is not None:
                return Wish(wish.account_id, wish.account_name, wish.deal_id, id_)
    return None
