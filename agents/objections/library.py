"""Reading the library: counts by topic, quotes, answers by kind, and people. Every read takes a scope and an `as_of`; counting is SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session, aliased

from agents.links import Links
from agents.objections.outcomes import Looked, outcomes
from agents.objections.record import AnswerKind, Heard, PersonCount, Results, Said, TopicCount
from infra.spine.models import Account, Turn, User
from infra.spine.scope import Scope
from sales.objection_answers import LABELS as KINDS
from sales.objection_answers import OTHER
from sales.objections import LABELS

_ANSWER_TURN = aliased(Turn, name="answer_turn")
_SHORTEST = 25
"""Letters that an answer must have to be shown as an example: "I'm sure." teaches nobody."""
_TOLD = ("went_on", "stalled", "lost")


@dataclass(frozen=True)
class Before:
    """The span that a window is compared with; `until` is outside."""

    since: datetime
    until: datetime


class Reading:
    """Reads the library for one asker as of a moment, inside one session."""

    def __init__(self, session: Session, scope: Scope, as_of: datetime, zone: ZoneInfo, links: Links) -> None:
        self._session = session
        self._scope = scope
        self._as_of = as_of
        self._zone = zone
        self._links = links

    def topics(self, looked: Looked, before: Before | None = None) -> list[TopicCount]:
        """Return how often each topic was heard, the most frequent first; with what was heard `before` only as its count."""
        wider = replace(looked, since=before.since) if before is not None else looked
        told = self._outcomes(wider).c
        inside = told.at >= looked.since if looked.since is not None and before is not None else told.at.is_not(None)
        earlier = and_(told.at >= before.since, told.at < before.until) if before is not None else None
        count = _sum(inside)
        rows = self._session.execute(
            select(
                told.topic,
                count.label("count"),
                (_sum(earlier) if earlier is not None else count).label("before"),
                _distinct(inside, told.account_id).label("accounts"),
                *_results(told, inside),
            ).group_by(told.topic)
        ).all()
        made = [
            TopicCount(
                topic=row.topic,
                label=LABELS.get(row.topic, row.topic),
                count=row.count,
                before=row.before if before is not None else None,
                accounts=row.accounts,
                results=_results_of(row),
            )
            for row in rows
        ]
        return sorted((one for one in made if one.count or one.before), key=lambda one: (-one.count, -(one.before or 0), one.topic))  # fmt: skip

    def quotes(self, looked: Looked, *, each: int) -> list[Heard]:
        """Return the newest objections, at most `each` of a topic."""
        told = self._outcomes(looked)
        return self._heard(told, each=each, part=told.c.topic, order=(told.c.at.desc(), told.c.position))

    def answers(self, looked: Looked, *, each: int = 2) -> list[AnswerKind]:
        """Return the answers that were given, by kind: those whose deals went on most often first, those of too few deals behind them."""
        told = self._outcomes(looked).c
        given = told.answer.is_not(None)
        rows = self._session.execute(
            select(
                told.answer_kind, _sum(given).label("count"), _sum(and_(given, told.handled == "answered")).label("taken"), *_results(told, given)
            ).where(given).group_by(told.answer_kind)
        ).all()  # fmt: skip
        source = self._outcomes(looked)
        best = (source.c.outcome != "went_on", source.c.handled != "answered", source.c.at.desc(), source.c.position)
        told_well = func.length(source.c.answer) >= _SHORTEST
        worked = and_(source.c.answer.is_not(None), source.c.outcome != "lost", source.c.handled != "open", told_well)
        found = self._heard(source, each=each, part=source.c.answer_kind, order=best, where=[worked])
        made = [
            AnswerKind(
                kind=row.answer_kind,
                label=KINDS.get(row.answer_kind, KINDS[OTHER]),
                count=row.count,
                taken=row.taken,
                results=_results_of(row),
                examples=tuple(one for one in found if one.answer_kind == row.answer_kind),
            )
            for row in rows
        ]
        return sorted(made, key=_best_first)

    def people(self, looked: Looked, seen: frozenset[str]) -> list[PersonCount]:
        """Return how the people of `seen` did who gave answers themselves; nobody else is read. Whoever went on most often first."""
        told = self._outcomes(looked).c
        spoke = func.coalesce(
            _ANSWER_TURN.user_id, case((func.lower(User.name) == func.lower(told.answered_by), User.id))
        )
        given = (
            select(*told, spoke.label("by"))
            .outerjoin(
                _ANSWER_TURN,
                and_(_ANSWER_TURN.activity_id == told.activity_id, _ANSWER_TURN.position == told.answer_position),
            )
            .outerjoin(User, User.id == told.owner)
            .where(told.answer.is_not(None))
            .subquery("given")
            .c
        )
        colleague = aliased(User, name="colleague")
        rows = self._session.execute(
            select(
                colleague.id,
                colleague.name,
                func.count().label("count"),
                _sum(given.handled == "answered").label("taken"),
                *_results(given, given.id.is_not(None)),
            )
            .join(colleague, colleague.id == given.by)
            .where(colleague.id.in_(seen))
            .group_by(colleague.id, colleague.name)
        ).all()
        made = [
            PersonCount(user=row.id, name=row.name, count=row.count, taken=row.taken, results=_results_of(row))
            for row in rows
        ]
        return sorted(made, key=_best_first)

    def _outcomes(self, looked: Looked) -> Any:
        return outcomes(self._scope, self._as_of, self._zone, looked)

    def _heard(
        self, told: Any, *, each: int, part: Any, order: Sequence[Any], where: Sequence[Any] = ()
    ) -> list[Heard]:
        place = func.row_number().over(partition_by=part, order_by=(*order, told.c.id)).label("place")
        ranked = select(*told.c, place).where(*where).subquery("ranked")
        said, answered = aliased(Turn, name="said_turn"), aliased(Turn, name="given_turn")
        rows = self._session.execute(
            select(
                *ranked.c,
                said.turn_id.label("said_turn"),
                answered.turn_id.label("answer_turn"),
                case((self._scope.accounts(), Account.name)).label("account_name"),
            )
            .outerjoin(said, and_(said.activity_id == ranked.c.activity_id, said.position == ranked.c.position))
            .outerjoin(
                answered,
                and_(answered.activity_id == ranked.c.activity_id, answered.position == ranked.c.answer_position),
            )
            .outerjoin(Account, Account.id == ranked.c.account_id)
            .where(ranked.c.place <= each)
            .order_by(ranked.c.place, ranked.c.at.desc(), ranked.c.id)
        ).all()
        return [self._one(row) for row in rows]

    def _one(self, row: Any) -> Heard:
        return Heard(
            id=row.id,
            topic=row.topic,
            label=LABELS.get(row.topic, row.topic),
            call=row.activity_id,
            title=row.title,
            at=row.at,
            account=row.account_id if row.account_name is not None else None,
            account_name=row.account_name,
            deal=row.deal,
            deal_name=row.deal_name,
            said=self._said(row.activity_id, row.quote, row.speaker, row.said_turn),
            answer=self._said(row.activity_id, row.answer, row.answered_by, row.answer_turn) if row.answer else None,
            answer_kind=row.answer_kind if row.answer else None,
            handled=row.handled,
            outcome=row.outcome,
        )

    def _said(self, call: str, quote: str, speaker: str | None, turn: str | None) -> Said:
        url = self._links.evidence("call", call, (turn,) if turn is not None else ())
        return Said(quote=quote, speaker=speaker, turn=turn, url=url)


def _best_first(one: AnswerKind | PersonCount) -> tuple[bool, bool, float, int, str]:
    """Order by the rate; those of too few deals come behind, and answers of no kind that can be named last."""
    percent = one.results.went_on_rate
    name = one.kind if isinstance(one, AnswerKind) else one.name
    return name == OTHER, percent is None, -(percent if percent is not None else one.results.went_on), -one.count, name


def _sum(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _distinct(condition: Any, column: Any) -> Any:
    return func.count(case((condition, column)).distinct())


def _results(told: Any, inside: Any) -> list[Any]:
    """Return the counts of deals by what came of them: a deal under each outcome once."""
    over = and_(inside, told.ended.is_not(None), func.coalesce(told.ended_after, 0) >= 0)
    return [
        _distinct(inside, told.deal).label("deals"),
        _distinct(and_(inside, told.outcome.in_(_TOLD)), told.deal).label("told"),
        *(
            _distinct(and_(inside, told.outcome == outcome), told.deal).label(name)
            for outcome, name in (("went_on", "went_on"), ("stalled", "stalled"), ("lost", "lost"), ("open", "too_early"))
        ),
        _distinct(over, told.deal).label("ended"),
        _distinct(and_(over, told.ended == "won"), told.deal).label("won"),
        _distinct(and_(over, told.ended == "lost"), told.deal).label("lost_at_last"),
    ]  # fmt: skip


def _results_of(row: Any) -> Results:
    return Results(
        deals=row.deals,
        told=row.told,
        went_on=row.went_on,
        stalled=row.stalled,
        lost=row.lost,
        too_early=row.too_early,
        ended=row.ended,
        won=row.won,
        lost_at_last=row.lost_at_last,
    )
