"""The brief that comes by itself: half an hour before a booked meeting, to whom the meeting belongs, through the one outbox.

The notice and the mark that the meeting is briefed are written in one transaction, so a kill loses no brief and tells none twice.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from agents.answer import Answer
from agents.brief.coming import MOVED, Coming, coming, mark, still_on
from agents.notices import FOR_MEETING, NewNotice, put
from bot.briefs import answer_of
from bot.compose import compose, view_at
from bot.stepping import Step
from infra.crashing import crash_points
from infra.spine.base import JsonText
from infra.spine.models import StoredAnswer
from infra.spine.outbound import Notice
from infra.spine.people import User
from infra.spine.scope import scope_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from agents.brief.record import Brief
    from bot.selling import Selling

BRIEF = "brief"
"""The kind of these notices."""

_EVERY_TICKS = 15
_SURFACE = "brief"


class Briefing:
    """Puts the notices, and makes their message when they are told. `tick` is the schedule's."""

    def __init__(self, app: Selling) -> None:
        self._app = app
        self._ticks = 0
        self._crash = crash_points(app.settings)

    def tick(self) -> None:
        """Put what begins within the half hour, four times a minute."""
        self._ticks += 1
        if self._ticks % _EVERY_TICKS != 1:
            return
        now = self._app.clock.now()
        with self._app.database.session() as session:
            waits = bool(coming(session, now))
        if not waits:
            return
        with self._app.database.transaction() as session:
            for one in coming(session, now):
                if not _told_already(session, one):
                    put(session, _notice(one), now)
                mark(session, one, now)
        self._crash("brief: put")

    def compose(self, payload: Mapping[str, Any], user_id: str) -> Step | None:
        """Return the brief as things stand now; None where the meeting is off or has begun, or its account may not be seen."""
        app, now = self._app, self._app.clock.now()
        meeting = str(payload["meeting"])
        with app.database.session() as session:
            if not still_on(session, meeting, now):
                return None
            user = session.get_one(User, user_id)
            scope = scope_of(session, user, app.settings.visibility)
        brief = app.briefs.for_meeting(meeting, scope=scope, as_of=now)
        if brief is None:
            return None
        key = f"ans-{hashlib.sha256(f'{meeting}:{user_id}:{payload[FOR_MEETING]}'.encode()).hexdigest()[:20]}"
        answer = answer_of(app, brief).model_copy(update={"id": key})  # type: ignore[arg-type]
        self._keep(answer, user_id, brief.account.name, now)
        return Step(compose(answer, view_at(app.settings, now)), about=_told_of(brief, answer))

    def _keep(self, answer: Answer, user_id: str, account: str, now: datetime) -> None:
        """Keep it like any answer, so that what is folded opens; the id follows from the meeting, so telling it again is the same answer."""
        with self._app.database.transaction() as session:
            if session.get(StoredAnswer, answer.id) is None:
                session.add(
                    StoredAnswer(
                        id=answer.id,
                        conversation_id=None,
                        user_id=user_id,
                        surface=_SURFACE,
                        question=f"Brief me on {account}",
                        answer=JsonText(answer.written()),
                        at=now,
                    )
                )


def _told_of(brief: Brief, answer: Answer) -> tuple[str, ...]:
    """Return whom a brief tells of: the account, the deal and the people by their ids, and whoever is quoted by name."""
    people = [one.contact or one.name for one in brief.attendees]
    quoted = [one.speaker for claim in answer.claims for one in claim.evidence if one.speaker]
    deal = [brief.deal.id] if brief.deal else []
    return tuple(dict.fromkeys((brief.account.id, *deal, *people, *quoted)))


def _notice(one: Coming) -> NewNotice:
    payload = {"meeting": one.activity_id, FOR_MEETING: one.at.isoformat()}
    return NewNotice(_key(one, one.at), one.user_id, BRIEF, payload, urgent=True)


def _key(one: Coming, at: datetime) -> str:
    meeting = hashlib.sha256(one.activity_id.encode()).hexdigest()[:24]
    return f"{BRIEF}:{meeting}:{one.user_id}:{at.isoformat()}"[:200]


def _told_already(session: Session, one: Coming) -> bool:
    """Whether a brief was told for a time near the one at which the meeting begins now."""
    if one.briefed_for is None or abs(one.at - one.briefed_for) >= MOVED:
        return False
    state = session.scalar(select(Notice.state).where(Notice.key == _key(one, one.briefed_for)))
    return state in ("sent", "unreached")
