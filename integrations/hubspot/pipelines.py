"""The deal pipelines of a portal, as GET /crm/v3/pipelines/deals tells them: the order of their stages, and which of them are won or lost."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from integrations.connectors.stream import StageTold
from integrations.connectors.values import number


def stages_of(pipeline: Mapping[str, Any]) -> list[StageTold]:
    """Return the stages of a pipeline in their order. A stage of a pipeline has `metadata.probability` from 0 to 1, and is closed by `metadata.isClosed`, at 0 or at 1."""
    listed = [one for one in pipeline.get("stages") or () if isinstance(one, Mapping) and not one.get("archived")]
    listed.sort(key=lambda one: (_place(one), str(one.get("id"))))
    return [_told(one, place, str(pipeline.get("label"))) for place, one in enumerate(listed)]


def _place(stage: Mapping[str, Any]) -> int:
    place = stage.get("displayOrder")
    return place if isinstance(place, int) else 0


def _told(stage: Mapping[str, Any], place: int, pipeline: str) -> StageTold:
    about = stage.get("metadata") or {}
    chance = _chance(about.get("probability"))
    closed = str(about.get("isClosed")).lower() == "true"
    won = closed and chance is not None and chance >= 1
    return StageTold(
        id=str(stage["id"]),
        name=str(stage.get("label")),
        position=place,
        status="won" if won else "lost" if closed else "open",
        probability=chance * 100 if chance is not None else None,
        pipeline=pipeline,
    )


def _chance(told: Any) -> Decimal | None:
    try:
        return number(None if told is None else str(told))
    except ValueError:
        return None
