"""From a question how deals stand to its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from agents.answer import Answer
from agents.health.answering import listed, many_answer, nothing_open, one_answer
from agents.health.asked import ManyDeals, OneDeal, asks_about_health, open_deals_of, wish_of
from agents.health.next_step import NextSteps, with_next_steps
from agents.health.record import Health
from agents.health.service import HealthService
from agents.mentions import Entity, Mentions
from agents.question import Question
from agents.thread import Context
from infra.settings import Settings
from sales.clock import Clock

_READ_AT_ONCE = 300
"""Calls, mails and notes that a question of many deals reads where no server does: about a second's work."""
_PRESENT = timedelta(minutes=5)


@dataclass(frozen=True)
class Stood:
    """An answer with what it is about: none where a name is open, or where many deals are told of."""

    answer: Answer
    focus: tuple[Entity, ...] = ()
    open_name: bool = False


class HealthRoad:
    """Answers how deals stand. `alone` tells whether no server runs, which reads what comes in at once."""

    def __init__(
        self,
        health: HealthService,
        settings: Settings,
        clock: Clock,
        next_steps: NextSteps | None = None,
        alone: Callable[[], bool] = lambda: False,
    ) -> None:
        self._health = health
        self._settings = settings
        self._clock = clock
        self._next_steps = next_steps
        self._alone = alone

    def answer(self, session: Session, question: Question, mentions: Mentions, context: Context) -> Stood | None:
        """Return how a deal stands, which deals are at risk, or a question back; None where the words want something else."""
        if not asks_about_health(question.text):
            return None
        wish = wish_of(session, question, mentions, context)
        if wish is None or isinstance(wish, Answer):
            return None if wish is None else Stood(wish, open_name=True)
        if isinstance(wish, ManyDeals):
            return Stood(self._many(session, question, wish))
        return self._one(session, question, wish)

    def _one(self, session: Session, question: Question, wish: OneDeal) -> Stood:
        ids = open_deals_of(session, question, wish)
        if self._health.catch_up(ids):
            # What was read just now is seen by a transaction that begins after it.
            session.commit()
        healths = self._health.of_all(session, question.scope, question.as_of, ids)
        if not healths:
            return Stood(nothing_open(wish.name))
        first = self._stepped(session, healths[:1], question)[0]
        focus: tuple[Entity, ...] = (Entity("deal", first.deal_id, first.deal, 1.0),)
        if first.account_id is not None and first.account is not None:
            focus = (Entity("account", first.account_id, first.account, 1.0), *focus)
        return Stood(one_answer(first, healths[1:], self._settings.zone), focus)

    def _many(self, session: Session, question: Question, wish: ManyDeals) -> Answer:
        unread = 0
        if self._past(question) is None and self._alone():
            self._health.hearing.read_waiting(_READ_AT_ONCE)
            unread = self._health.hearing.count_waiting()
            session.commit()
        healths = self._health.of_all(session, question.scope, question.as_of)
        if wish.mine:
            own = frozenset({question.user_id} if question.user_id else ())
            owns = any(one.owner_id in own for one in healths)
            # Whoever owns no deal means the deals that they see.
            wish = replace(wish, owner_ids=own) if owns else replace(wish, mine=False)
        told = {one.deal_id: one for one in self._stepped(session, listed(healths, wish), question)}
        return many_answer([told.get(one.deal_id, one) for one in healths], wish, unread=unread)

    def _stepped(self, session: Session, healths: list[Health], question: Question) -> list[Health]:
        if self._next_steps is None:
            return healths
        return with_next_steps(self._next_steps, session, healths, self._past(question))

    def _past(self, question: Question) -> datetime | None:
        """Return the moment that is asked about where it is a past one. A few seconds between two clocks make none."""
        return question.as_of if question.as_of < self._clock.now() - _PRESENT else None
