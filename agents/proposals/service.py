"""Proposals as whole: put forward, read, decided on. What `bot` and the other agents hold in their hands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sqlalchemy.orm import Session

from agents.proposals import book
from agents.proposals.decide import Decisions
from agents.proposals.record import NewProposal, ProposalOut
from agents.proposals.request import Outcome, Request
from agents.proposals.timing import timed
from infra.spine.database import Database
from infra.spine.scope import Scope
from sales.clock import Clock


class Proposals:
    """The proposals of one spine."""

    def __init__(self, database: Database, clock: Clock, decisions: Decisions) -> None:
        self._database = database
        self._clock = clock
        self._decisions = decisions

    def put_forward(self, session: Session, new: NewProposal, *, state: Literal["draft", "pending"] = "pending") -> str:
        """Put a proposal forward inside the caller's transaction and return its id; the same key again changes nothing.

        Announce it (`Announcer.offer`) after the commit.
        """
        return book.put_forward(session, new, self._clock.now(), state=state)

    def get(self, identity: str, scope: Scope) -> ProposalOut | None:
        """Return one proposal, or None where there is none that this scope shows."""
        with self._database.session() as session:
            now = self._clock.now()
            found = book.get(session, identity, scope, now)
            return timed(session, self._decisions.settings, now, [found])[0] if found is not None else None

    def listed(
        self,
        scope: Scope,
        *,
        states: Sequence[str] = (),
        owner: str | None = None,
        account: str | None = None,
        limit: int = 100,
    ) -> list[ProposalOut]:
        """Return the proposals that this scope shows, the newest first. `owner` is a mail address, `account` an id."""
        with self._database.session() as session:
            now = self._clock.now()
            found = book.listed(session, scope, now, states=states, owner=owner, account=account, limit=limit)
            return timed(session, self._decisions.settings, now, found)

    def decide(self, request: Request) -> Outcome:
        """Decide. See `agents.proposals.decide.Decisions.decide`."""
        return self._decisions.decide(request)
