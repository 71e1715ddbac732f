"""What the buyer said of a topic, in one sentence that can be taken up in a mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from infra.spine.models import Activity, Participant, Turn
from sales.sentences import sentences
from sales.wording import content_stems

_FEWEST, _MOST = 4, 28
_MOST_SOURCES = 8


@dataclass(frozen=True)
class Said:
    """One sentence of the buyer's, verbatim, with where it stands. `turns` is set for a call."""

    kind: str
    id: str
    quote: str
    speaker: str | None
    contact_id: str | None
    at: datetime | None
    turns: tuple[str, ...] = ()


def said_about(session: Session, topic: str, sources: Sequence[str], contact_id: str | None) -> Said | None:
    """Return the sentence that speaks most of the topic: the recipient's own first, then the newest. None where nobody spoke of it.

    `sources` are ids of activities that the asker may see, the best first; nothing else is read.
    """
    wanted = content_stems(topic)
    if not wanted or not sources:
        return None
    found: list[tuple[tuple[bool, int, datetime | None], Said]] = []
    for identity in list(dict.fromkeys(sources))[:_MOST_SOURCES]:
        for said in _spoken(session, identity):
            for one in sentences(said.quote):
                shared = len(wanted & content_stems(one.text))
                if shared and _FEWEST <= len(one.text.split()) <= _MOST:
                    mine = contact_id is not None and said.contact_id == contact_id
                    whole = Said(said.kind, said.id, one.text, said.speaker, said.contact_id, said.at, said.turns)
                    found.append(((mine, shared, said.at), whole))
    if not found:
        return None
    return max(found, key=lambda pair: (pair[0][0], pair[0][1], pair[0][2].timestamp() if pair[0][2] else 0.0))[1]


def _spoken(session: Session, identity: str) -> list[Said]:
    """Return what the buyer's side said in one source: the turns of a call, the body of a mail of theirs."""
    activity = session.get(Activity, identity)
    if activity is None:
        return []
    turns = session.scalars(
        select(Turn).where(Turn.activity_id == identity, Turn.side == "buyer").order_by(Turn.position)
    ).all()
    if turns:
        return [
            Said(activity.kind, identity, turn.text, turn.speaker, turn.contact_id, activity.at, (turn.turn_id,))
            for turn in turns
        ]
    if activity.kind != "mail" or activity.direction != "inbound" or activity.automatic or not activity.body:
        return []
    writer = session.scalars(
        select(Participant.contact_id).where(Participant.activity_id == identity, Participant.role == "from").limit(1)
    ).one_or_none()
    return [Said("mail", identity, activity.body, None, writer, activity.at)]
