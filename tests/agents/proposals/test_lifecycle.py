"""Whatever people do in whatever order: at most one effect, nothing that nobody saw, and what is closed stays closed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from infra.settings import Settings
from infra.spine.database import Database
from integrations.sending.carrier import NotTaken, OutcomeUnknown
from sales.proposal import CLOSED, Action
from tests.agents.proposals.office import PEOPLE, Killed, Office
from tests.conftest import NOW

_MAY = {"owner", "boss", "admin", None}
_ACTIONS: tuple[Action, ...] = ("approve", "edit", "snooze", "reject", "undo", "sent", "resend")
_TROUBLES = (
    NotTaken("smtp_busy", permanent=False),
    NotTaken("smtp_policy", permanent=True),
    NotTaken("smtp_recipient_550", permanent=True, about_recipient=True),
    OutcomeUnknown("lost"),
)
_POINTS = ("effect: begun", "send: marked", "send: taken", "send: recorded", "effect: sent")


class Lifecycle(RuleBasedStateMachine):
    """One proposal among several people, a clumsy network and a process that dies."""

    empty: Path

    @initialize()
    def begin(self) -> None:
        """Put one mail forward."""
        self.folder = TemporaryDirectory()
        path = Path(self.folder.name) / "spine.db"
        copyfile(self.empty, path)
        self.office = Office(Database(f"sqlite:///{path}"), Settings(), Path(self.folder.name) / "outbox")
        self.office.fill()
        self.id = self.office.forward(expires_at=NOW + timedelta(days=4))
        self.closed: str | None = None
        self.resent = 0
        self.seen = {1: self.office.out(self.id).hash}
        self.edits = 0

    def teardown(self) -> None:
        """Close the spine."""
        if hasattr(self, "office"):
            self.office.database.close()
            self.folder.cleanup()

    @rule(
        action=st.sampled_from(_ACTIONS),
        who=st.sampled_from([*PEOPLE, None]),
        behind=st.integers(0, 2),
        with_hash=st.booleans(),
        now=st.booleans(),
    )
    def decide(self, action: Action, who: str | None, behind: int, with_hash: bool, now: bool) -> None:
        """Somebody decides on some version that there was."""
        before = self.office.out(self.id)
        version = max(1, before.version - behind)
        edit: dict[str, str] | None = None
        if action == "edit":
            self.edits += 1
            edit = {"body": f"Text number {self.edits}."}
        elif action == "approve" and now:
            edit = {"send": "now"}
        told = self.office.decide(
            self.id, action, who, version, hash=self.seen[version] if with_hash else None, edit=edit
        )
        after = self.office.out(self.id)
        if who not in _MAY:
            assert told.outcome == "denied"
        if told.acted and told.outcome != "expired":
            assert who in _MAY
            assert version == before.version
        elif told.outcome != "expired":
            assert after == before
        if told.outcome == "resent":
            self.resent += 1
        self.seen[after.version] = after.hash

    @rule(hours=st.integers(-30, 60))
    def time_passes(self, hours: int) -> None:
        """The clock moves, or jumps, and what is due is done."""
        self.office.clock.at += timedelta(hours=hours)
        self.work()

    @rule(point=st.sampled_from(_POINTS))
    def it_dies(self, point: str) -> None:
        """The next piece of work is killed at some point."""
        self.office.die_at = point

    @rule(trouble=st.sampled_from(_TROUBLES), takes=st.booleans(), blind=st.booleans())
    def the_network_fails(self, trouble: Exception, takes: bool, blind: bool) -> None:
        """The next sending fails, perhaps after the mail was taken; and perhaps nobody can be asked."""
        carrier = self.office.scripted
        carrier.failing = [trouble]
        carrier.takes = takes and isinstance(trouble, OutcomeUnknown)
        carrier.where = "cannot_tell" if blind else None

    @rule()
    def work(self) -> None:
        """Do what is due; a process that dies is started again."""
        try:
            self.office.work()
        except Killed:
            self.office.work()

    @precondition(lambda self: hasattr(self, "office"))
    @invariant()
    def at_most_one_mail_goes(self) -> None:
        """Only a person who asks for it has it sent again; the Message-ID is the same even then."""
        sent = self.office.scripted.taken
        assert len(sent) <= 1 + self.resent
        rows = self.office.effect_rows()
        assert sum(row.state == "done" for row in rows) <= 1
        assert set(sent) <= {row.marker for row in rows}

    @precondition(lambda self: hasattr(self, "office"))
    @invariant()
    def what_is_closed_stays_closed(self) -> None:
        """And what is done was done on the version that stands."""
        out = self.office.out(self.id)
        assert self.closed in (None, out.state)
        if out.state in CLOSED:
            self.closed = out.state
        if out.state == "done":
            (effect,) = [row for row in self.office.effect_rows() if row.state == "done"]
            assert effect.version == out.version


@pytest.mark.parametrize("examples", [6, pytest.param(500, marks=pytest.mark.soak)])
def test_whatever_people_do_in_whatever_order(sqlite_database: Database, home: Path, examples: int) -> None:
    Lifecycle.empty = Path(sqlite_database.url.removeprefix("sqlite:///"))
    run_state_machine_as_test(
        Lifecycle,
        settings=settings(
            max_examples=examples, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
