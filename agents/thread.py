"""What a conversation is about, so that "their", "that deal" and "and security?" have a meaning in the next question."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from agents.mentions import Entity
from infra.spine.models import Conversation
from infra.spine.scope import Scope
from sales.wording import FUNCTION_WORDS, tokens, word_keys


class Focus(BaseModel):
    """One record that the last answer was about. `kind` is account, deal, contact or user; the name is only for wording."""

    model_config = ConfigDict(frozen=True)

    kind: str
    id: str
    name: str


class Context(BaseModel):
    """The thread so far: the records in focus (latest first), the last question, its intent, its topic, and the last structured plan as JSON.

    `choices` are what was offered when we asked back: label and question. `scope` is the key of the scope that the last answer was made in: a context is never used for a reader who may see something else.
    """

    model_config = ConfigDict(frozen=True)

    focus: tuple[Focus, ...] = ()
    question: str | None = None
    intent: str | None = None
    topic: str | None = None
    plan: dict[str, Any] | None = None
    choices: tuple[tuple[str, str], ...] = ()
    scope: str = ""

    def first(self, kind: str) -> Focus | None:
        """Return the record of this kind that was spoken of last."""
        return next((focus for focus in self.focus if focus.kind == kind), None)

    def with_focus(self, entities: tuple[Entity, ...]) -> Context:
        """Return the context with these records in front; what was in focus before stays behind them unless an account replaces it."""
        new = tuple(Focus(kind=entity.kind, id=entity.id, name=entity.name) for entity in entities)
        if not new:
            return self
        kinds = {focus.kind for focus in new}
        # A new account makes the old one's deal and people stale.
        old = () if "account" in kinds else tuple(focus for focus in self.focus if focus.kind not in kinds)
        return self.model_copy(update={"focus": (new + old)[:6]})


_PLACES = {
    "first": 0,
    "second": 1,
    "third": 2,
    "fourth": 3,
    "last": -1,
    "former": 0,
    "latter": -1,
    "1": 0,
    "2": 1,
    "3": 2,
    "4": 3,
}


def picked(context: Context, text: str) -> str | None:
    """Return the offered question that a short reply means ("the health one", "2"), or None where it means none or several."""
    words = [token.key for token in tokens(text)]
    if not context.choices or not 0 < len(words) <= 6:
        return None
    own = [word for word in words if word not in FUNCTION_WORDS and word != "one"]
    if not own and words:
        own = [word for word in words if word in _PLACES]
    fitting = [question for label, question in context.choices if own and set(own) <= set(word_keys(label))]
    if len(fitting) == 1:
        return fitting[0]
    places = [word for word in words if word in _PLACES]
    if not fitting and len(places) == 1 and _PLACES[places[0]] < len(context.choices):
        return context.choices[_PLACES[places[0]]][1]
    return None


def scope_mark(scope: Scope) -> str:
    """Return a short text that is equal for scopes which show the same records."""
    import hashlib

    return hashlib.sha256(repr(scope.key()).encode()).hexdigest()[:16]


def load_context(session: Session, thread: str | None, scope: Scope) -> Context:
    """Return what the thread is about; an empty context for a new thread, or where it was made in another scope."""
    if thread is None:
        return Context()
    row = session.get(Conversation, thread)
    if row is None or not row.context:
        return Context()
    context = Context.model_validate(row.context)
    return context if context.scope == scope_mark(scope) else Context()


def save_context(session: Session, thread: str, surface: str, context: Context, scope: Scope, at: datetime) -> None:
    """Keep what the thread is about now."""
    kept = context.model_copy(update={"scope": scope_mark(scope)}).model_dump(mode="json")
    row = session.get(Conversation, thread)
    if row is None:
        session.add(Conversation(id=thread, surface=surface, context=kept, updated_at=at))
    else:
        row.context, row.updated_at = kept, at
