"""Scorecards for whoever may see them: made of calls whose notes are ready, read where they stand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from agents.coaching.record import Scorecard
from agents.coaching.scoring import READER, scorecards
from agents.coaching.track import TrackStep
from agents.notes.call import load
from agents.notes.house import house_of
from agents.notes.people import recognised
from agents.notes.record import CallNotes
from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Activity, CallNote, User
from infra.spine.models import Scorecard as Row
from infra.spine.scope import coached_by
from sales.clock import Clock

_NOT_THERE = (
    "There is no scorecard of that call for you.",
    "A scorecard is shown to whoever led the call and to their manager.",
)


class Coaching:
    """Scores calls. `track` gives the talk track in force. Blocks: call it from a thread."""

    def __init__(
        self, database: Database, settings: Settings, clock: Clock, track: Callable[[], tuple[TrackStep, ...]]
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._track = track

    def of(self, call_id: str, asker: User) -> tuple[Scorecard, ...]:
        """Return the scorecards of a call that `asker` may see. Raises Fatal (404) where there are none, whether the call exists or not."""
        with self._database.session() as session:
            waits = session.scalar(_waiting(rules_of(self._track())).where(CallNote.activity_id == call_id)) is not None
        if waits:
            self._score([call_id])
        with self._database.session() as session:
            seen = coached_by(session, asker)
            rows = session.scalars(
                select(Row).where(Row.activity_id == call_id, Row.user_id.in_(seen)).order_by(Row.user_id)
            )
            found = tuple(Scorecard.model_validate(row.record) for row in rows)
        if not found:
            raise Fatal(*_NOT_THERE, status=404)
        return found

    def latest(self, asker: User, since: datetime, user_id: str | None = None) -> tuple[Scorecard, ...]:
        """Return the scorecards since a moment that `asker` may see, the newest first; of one person where `user_id` says so."""
        with self._database.session() as session:
            seen = coached_by(session, asker)
            wanted = seen if user_id is None else seen & {user_id}
            rows = session.scalars(
                select(Row)
                .where(Row.user_id.in_(wanted), Row.at >= since)
                .order_by(Row.at.desc(), Row.activity_id, Row.user_id)
            )
            return tuple(Scorecard.model_validate(row.record) for row in rows)

    def score_waiting(self, limit: int = 50, ending: Callable[[], bool] = lambda: False) -> int:
        """Score up to `limit` calls whose notes are new, until it is `ending`; returns how many calls. Doing it twice is doing it once."""
        with self._database.session() as session:
            ids = list(session.scalars(_waiting(rules_of(self._track())).limit(limit)))
        return self._score(ids, ending)

    def _score(self, ids: list[str], ending: Callable[[], bool] = lambda: False) -> int:
        if not ids:
            return 0
        track = self._track()
        rules = rules_of(track)
        with self._database.session() as session:
            house = house_of(session, self._settings)
        done = 0
        for call_id in ids:
            if ending():
                break
            with self._database.session() as session:
                loaded = load(session, call_id, self._settings.zone)
                note = session.get(CallNote, call_id)
                if loaded is None or note is None or note.made_from != loaded.content_hash:
                    # Its notes are made first, and it comes round again.
                    continue
                notes, made_at = CallNotes.model_validate(note.record), note.made_at
            cards = scorecards(recognised(loaded, house), notes, track)
            with self._database.transaction() as session:
                row = session.get(CallNote, call_id, with_for_update=True)
                if row is None or row.made_at != made_at:
                    continue
                self._keep(session, call_id, loaded.content_hash, cards)
                row.scored_at, row.scored_as = max(self._clock.now(), made_at), rules
            done += 1
        return done

    def _keep(self, session: Session, call_id: str, content_hash: str, cards: tuple[Scorecard, ...]) -> None:
        for row in session.scalars(select(Row).where(Row.activity_id == call_id)):
            session.delete(row)
        session.flush()
        for card in cards:
            session.add(
                Row(
                    activity_id=call_id,
                    user_id=card.user,
                    record=card.model_dump(mode="json"),
                    made_from=content_hash,
                    reader=READER,
                    at=card.at or self._clock.now(),
                )
            )


def rules_of(track: Sequence[TrackStep]) -> str:
    """Return by which rules a call is scored: the version of ours, and a mark of the talk track, so that a new one scores the calls anew."""
    told = "\n".join(f"{step.key} {step.label} {step.says.pattern}" for step in track)
    return f"{READER}:{hashlib.sha256(told.encode()).hexdigest()[:12]}"


def _waiting(rules: str) -> Select[str]:
    """Return the ids of calls whose notes are newer than their scorecards, or were scored by other rules; the oldest first."""
    return (
        select(CallNote.activity_id)
        .join(Activity, Activity.id == CallNote.activity_id)
        .where(
            or_(
                CallNote.scored_at.is_(None),
                CallNote.scored_at < CallNote.made_at,
                CallNote.scored_as.is_distinct_from(rules),
            )
        )
        .order_by(Activity.at, CallNote.activity_id)
    )
