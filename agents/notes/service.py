"""The notes of calls for whoever asks: made when a call has come in, read where they stand, made on the spot where they don't yet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import perf_counter

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from agents.notes.call import Call, load
from agents.notes.house import House, house_of
from agents.notes.people import recognised
from agents.notes.qualification import frameworks_in, qualify, rules_in
from agents.notes.qualification_history import earlier_of
from agents.notes.reading import READER, read, unread
from agents.notes.record import CallNotes
from agents.notes.store import earlier_stances, keep, stored, waiting
from agents.notes.wording import ModelSummaries, with_summary
from agents.outreach.checking import Line as CheckedLine
from agents.outreach.checking import LineCheck
from infra.errors import Fatal, new_reference
from infra.logs import logger
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Activity
from infra.spine.scope import EVERYTHING, Scope
from sales.clock import Clock
from sales.transcripts import trouble_of

_LOG = logger("notes")


def _no_such_call() -> Fatal:
    return Fatal("There is no such call.", "Check the call's id; `dealwright search` names them.", status=404)


class Notes:
    """Reads calls. Blocks: call it from a thread."""

    def __init__(
        self, database: Database, settings: Settings, clock: Clock, summaries: ModelSummaries | None = None
    ) -> None:
        self._database = database
        self._summaries = summaries
        self._settings = settings
        self._clock = clock

    @property
    def reader(self) -> str:
        """Return the version of the rules by which notes are made now, the team's framework among them: notes of another are made anew."""
        with self._database.session() as session:
            return f"{READER}.{rules_in(session)}"

    def of(self, call_id: str, *, scope: Scope, by: datetime | None = None) -> CallNotes:
        """Return the notes of a call; they are made where they are missing or its words have changed.

        Raises Fatal (404) where there is no such call inside `scope`, or it was held after `by`.
        """
        with self._database.session() as session:
            asked = select(Activity.id).where(
                Activity.id == call_id, Activity.kind.in_(("call", "meeting")), scope.activities()
            )
            if by is not None:
                asked = asked.where(or_(Activity.at.is_(None), Activity.at <= by))
            if session.scalar(asked) is None:
                raise _no_such_call()
            found = stored(session, call_id, self.reader)
        if found is not None:
            return found
        with self._database.session() as session:
            house = house_of(session, self._settings)
        made = self._make(call_id, house)
        if made is None:
            raise _no_such_call()
        call, notes = made
        self._keep(call, notes)
        return notes

    def read_waiting(self, limit: int = 50, ending: Callable[[], bool] = lambda: False) -> int:
        """Make the notes of up to `limit` calls that have none, the oldest first, until it is `ending`.

        Returns how many were made; a kill in between loses and doubles none.
        """
        with self._database.session() as session:
            ids = list(session.scalars(waiting(self.reader).limit(limit)))
            house = house_of(session, self._settings) if ids else House()
        kept = 0
        for call_id in ids:
            if ending():
                break
            made = self._made_or_reviewed(call_id, house)
            if made is not None and self._keep(*made):
                kept += 1
        if kept:
            _LOG.info("calls read", calls=kept)
        return kept

    def _made_or_reviewed(self, call_id: str, house: House) -> tuple[Call, CallNotes] | None:
        try:
            return self._make(call_id, house)
        except Exception as error:  # noqa: BLE001 - one call that trips over the rules must not keep all later ones waiting
            reference = new_reference()
            _LOG.error("call not read", call=call_id, reference=reference, exc_info=error)
            with self._database.session() as session:
                call = load(session, call_id, self._settings.zone)
            return (call, unread(call, reference)) if call is not None else None

    def _make(self, call_id: str, house: House) -> tuple[Call, CallNotes] | None:
        begun = perf_counter()
        with self._database.session() as session:
            loaded = load(session, call_id, self._settings.zone)
            if loaded is None:
                return None
            call = recognised(loaded, house)
            notes = self._read(session, call, house)
        if self._summaries is not None and notes.state == "ready":
            notes = self._worded(self._summaries, call, notes)
        took = round((perf_counter() - begun) * 1000)
        return call, notes.model_copy(update={"took_ms": took})

    def _worded(self, summaries: ModelSummaries, call: Call, notes: CallNotes) -> CallNotes:
        # No session is open while a provider is asked.
        told = summaries.told(call)
        today = call.day or self._clock.now().astimezone(self._settings.zone).date()
        with self._database.session() as session:
            check = LineCheck(session, EVERYTHING, self._settings.zone, today)
            return with_summary(notes, call, told, lambda text, said: check.stands(CheckedLine("summary", text, said)))

    def _read(self, session: Session, call: Call, house: House) -> CallNotes:
        today = self._clock.now().astimezone(self._settings.zone).date()
        qualification = None
        if trouble_of(call.turns) is None:
            framework = frameworks_in(session).current
            earlier = earlier_of(session, call, framework)
            qualification = qualify(call, framework, rivals=house.rivals, earlier=earlier)
        return read(call, house, earlier_stances(session, call), today, qualification)

    def _keep(self, call: Call, notes: CallNotes) -> bool:
        reader = self.reader
        with self._database.transaction() as session:
            return keep(session, call, notes, reader, self._clock.now())
