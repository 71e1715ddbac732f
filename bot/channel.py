"""Who reads a place decides what may be said there: in a channel only what every member may see, the rest to the asker in private."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.answer import Answer
from agents.question import Question
from infra.errors import Denied
from infra.settings import Visibility
from infra.spine.people import User
from infra.spine.scope import Scope, scope_of, scope_of_all

MOST_READERS = 200
"""In a channel with more people than this nothing is said openly."""

OUTSIDERS = "This channel is shared with people from outside the company, so I don't answer here."
OUTSIDERS_NEXT = "Ask me in a direct message."
SHARED_OUTSIDE = (
    "That channel is shared with people from outside the company, so no review goes there.",
    "Name a channel of your own in digest.toml, and send it again.",
)
"""Why a review, which names deals and figures, is not delivered to a channel that an admin named."""

IN_PRIVATE = "The full answer went to you in private: not everyone here may see all of it."
ONLY_IN_PRIVATE = "I sent you the answer in private: not everyone here may see it."


@dataclass(frozen=True)
class Readers:
    """Who reads a place, the asker included. `strangers` counts people whom we don't know: they may see nothing."""

    user_ids: frozenset[str]
    strangers: int = 0
    outsiders: bool = False
    too_many: bool = False


@dataclass(frozen=True)
class Audience:
    """What the asker may see, and what may be said openly: None where nothing may."""

    private: Scope
    public: Scope | None


@dataclass(frozen=True)
class Told:
    """What is said in the place, and what the asker is sent in private instead of it or besides. `note` goes with the place's part."""

    here: Answer | None
    privately: Answer | None
    note: str | None = None


def audience_of(session: Session, asker: User, readers: Readers | None, visibility: Visibility) -> Audience:
    """Return what may be said to whom. `readers` is None in private. Raises Denied where outsiders read along."""
    private = scope_of(session, asker, visibility)
    if readers is None:
        return Audience(private, private)
    if readers.outsiders:
        raise Denied(OUTSIDERS, OUTSIDERS_NEXT)
    if readers.strangers or readers.too_many:
        return Audience(private, None)
    users = session.scalars(select(User).where(User.id.in_(readers.user_ids | {asker.id}), User.active))
    shared = scope_of_all(scope_of(session, user, visibility) for user in users)
    return Audience(private, replace(shared, user_id=asker.id, role=asker.role))


def covers(wider: Scope, narrower: Scope) -> bool:
    """Return whether everything in `narrower` is surely in `wider` too."""
    return scope_of_all((narrower, wider)).key() == scope_of_all((narrower,)).key()


def answer_in(
    ask: Callable[[Question], Answer], question: Question, audience: Audience, private_thread: str | None
) -> Told:
    """Ask once for everybody, and once more for the asker where they may see more than the others.

    `question` names the place's thread; its scope is replaced. The private answer keeps a context of its own under `private_thread`,
    so that the open thread never learns of what not everyone may see.
    """
    if audience.public is None:
        mine = ask(replace(question, scope=audience.private, thread=private_thread))
        return Told(None, mine, ONLY_IN_PRIVATE)
    here = ask(replace(question, scope=audience.public))
    if audience.public.key() == audience.private.key():
        return Told(here, None)
    mine = ask(replace(question, scope=audience.private, thread=private_thread))
    if _same(here, mine):
        return Told(here, None)
    if here.kind in ("structured", "narrative"):
        return Told(here, mine, IN_PRIVATE)
    return Told(None, mine, ONLY_IN_PRIVATE)


def _same(one: Answer, other: Answer) -> bool:
    passing = {"id": None, "took_ms": 0, "freshness": ()}
    return one.model_copy(update=passing) == other.model_copy(update=passing)
