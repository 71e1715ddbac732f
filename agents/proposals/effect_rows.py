"""The rows of effects: planned by a decision, withdrawn by an undo, settled by a person. One effect a version, whatever happens."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from agents.proposals.record import Content, Mail
from infra.spine.proposals import Effect, Proposal
from sales.addresses import domain_of

PREFIX = "effect"
"""Keys of durable work that begin with this are effects: `effect:<id>:<number of its planning>`."""

_OWN_LANE = "tasks"


def work_key(effect_id: str, planning: int) -> str:
    """Return the key under which one planning of an effect is handed over as durable work."""
    return f"{PREFIX}:{effect_id}:{planning}"


def read_key(key: str) -> tuple[str, int]:
    """Return the effect's id and the number of its planning."""
    _, effect_id, planning = key.split(":")
    return effect_id, int(planning)


def lane_of(marker: str | None) -> str:
    """Return the lane of an effect: mails of one sending domain go one after the other."""
    return f"mail:{marker.rpartition('@')[2].rstrip('>')}"[:120] if marker else _OWN_LANE


def plan(session: Session, row: Proposal, content: Content, due: datetime) -> str:
    """Plan the effect of the present version for `due` and return its id. One that was withdrawn or refused before is planned anew.

    `attempts` counts the plannings: each is a piece of durable work of its own.
    """
    key = f"{content.effect.kind}:{row.id}:{row.version}"
    known = session.scalars(select(Effect).where(Effect.key == key).with_for_update()).first()
    if known is not None:
        known.state, known.due_at, known.receipt = "planned", due, {}
        known.attempts += 1
        session.flush()
        return known.id
    identity = f"e{secrets.token_hex(12)}"
    session.add(
        Effect(
            id=identity,
            key=key,
            proposal_id=row.id,
            version=row.version,
            kind=content.effect.kind,
            state="planned",
            # Known before anything leaves, so that a mail of unknown fate can be looked for.
            marker=f"<{identity}@{domain_of(content.effect.sender)}>" if isinstance(content.effect, Mail) else None,
            due_at=due,
            attempts=1,
        )
    )
    session.flush()
    return identity


def withdraw(session: Session, proposal_id: str) -> bool:
    """Take the planned effect of a proposal back; return False where none is planned any more."""
    changed = session.execute(
        update(Effect)
        .where(Effect.proposal_id == proposal_id, Effect.state == "planned")
        .values(state="withdrawn")
        .returning(Effect.id)
        .execution_options(synchronize_session=False)
    ).all()
    return bool(changed)


def settle(session: Session, proposal_id: str, state: str, now: datetime) -> Effect:
    """Let a person's word stand for an effect of unknown outcome."""
    effect = session.scalars(
        select(Effect).where(Effect.proposal_id == proposal_id, Effect.state == "unknown").with_for_update()
    ).one()
    effect.state = state
    effect.done_at = now
    effect.receipt = {**effect.receipt, "settled": "by a person"}
    session.flush()
    return effect
