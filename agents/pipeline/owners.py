"""Whose pipeline: the condition on a standing, and what it is called."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, FromClause, func, select, true
from sqlalchemy.orm import Session

from agents.pipeline.record import About
from infra.spine.people import User

INSTANT = timedelta(microseconds=1)
"""A standing is of what came before a moment: what happened at `as_of` itself is known as of it."""


def just_after(moment: datetime) -> datetime:
    """Return the moment before which everything up to and at `moment` happened."""
    return moment + INSTANT


def owned(rows: FromClause, about: About) -> ColumnElement[bool]:
    """Return the condition that a row of a standing is owned by whom it is about."""
    if about.user_id is not None:
        mine: ColumnElement[bool] = rows.c.owner_id == about.user_id
        return mine
    if about.team is not None:
        ours: ColumnElement[bool] = func.lower(rows.c.team) == about.team.lower()
        return ours
    return true()


def name_of(session: Session, about: About) -> str | None:
    """Return what the person or team is called; None for the company."""
    if about.user_id is not None:
        found: Any = session.scalar(select(User.name).where(User.id == about.user_id))
        return str(found) if found is not None else about.user_id
    return about.team
