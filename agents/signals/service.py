"""Signals as the rest of Dealwright uses them: take in what sources tell, judge, rank, tend, and show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Literal, Protocol

from sqlalchemy import update

from agents.signals import feed as feeds
from agents.signals import own
from agents.signals.again import match_again, reopen_for_rules
from agents.signals.feed import FeedItem
from agents.signals.ingest import BATCH, Ingested, ingest
from agents.signals.judging import judge, waiting
from agents.signals.pulling import Fetched, Puller
from agents.signals.reading import files_below, read_file
from agents.signals.rulebook import RuleBook, icp_in_force
from agents.signals.sources import curves_in_force
from agents.signals.tending import bring_back, expire, rerank, something_ends
from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import AuditEntry, Signal, User
from infra.spine.scope import EVERYTHING, Scope
from sales.clock import Clock
from sales.freshness import Curve, curves_with
from sales.signals import Kind, Telling, Unread


def _silent(_line: str) -> None:
    return None


class Drafting(Protocol):
    """What turns judged signals into research, qualification and drafts (`agents.outreach`)."""

    def on_judged(self, signal_ids: Sequence[str]) -> None:
        """Take up signals that have just been judged. Their rows say what they came to: `judged` ones are to be drafted, the others are told about."""
        ...


@dataclass
class Told:
    """What came of tellings: how they were kept, and how many of the new signals came to each state."""

    ingested: Ingested
    states: Counter[str] = field(default_factory=Counter)

    @property
    def ids(self) -> list[str]:
        """The signals that are new, or that another source has told more of."""
        return [*self.ingested.signals, *self.ingested.merged]


@dataclass(frozen=True)
class Tended:
    """What a round of tending did: how many expired, came back, were judged, and changed their rank."""

    expired: int
    returned: int
    judged: int
    reranked: int


class Signals:
    """One door to signals. `drafting` may be set later, as it is built from this."""

    def __init__(self, database: Database, settings: Settings, clock: Clock, drafting: Drafting | None = None) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self.drafting = drafting
        self.rules = RuleBook(database, settings.home)
        self._puller = Puller(database, settings)
        _curves(settings)

    @property
    def curves(self) -> dict[Kind, Curve]:
        """How signals age: by the settings, and by `signals.toml` where it says otherwise."""
        with self._database.session() as session:
            return curves_in_force(session, self._settings)

    @property
    def sources(self) -> RuleBook:
        """The versions of `signals.toml`."""
        return self._puller.rules

    def take(self, tellings: Sequence[Telling], *, hand_on: bool = True) -> Told:
        """Keep tellings, judge and rank what is new, and hand it to drafting. The same tellings again change nothing.

        Without `hand_on` the caller does that, by `hand_on(told.ids)`, when whoever told us has their answer.
        """
        now = self._clock.now()
        kept = ingest(self._database, tellings, now, self.curves)
        counts = self._judge([*kept.signals, *kept.merged], now)
        if hand_on:
            self.hand_on([*kept.signals, *kept.merged])
        return Told(kept, counts)

    def hand_on(self, ids: Sequence[str]) -> None:
        """Hand signals that were judged to drafting. What a crash keeps from it stays in its state and is found there."""
        if ids and self.drafting is not None:
            self.drafting.on_judged(list(ids))

    def import_files(
        self, paths: Sequence[Path], source: str | None = None, say: Callable[[str], None] = _silent
    ) -> Told:
        """Take the signals of files and folders, each a batch at a time. Raises Fatal where nothing is there."""
        done = Told(Ingested())
        for path in files_below(paths):
            say(f"{path.name}: {done.ingested.accepted:,} signals so far")
            self._take_all(read_file(path, self._clock.now(), source), done)
        return done

    def fetch(self, only: str | None = None) -> list[tuple[Fetched, Told]]:
        """Ask the sources of `signals.toml`, or one of them, for what is new, and take it."""
        found = []
        for fetched in self._puller.pull(self._clock.now(), only):
            told = self.take(fetched.tellings)
            told.ingested.refused += fetched.unread
            self._puller.keep(fetched)
            found.append((fetched, told))
        return found

    def look_inside(self) -> Told:
        """Take what the spine itself shows: contacts that an import found elsewhere or with another title, new people on calls."""
        now = self._clock.now()
        tellings = own.tellings_of_spine(self._database, now)
        told = self.take(tellings)
        own.settle(self._database, tellings, now)
        return told

    def _take_all(self, read: Iterator[Telling | Unread], done: Told) -> None:
        while batch := list(islice(read, BATCH)):
            told = self.take([one for one in batch if isinstance(one, Telling)])
            done.ingested.add(told.ingested)
            done.ingested.refused += [one for one in batch if isinstance(one, Unread)]
            done.states += told.states

    def look_again(self) -> int:
        """Let be judged anew what still waits and was judged by other rules, or before its account came; return how many signals that are.

        They are judged with the next `judge_waiting`.
        """
        now = self._clock.now()
        stand = {book.name: held.version for book in (self.rules, self.sources) if (held := book.current(now))}
        found = match_again(self._database, now)
        return found + reopen_for_rules(self._database, stand, now)

    def judge_waiting(self) -> Counter[str]:
        """Judge what nobody has yet, such as after a crash between keeping and judging."""
        with self._database.session() as session:
            ids = waiting(session)
        counts = self._judge(ids, self._clock.now())
        self.hand_on(ids)
        return counts

    def tend(self, *, ranks: bool = True) -> Tended:
        """Do what time does: take what the spine shows, expire, bring back what was put off, judge what waits, rank anew (where `ranks`)."""
        now = self._clock.now()
        inside = sum(self.look_inside().states.values())
        expired, returned = 0, 0
        with self._database.session() as session:
            turning = something_ends(session, now)
        self.look_again()
        if turning:
            with self._database.transaction() as session:
                expired, returned = expire(session, now), len(bring_back(session, now))
        judged = inside + sum(self.judge_waiting().values())
        return Tended(expired, returned, judged, rerank(self._database, now, self.curves) if ranks else 0)

    def feed(self, user_id: str | None, scope: Scope = EVERYTHING, k: int | None = None) -> tuple[FeedItem, ...]:
        """Return what is most worth a rep's time now, best first; for None, of everybody inside the scope."""
        now = self._clock.now()
        with self._database.session() as session:
            user = session.get(User, user_id) if user_id else None
            return feeds.feed(session, user, now, self.curves, scope, k or self._settings.feed_size)

    def listed(
        self, scope: Scope, *, states: Sequence[str] = (), ids: Sequence[str] = (), limit: int = 100
    ) -> tuple[FeedItem, ...]:
        """Return signals inside a scope, the newest first."""
        with self._database.session() as session:
            return feeds.listed(session, scope, self._clock.now(), self.curves, states=states, ids=ids, limit=limit)

    def decide(
        self,
        signal_id: str,
        decision: Literal["pursue", "nurture", "skip"],
        by: str | None,
        surface: str,
        *,
        revisit_at: datetime | None = None,
        reason: str | None = None,
    ) -> None:
        """Settle what a person was asked. Pursuing makes `by` the owner where nobody is. Raises Fatal for an unknown signal (404), one that is barred or over (409)."""
        now = self._clock.now()
        if decision == "nurture" and (revisit_at is None or revisit_at <= now):
            raise Fatal("Putting it off needs a day to come back on.", "Name a day ahead.", status=422)
        states = {"pursue": "judged", "nurture": "nurtured", "skip": "skipped"}
        with self._database.transaction() as session:
            signal = session.get(Signal, signal_id)
            if signal is None:
                raise Fatal("There is no such signal.", "`dealwright signals list` shows them.", status=404)
            if decision != "skip" and signal.judgement.get("hard"):
                raise Fatal(
                    "Nobody is written to because of this signal.",
                    f"The reason: {signal.judgement['reason']}.",
                    status=409,
                )
            if signal.state in ("drafted", "expired"):
                raise Fatal(
                    "This signal is decided already.", "Look at its draft, or wait for the next one.", status=409
                )
            changed = {
                "decision": decision,
                "reason": reason or signal.judgement.get("reason"),
                "decided_by": by,
                "decided_at": now.isoformat(),
            }
            session.execute(
                update(Signal)
                .where(Signal.id == signal_id)
                .values(
                    state=states[decision],
                    owner_id=signal.owner_id or by,
                    revisit_at=revisit_at if decision == "nurture" else None,
                    judgement={**signal.judgement, **changed},
                )
            )
            session.add(
                AuditEntry(
                    at=now,
                    actor=by or "api",
                    surface=surface,
                    action=f"signal {decision}",
                    detail={"signal": signal_id},
                )
            )
        if decision == "pursue":
            self.hand_on([signal_id])

    def _judge(self, ids: Sequence[str], now: datetime) -> Counter[str]:
        if not ids:
            return Counter()
        return judge(self._database, self._settings, icp_in_force(self.rules, now), now, self.curves, ids)


def _curves(settings: Settings) -> dict[Kind, Curve]:
    try:
        return curves_with(settings.signal_curves)
    except ValueError as error:
        raise Fatal(
            f"The setting DEALWRIGHT_SIGNAL_CURVES can't be used: {error}.",
            "`dealwright settings` tells what it takes.",
        ) from error
