"""How open deals stand, for whoever asks: worked out from the facts of the moment, and kept with a mark whenever it changes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from sqlalchemy.orm import Session

from agents.health.course_sql import Stays
from agents.health.evidence import Proofs
from agents.health.gathering import Gathered, gather
from agents.health.ground import Ground
from agents.health.hearing import Hearing
from agents.health.keeping import Mark, keep, marks_before, stale_deals
from agents.health.pieces import of_deal
from agents.health.record import Health, NextAction, Reason, Trend
from agents.links import Links, NoLinks
from agents.notes.store import waiting
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.scope import EVERYTHING, Scope
from sales.clock import Clock
from sales.health.acting import next_act
from sales.health.judging import Judged, judge
from sales.health.reason import Finding
from sales.health.said import sentiment

BEFORE = timedelta(days=7)
"""The trend is told against a week ago."""
_CHUNK = 400
_HEARD_A_ROUND = 4_000
_CALLS_CAUGHT_UP = 12
_SAME = 3
"""A score that moved by less is the same. Ours: below the smallest weight."""


class Likely(Protocol):
    """How likely a deal is to be won: `p` from 0 to 1, method and sample in words, and when it may close."""

    @property
    def p(self) -> Decimal | None:
        """Return the likelihood, None where nothing was ever decided."""
        ...

    @property
    def of(self) -> str:
        """Return method and sample in words."""
        ...

    @property
    def expected_close(self) -> date | None:
        """Return the day by which it may close."""
        ...


class NotesMaking(Protocol):
    """What makes the notes of calls: `agents.notes.service.Notes`."""

    @property
    def reader(self) -> str:
        """Return the version of the rules by which notes are made now."""
        ...

    def of(self, call_id: str, *, scope: Scope) -> object:
        """Make the notes of a call, where they are missing."""
        ...


class LikelihoodSource(Protocol):
    """Where likelihoods come from: `agents.likelihood`."""

    def of(self, session: Session, which: Scope | Sequence[str], as_of: datetime) -> Mapping[str, Likely]:
        """Return the likelihood of open deals by their ids."""
        ...


@dataclass(frozen=True)
class _Before:
    """How a deal stood a week earlier."""

    score: int | None
    reasons: frozenset[str]


class HealthService:
    """Tells how open deals stand, and keeps it. Blocks: call it from a thread."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        links: Links | None = None,
        likelihoods: Callable[[], LikelihoodSource] | None = None,
        notes: Callable[[], NotesMaking] | None = None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._links = links or NoLinks()
        self._likelihoods = likelihoods
        self._notes = notes
        self._stays = Stays()
        self.hearing = Hearing(database, settings, clock)

    def of(self, session: Session, deal_id: str, scope: Scope, as_of: datetime | None = None) -> Health | None:
        """Return how a deal stands, None where there is no such deal inside the scope, or it isn't open."""
        found = self._told(session, scope, as_of, (deal_id,))
        return found[0] if found else None

    def of_all(
        self,
        session: Session,
        scope: Scope,
        as_of: datetime | None = None,
        deal_ids: Collection[str] | None = None,
    ) -> list[Health]:
        """Return how every open deal of the scope stands (of `deal_ids` alone, where given), the worst first, the larger first among equals."""
        ids = tuple(deal_ids) if deal_ids is not None else None
        if ids is not None and len(ids) > _CHUNK:
            wanted = set(ids)
            return [one for one in self._told(session, scope, as_of, None) if one.deal_id in wanted]
        return self._told(session, scope, as_of, ids)

    def catch_up(self, deal_ids: Collection[str]) -> int:
        """Read what came in of these deals and was not read yet, their calls' notes first. Returns how many calls, mails and notes were read."""
        read = 0
        for deal_id in deal_ids:
            if self._notes is not None:
                notes = self._notes()
                with self._database.session() as session:
                    calls = session.scalars(waiting(notes.reader).where(of_deal(deal_id)).limit(_CALLS_CAUGHT_UP)).all()
                for call_id in calls:
                    notes.of(call_id, scope=EVERYTHING)
            read += self.hearing.read_deal(deal_id)
        return read

    def before(self, session: Session, scope: Scope, at: datetime) -> dict[str, Mark]:
        """Return how each deal of the scope stood at a moment, as it was marked then."""
        return marks_before(session, scope, at)

    def refresh(self, deal_ids: Collection[str] | None = None) -> int:
        """Hear what came in, work out anew the deals that something happened to (or the given ones), and keep them. Returns how many stand otherwise than before.

        A deal is stale when words, calls, changes or contacts of it came in since, when a day has begun, or when the rules have changed.
        """
        if deal_ids is None:
            self.hearing.read_waiting(_HEARD_A_ROUND)
        for deal_id in deal_ids or ():
            self.hearing.read_deal(deal_id)
        now = self._clock.now()
        with self._database.session() as session:
            stale = list(deal_ids) if deal_ids is not None else stale_deals(session, self._settings.zone, now)
            healths = self.of_all(session, EVERYTHING, None, stale) if stale else []
        changed = 0
        for start in range(0, max(len(healths), 1), _CHUNK):
            with self._database.transaction() as session:
                changed += keep(session, healths[start : start + _CHUNK], stale if start == 0 else (), now)
        return changed

    def _told(
        self, session: Session, scope: Scope, as_of: datetime | None, ids: tuple[str, ...] | None
    ) -> list[Health]:
        now = self._clock.now()
        moment = as_of or now
        ground = self._ground(session, scope, moment, now, ids)
        gathered = gather(ground, self._stays)
        if not gathered:
            return []
        judged = {id_: judge(one.facts) for id_, one in gathered.items()}
        before = self._before(session, scope, moment, now, ids, gathered)
        likely = self._likely(session, scope, moment, list(gathered) if ids is not None else None)
        proofs = Proofs(
            session,
            self._links,
            (id_ for one in judged.values() for found in one.findings for id_ in found.rests_on),
        )
        made = [
            self._health(moment, one, judged[id_], before.get(id_), likely.get(id_), proofs)
            for id_, one in gathered.items()
        ]
        return sorted(made, key=_worst_first)

    def _ground(
        self,
        session: Session,
        scope: Scope,
        moment: datetime,
        now: datetime,
        ids: tuple[str, ...] | None,
        *,
        assumed: bool = False,
    ) -> Ground:
        # A few seconds of difference between two clocks make no past day.
        return Ground(session, scope, self._settings.zone, moment, moment < now - timedelta(minutes=5), ids, assumed)

    def _before(
        self,
        session: Session,
        scope: Scope,
        moment: datetime,
        now: datetime,
        ids: tuple[str, ...] | None,
        gathered: Mapping[str, Gathered],
    ) -> dict[str, _Before]:
        """Return how the deals stood a week earlier: as it was marked, and for deals without a mark as the records tell it."""
        then = moment - BEFORE
        found = {
            id_: _Before(mark.score, mark.reasons)
            for id_, mark in marks_before(session, scope, then, ids).items()
            if id_ in gathered
        }
        open_then = [
            id_
            for id_, one in gathered.items()
            if id_ not in found and (one.deal.created is None or one.deal.created < moment.date() - BEFORE)
        ]
        if not open_then:
            return found
        asked = tuple(open_then) if len(open_then) <= _CHUNK else ids
        for id_, one in gather(self._ground(session, scope, then, now, asked, assumed=True), self._stays).items():
            if id_ in gathered and id_ not in found:
                judged = judge(one.facts)
                found[id_] = _Before(judged.score.points, frozenset(finding.kind for finding in judged.findings))
        return found

    def _likely(self, session: Session, scope: Scope, moment: datetime, ids: list[str] | None) -> Mapping[str, Likely]:
        if self._likelihoods is None:
            return {}
        return self._likelihoods().of(session, ids if ids is not None else scope, moment)

    def _health(
        self,
        moment: datetime,
        one: Gathered,
        judged: Judged,
        before: _Before | None,
        likely: Likely | None,
        proofs: Proofs,
    ) -> Health:
        deal = one.deal
        score = judged.score.points
        return Health(
            deal_id=deal.id,
            deal=deal.name,
            account_id=deal.account_id,
            account=deal.account,
            owner_id=deal.owner_id,
            owner=deal.owner,
            amount=deal.amount,
            currency=deal.currency,
            stage=deal.stage,
            close_date=deal.close_date,
            as_of=moment,
            score=score,
            band=judged.score.band,
            before=before.score if before else None,
            trend=_trend(score, before),
            reasons=tuple(_reason(found, before, proofs, one) for found in judged.findings),
            unknown=judged.unknown,
            likelihood=likely.p if likely is not None else None,
            likelihood_of=likely.of if likely is not None else None,
            expected_close=likely.expected_close if likely is not None else None,
            next_action=_next_action(judged.findings, one),
            last_from_buyer=one.last_from_buyer,
            sentiment=sentiment(one.facts),
        )


def _reason(found: Finding, before: _Before | None, proofs: Proofs, one: Gathered) -> Reason:
    return Reason(
        kind=found.kind,
        family=found.family,
        weight=found.weight,
        tone=found.tone,
        sentence=found.sentence,
        since=found.since,
        evidence=proofs.of(found.rests_on, one.deal),
        new=before is not None and found.kind not in before.reasons,
    )


def _next_action(findings: Sequence[Finding], one: Gathered) -> NextAction | None:
    act = next_act(findings)
    if act is None:
        return None
    name = one.deal.account or one.deal.name
    value = f"What should I ask {name}?" if act.verb == "ask" else one.deal.id
    return NextAction(label=act.label, verb=act.verb, value=value, why=act.kind)


def _trend(score: int | None, before: _Before | None) -> Trend:
    if before is None or before.score is None or score is None:
        return "new"
    moved = score - before.score
    return "same" if abs(moved) < _SAME else "better" if moved > 0 else "worse"


def _worst_first(one: Health) -> tuple[int, Decimal, str]:
    return (101 if one.score is None else one.score, -(one.amount or Decimal(0)), one.deal_id)
