"""What every surface can have done with proposals. All of it blocks: run it in a thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, get_args

from bot.app import App
from bot.asker import Asker, Door, find_asker
from infra.errors import Fatal
from infra.spine.scope import EVERYTHING
from sales.proposal import Action, State

if TYPE_CHECKING:
    from agents.proposals.record import ProposalOut
    from agents.proposals.request import Outcome

STATES: tuple[State, ...] = get_args(State)
ACTIONS: tuple[Action, ...] = get_args(Action)


@dataclass(frozen=True)
class Wish:
    """A decision as somebody at the API or the terminal puts it. See `agents.proposals.request.Request`."""

    action: Action
    version: int
    hash: str | None = None
    edit: Mapping[str, Any] | None = None
    until: datetime | None = None
    reason: str | None = None


def list_proposals(
    app: App,
    email: str | None,
    door: Door,
    *,
    states: Sequence[str] = (),
    owner: str | None = None,
    account: str | None = None,
    limit: int = 100,
) -> list[ProposalOut]:
    """Return the proposals that the asker may see, the newest first. Raises Denied for somebody unknown."""
    asker = _asker(app, email, door)
    return app.proposals.listed(asker.scope, states=states, owner=owner, account=account, limit=limit)


def show_proposal(app: App, email: str | None, door: Door, identity: str) -> ProposalOut:
    """Return one proposal. Raises Fatal (404) where there is none that the asker may see, Denied for somebody unknown."""
    found = app.proposals.get(identity, _asker(app, email, door).scope)
    if found is None:
        raise Fatal("There is no such proposal.", "`dealwright proposals list` shows those there are.", status=404)
    return found


def decide_proposal(app: App, email: str | None, door: Door, identity: str, wish: Wish) -> Outcome:
    """Decide as the person with this mail address; who names nobody acts as an admin. Raises Denied for somebody unknown, Fatal (422) for a wish that can't be."""
    from agents.proposals.request import Request

    asker = _asker(app, email, door)
    return app.proposals.decide(
        Request(
            id=identity,
            action=wish.action,
            version=wish.version,
            surface=door,
            user_id=asker.user_id,
            hash=wish.hash,
            edit=wish.edit,
            until=wish.until,
            reason=wish.reason,
        )
    )


def _asker(app: App, email: str | None, door: Door) -> Asker:
    # Nobody named: whoever holds the token or the home folder holds the data, and sees all of it.
    return find_asker(app, email, door) if email else Asker(EVERYTHING, None)
