"""Which words of a question stand in the calls, mails and notes: what is said there is no mistake in typing, however near an ordinary word it comes."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from infra.spine.models import StemCount
from retrieval.words import index_text
from sales.wording import tokens

_LEAST_PASSAGES = 2
_MOST_WORDS = 60


def words_spoken(session: Session, text: str) -> frozenset[str]:
    """Return the keys of those of a question's first words whose stems stand in two passages or more: one alone may be somebody's slip."""
    stems = {token.key: index_text(token.key) for token in tokens(text)[:_MOST_WORDS] if len(token.key) > 4}
    wanted = {stem for stem in stems.values() if stem and " " not in stem}
    if not wanted:
        return frozenset()
    query = select(StemCount.stem).where(StemCount.stem.in_(wanted), StemCount.passages >= _LEAST_PASSAGES)
    held = set(session.scalars(query))
    return frozenset(key for key, stem in stems.items() if stem in held)
