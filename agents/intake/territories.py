"""Territories: from lines of a table to parts of the market, each there once, with the team and the person that work it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from agents.intake.batch import Batch, table_of
from agents.intake.directory import team_key
from agents.intake.identity import fitted, stable_id
from agents.intake.lookup import Found
from agents.intake.rows import Columns, Line, store
from infra.spine.models import Territory
from sales.names import fold


def write_territories(batch: Batch, lines: Sequence[Line]) -> None:
    """Bring lines of territories in. One that is known by its name keeps its id; who owns it and is nobody's name waits, as in targets."""
    placed: list[tuple[Line, Columns]] = []
    known = _known(batch, [line.text("name") or "" for line in lines])
    for line in lines:
        name = " ".join((line.text("name") or "").split())
        key = fold(name)
        if not any(letter.isalnum() for letter in name):
            batch.keep_aside("territory", line.row.origin, "This territory's name has no letter or digit.", line.raw())
            continue
        own = line.text("external_id")
        identity = known.get(key) or (fitted("territory", own) if own else stable_id("territory", key))
        known[key] = identity
        columns: Columns = {"id": identity, "name": name}
        team, who = line.text("team"), line.text("owner")
        if team:
            columns["team"] = batch.directory.teams.get(team_key(team), team)
        if who:
            found: Found = batch.user(who, line.row.origin)
            batch.link("territory", identity, "owner_id", "user", who, found, line.row.origin.system)
            columns["owner_id"] = found.id
        placed.append((line, columns | line.bookkeeping()))
    store(batch, table_of(Territory), "territory", placed)


def _known(batch: Batch, names: Sequence[str]) -> dict[str, str]:
    """Return the ids of the territories that are there by these names, whatever their case."""
    wanted = {" ".join(name.split()).lower() for name in names}
    rows = batch.session.execute(
        select(Territory.id, Territory.name).where(func.lower(Territory.name).in_(wanted)).order_by(Territory.id)
    )
    return {fold(name): identity for identity, name in rows}
