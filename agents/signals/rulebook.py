"""Rule files and their versions: the file in the home folder is where people write, the newest version in the spine is in force."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from infra.errors import Fatal
from infra.spine.database import Database
from infra.spine.models import RuleFile
from sales.icp import EXAMPLE, Fault, Icp, IcpError, parse_icp

ICP = "icp.toml"


@dataclass(frozen=True)
class Version:
    """One version of a rule file: who wrote it, when and why. `text` is the whole file."""

    version: int
    text: str
    by: str | None
    note: str | None
    at: datetime


def _faults_of_icp(text: str) -> tuple[Fault, ...]:
    try:
        parse_icp(text)
    except IcpError as error:
        return error.faults
    return ()


class RuleBook:
    """The versions of one rule file. `faults_of` tells what is wrong with a text; a text with faults is never in force."""

    def __init__(
        self,
        database: Database,
        home: Path,
        name: str = ICP,
        faults_of: Callable[[str], tuple[Fault, ...]] = _faults_of_icp,
    ) -> None:
        self._database = database
        self.path = home / name
        self.name = name
        self._faults_of = faults_of

    def current(self, now: datetime) -> Version | None:
        """Return the version in force. What somebody wrote into the file by hand since then becomes a version, where it has no fault."""
        with self._database.session() as session:
            newest = self._newest(session)
            written = self._written()
            if written is None or (newest and written == newest.text) or self._faults_of(written):
                return newest
            known = session.scalar(
                select(RuleFile.version).where(RuleFile.name == self.name, RuleFile.text == written).limit(1)
            )
        if known is not None and newest is not None:
            # Another machine's file, or one from a backup: an old text comes back by `rollback` only.
            return newest
        return self._add(written, "file", "written into the file", now)

    def text(self, now: datetime) -> str:
        """Return the text in force, or the one that a new file starts with."""
        found = self.current(now)
        return found.text if found else EXAMPLE

    def faults(self, text: str | None = None) -> tuple[Fault, ...]:
        """Return what is wrong with `text`, or with the file as it stands."""
        told = self._written() if text is None else text
        return () if told is None else self._faults_of(told)

    def save(
        self, text: str, by: str | None, note: str | None, now: datetime, *, expected: int | None = None
    ) -> Version:
        """Put a text in force, as a new version, and into the file. Raises Fatal for a text with faults (422) or when `expected` is no longer the newest (409)."""
        faults = self._faults_of(text)
        if faults:
            raise Fatal(
                f"{self.name} can't be used: {'; '.join(fault.text() for fault in faults[:5])}.",
                "Mend it and try again.",
                status=422,
            )
        before = self.current(now)
        if before is not None and before.text == text:
            return before
        if expected is not None and (before.version if before else 0) != expected:
            raise Fatal(
                f"{self.name} has been changed meanwhile.", "Look at the newest version and edit that.", status=409
            )
        return self._add(text, by, note, now)

    def log(self) -> list[Version]:
        """Return all versions, the newest first."""
        with self._database.session() as session:
            rows = session.scalars(select(RuleFile).where(RuleFile.name == self.name).order_by(RuleFile.version.desc()))
            return [_as_version(row) for row in rows]

    def rollback(self, version: int, by: str | None, now: datetime) -> Version:
        """Put an earlier version in force again, as a new version. Raises Fatal (404) where there is none of that number."""
        with self._database.session() as session:
            row = session.get(RuleFile, (self.name, version))
        if row is None:
            raise Fatal(f"{self.name} has no version {version}.", "`dealwright icp log` lists them.", status=404)
        faults = self._faults_of(row.text)
        if faults:
            raise Fatal(
                f"Version {version} can no longer be used: {faults[0].text()}.", "Edit the present one.", status=422
            )
        return self._add(row.text, by, f"back to version {version}", now)

    def _newest(self, session: Session) -> Version | None:
        row = session.scalars(
            select(RuleFile).where(RuleFile.name == self.name).order_by(RuleFile.version.desc()).limit(1)
        ).one_or_none()
        return _as_version(row) if row else None

    def _add(self, text: str, by: str | None, note: str | None, now: datetime) -> Version:
        with self._database.transaction() as session:
            newest = self._newest(session)
            if newest is not None and newest.text == text:
                return newest
            row = RuleFile(
                name=self.name, version=(newest.version if newest else 0) + 1, text=text, by=by, note=note, at=now
            )
            session.add(row)
            made = _as_version(row)
        self._put(text)
        return made

    def _written(self) -> str | None:
        try:
            return self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise Fatal(f"{self.name} can't be read.", f"See that {self.path} is a text in UTF-8.") from error

    def _put(self, text: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_suffix(".new")
        beside.write_text(text, encoding="utf-8")
        beside.replace(self.path)


def _as_version(row: RuleFile) -> Version:
    return Version(row.version, row.text, row.by, row.note, row.at)


def icp_in_force(book: RuleBook, now: datetime) -> Icp:
    """Return the profile in force; an empty one where nobody has written any."""
    found = book.current(now)
    return parse_icp(found.text) if found else Icp()
