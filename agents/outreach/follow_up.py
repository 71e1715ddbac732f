"""Wording a touch after the first: it opens with what is new, and never with the mail before it."""

from __future__ import annotations

from collections.abc import Callable

from agents.outreach.checking import Line, words_in
from agents.outreach.copy import PROOFS
from agents.outreach.draft import Drafted, Occasion, draft, layout
from agents.outreach.news import News
from agents.outreach.slots import filled, slots_of
from sales.voice import spoken

Stands = Callable[[Line], bool]

QUESTION = "You asked: “{question}” I still owe you an answer."
QUESTION_ASK = "Is it easier here or on a short call?"
CASE = "An example that may be of use: {proof}"
CASE_ASK = "Shall I send you how they went about it?"


def follow_up(occasion: Occasion, news: News, stands: Stands) -> Drafted | None:
    """Return the mail for what is new, or None where no wording of it stands in its evidence."""
    if news.question is not None:
        opener = QUESTION.format(question=" ".join(news.question.quote.split()))
        return _two_lines(occasion, "open_question", Line("opener", opener, (news.question,)), QUESTION_ASK, stands)
    if news.peer is not None:
        slots = slots_of(
            None, occasion.told, occasion.who, occasion.company, peer=news.peer, industry=occasion.industry
        )
        for proof in filled(PROOFS[news.peer.likeness], slots):
            line = Line("proof", CASE.format(proof=proof), news.peer.evidence)
            made = _two_lines(occasion, "another_case", line, CASE_ASK, stands)
            if made is not None:
                return made
        return None
    return draft(occasion, stands)


def _two_lines(occasion: Occasion, variant: str, first: Line, ask: str, stands: Stands) -> Drafted | None:
    asked = Line("ask", spoken(ask, occasion.voice), first.evidence)
    if not stands(first) or not stands(asked):
        return None
    body = layout(occasion, (first, asked))
    if words_in(body) > occasion.most_words:
        return None
    return Drafted("", body, variant, (first, asked))
