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
    """Return the rules in force, with one for each element of the framework that counts. What somebody has written into the file by hand counts once a server or a command has read it."""
    text = _newest(session, FILE)
    rules = parse_ownership(text) if text is not None else usual()
    return rules.with_elements(_elements(session)) if rules.elements is not None else rules


def _elements(session: Session) -> list[str]:
    """Return the elements of the framework in force."""
    from sales.qualifying.frameworks import FILE as FRAMEWORKS
    from sales.qualifying.frameworks import parse_frameworks, standard

    text = _newest(session, FRAMEWORKS)
    frameworks = parse_frameworks(text) if text else standard()
    return [one.key for one in frameworks.current.elements]


def _newest(session: Session, name: str) -> str | None:
    return session.scalar(select(RuleFile.text).where(RuleFile.name == name).order_by(RuleFile.version.desc()).limit(1))
