"""How the stages that we go by differ from those that a system defines now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agents.crm.drift import Drift
from agents.crm.stages import kept_stages
from infra.spine.crm import CrmLink
from infra.spine.models import Deal
from integrations.connectors.stream import StageTold
from integrations.connectors.writing import Writer

_AGAIN = "The next reading takes it over."


def of_stages(session: Session, writer: Writer, named: Sequence[str] = ()) -> list[Drift]:
    """Return what differs: since the last reading, from the stages that the settings name, and from those that open deals stand in. Asks the system."""
    told = writer.stages()
    if told is None:
        return []
    found = list(_since_last(kept_stages(session, writer.name), told, writer.title))
    there = {one.name.casefold() for one in told}
    for name in named:
        if name.casefold() not in there:
            said = f"{writer.title} has no stage “{name}”, which DEALWRIGHT_STAGES names. Mend the setting, or leave it to {writer.title}."
            found.append(_drift(name, said))
    known = {one.casefold() for one in named}
    for one in told if named else ():
        if one.name.casefold() not in known:
            said = f"{writer.title} has the stage “{one.name}”, which DEALWRIGHT_STAGES does not name: deals in it count as outside the definition."
            found.append(_drift(one.name, said))
    for stage, count in _stood_in(session, writer.name):
        if stage.casefold() not in there:
            deals = "1 open deal stands" if count == 1 else f"{count} open deals stand"
            said = f"{writer.title} has no stage “{stage}”, in which {deals} here. Move them to a stage that it has."
            found.append(_drift(stage, said))
    return found


def _drift(name: str, sentence: str) -> Drift:
    return Drift("deal", "stage", name, "stage", sentence)


def _since_last(before: Sequence[StageTold], now: Sequence[StageTold], title: str) -> Iterator[Drift]:
    if not before:
        return
    known, there = {one.id: one for one in before}, {one.id for one in now}
    for one in now:
        was = known.get(one.id)
        where = f" of the pipeline {one.pipeline}" if one.pipeline else ""
        if was is None:
            yield _drift(one.name, f"{title} has a new stage “{one.name}”{where}. {_AGAIN}")
        elif was.name != one.name:
            yield _drift(one.name, f"{title} calls the stage “{was.name}”{where} “{one.name}” now. {_AGAIN}")
        elif was.status != one.status:
            yield _drift(one.name, f"A deal in {title}’s stage “{one.name}”{where} is {one.status} now, no longer {was.status}. {_AGAIN}")  # fmt: skip
        elif was.position != one.position:
            yield _drift(one.name, f"{title}’s stage “{one.name}”{where} has another place in the order now. {_AGAIN}")
    for one in before:
        if one.id not in there:
            yield _drift(one.name, f"{title} no longer has the stage “{one.name}”. {_AGAIN}")


def _stood_in(session: Session, system: str) -> list[tuple[str, int]]:
    """Return the stages in which open deals of the system stand here, and how many."""
    linked = select(CrmLink.record_id).where(
        CrmLink.system == system, CrmLink.kind == "deal", CrmLink.deleted.is_(False)
    )
    rows = session.execute(
        select(Deal.stage, func.count())
        .where(Deal.status == "open", Deal.stage.is_not(None), Deal.id.in_(linked))
        .group_by(Deal.stage)
        .order_by(Deal.stage)
    )
    return [(str(stage), int(count)) for stage, count in rows]
