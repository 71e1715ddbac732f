"""Who asks at the terminal and over HTTP, and what they may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agents.answer import Answer
from bot.app import App
from infra.errors import Denied
from infra.spine.desk import AuditEntry
from infra.spine.scope import EVERYTHING, UNKNOWN_ASKER, UNKNOWN_ASKER_NEXT, Scope, find_user, scope_of

Door = Literal["api", "terminal", "console"]
"""Through which door somebody comes: a program with the API token acts as an admin, a person at the terminal or in the console is somebody by name."""


@dataclass(frozen=True)
class Asker:
    """Somebody who asks: their scope, and their user id (None for a program)."""

    scope: Scope
    user_id: str | None


def find_asker(app: App, email: str | None, door: Door) -> Asker:
    """Return the asker with this mail address. Raises Denied, in fixed words, where it is nobody's or a person named none."""
    if email is None:
        if door == "api":
            return Asker(EVERYTHING, None)
        raise Denied("I don't know who is asking.", "Name yourself with --as EMAIL, or set DEALWRIGHT_USER.")
    with app.database.session() as session:
        user = find_user(session, email)
        if user is not None:
            return Asker(scope_of(session, user, app.settings.visibility), user.id)
    with app.database.transaction() as session:
        session.add(
            AuditEntry(
                at=app.clock.now(), actor="unknown", surface=door, action="denied", detail={"reason": "unknown asker"}
            )
        )
    raise Denied(UNKNOWN_ASKER, UNKNOWN_ASKER_NEXT)


def refusal(denied: Denied) -> Answer:
    """Return the answer that tells somebody that they are refused. It says nothing of what there is."""
    return Answer(kind="refused", headline=denied.sentence, notes=(denied.next_step,) if denied.next_step else ())
