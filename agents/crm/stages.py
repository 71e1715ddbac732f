"""The stages of deals as a system of record defines them: kept at every reading, and asked for wherever their order, or what is won or lost, matters.

They are links of kind `stage`: `record_id` is the name that deals bear, `seen` what the system tells of it. One that is not there any more stays, as deleted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from infra.spine.crm import CrmLink
from integrations.connectors.stream import StageTold
from sales.outcome import DealStatus
from sales.stages import PlacedStage

REMOTE = KIND = "stage"
_LONGEST = 200


def keep_stages(session: Session, system: str, told: Sequence[StageTold], now: datetime) -> bool:
    """Keep what a system tells of its stages; return whether any of it is new. Those that it tells no more count as deleted."""
    known = {row.external_id: row for row in session.scalars(_links(system))}
    changed = False
    for one in told:
        seen, row = _seen(one), known.pop(one.id, None)
        if row is None:
            row = CrmLink(system=system, remote=REMOTE, external_id=one.id, kind=KIND, deleted=True)
            session.add(row)
        if row.deleted or row.record_id != one.name[:_LONGEST] or row.seen != seen:
            row.record_id, row.seen, row.deleted, row.at = one.name[:_LONGEST], seen, False, now
            changed = True
    for row in known.values():
        if not row.deleted:
            row.deleted, row.at = True, now
            changed = True
    session.flush()
    return changed


def _links(system: str) -> Any:
    return select(CrmLink).where(CrmLink.system == system, CrmLink.remote == REMOTE, CrmLink.kind == KIND)


def _seen(one: StageTold) -> dict[str, Any]:
    chance = None if one.probability is None else str(one.probability.normalize() + 0)
    return {"pipeline": one.pipeline, "position": one.position, "status": one.status, "probability": chance}


def kept_stages(session: Session, system: str) -> list[StageTold]:
    """Return the stages of a system as they were last read, pipeline by pipeline in their order."""
    rows = session.scalars(_links(system).where(CrmLink.deleted.is_(False))).all()
    found = [
        StageTold(
            row.external_id,
            row.record_id,
            int(row.seen.get("position") or 0),
            _status(row.seen),
            Decimal(row.seen["probability"]) if row.seen.get("probability") else None,
            row.seen.get("pipeline"),
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (one.pipeline or "", one.position, one.id))


def defined_stages(session: Session) -> dict[str | None, dict[str, PlacedStage]]:
    """Return the stages of every pipeline by name, as the connected systems define them; under None those that are of no pipeline of their own."""
    rows = session.execute(
        select(CrmLink.record_id, CrmLink.seen)
        .where(CrmLink.kind == KIND, CrmLink.remote == REMOTE, CrmLink.deleted.is_(False))
        .order_by(CrmLink.system, CrmLink.external_id)
    )
    found: dict[str | None, dict[str, PlacedStage]] = defaultdict(dict)
    for name, seen in rows:
        found[seen.get("pipeline")].setdefault(name, PlacedStage(name, int(seen.get("position") or 0), _status(seen)))
    return dict(found)


def stages_in(session: Session, pipeline: str | None) -> dict[str, PlacedStage]:
    """Return the stages that a pipeline is defined to have, none where no system says so."""
    return of_pipeline(defined_stages(session), pipeline)


def of_pipeline(
    defined: Mapping[str | None, Mapping[str, PlacedStage]], pipeline: str | None
) -> dict[str, PlacedStage]:
    """Return those of a pipeline, else those that are of all."""
    return dict(defined.get(pipeline or None) or defined.get(None) or {})


def _status(seen: Mapping[str, Any]) -> DealStatus:
    told = seen.get("status")
    return told if told in ("won", "lost") else "open"
