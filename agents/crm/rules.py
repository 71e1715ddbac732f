"""The rules of field ownership in force: the newest version of `fields.toml` in the spine, else the usual ones."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.signals.rulebook import RuleBook
from infra.spine.database import Database
from infra.spine.outbound import RuleFile
from sales.ownership import FILE, Ownership, faults_of_fields, parse_ownership, usual


def field_rules(database: Database, home: Path) -> RuleBook:
    """Return the versions of `fields.toml`."""
    return RuleBook(database, home, FILE, faults_of_fields)


def ownership_in_force(session: Session) -> Ownership:
    """Return the rules in force. What somebody has written into the file by hand counts once a server or a command has read it."""
    text = session.scalar(select(RuleFile.text).where(RuleFile.name == FILE).order_by(RuleFile.version.desc()).limit(1))
    return parse_ownership(text) if text is not None else usual()
