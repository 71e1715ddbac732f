"""The objection library as a record and as answers, for whoever reads it outside of a question: console, terminal, programs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from agents.answer import Answer
from agents.links import Links
from agents.objections.answering import COUNTED, library_answer
from agents.objections.asked import Kind, Wish, window_between
from agents.objections.library import Reading
from agents.objections.record import Library
from agents.question import Question
from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.scope import Scope
from sales.objection_outcome import RULE
from sales.objection_words import topic_named
from sales.objections import LABELS

_QUOTES, _EXAMPLES = 3, 3


class Objections:
    """Reads the library. Blocks: call it from a thread."""

    def __init__(self, database: Database, settings: Settings, links: Links) -> None:
        self._database = database
        self._settings = settings
        self._links = links

    def read(
        self,
        scope: Scope,
        as_of: datetime,
        *,
        since: date | None = None,
        until: date | None = None,
        topic: str | None = None,
    ) -> Library:
        """Return the library inside a scope: of the days `since` to `until` (both inside; the last 90 days without both), of one topic where it is named.

        `topic` is a key of the topics, or words such as "too expensive". Raises Fatal (422) for words that name none, or days in the wrong order.
        """
        wish = self._wish("counts", since, until, topic, as_of)
        with self._database.session() as session:
            reading = Reading(session, scope, as_of, self._settings.zone, self._links)
            topics = reading.topics(wish.looked, wish.before)
            heard = reading.quotes(wish.looked, each=_QUOTES)
            answers = reading.answers(wish.looked, each=_EXAMPLES) if wish.looked.topic else []
        return Library(
            as_of=as_of,
            since=wish.looked.since,
            until=wish.looked.until,
            before_since=wish.before.since if wish.before else None,
            before_until=wish.before.until if wish.before else None,
            window=wish.window,
            topic=wish.looked.topic,
            count=sum(one.count for one in topics),
            before=sum(one.before or 0 for one in topics) if wish.before else None,
            topics=tuple(one.model_copy(update={"quotes": tuple(quote for quote in heard if quote.topic == one.topic)}) for one in topics),
            answers=tuple(answers),
            rule=f"{COUNTED} {RULE}",
        )  # fmt: skip

    def told(
        self,
        scope: Scope,
        as_of: datetime,
        *,
        since: date | None = None,
        until: date | None = None,
        topic: str | None = None,
    ) -> tuple[Answer, ...]:
        """Return the same as answers: the counts, and for one topic the answers that were given to it. Raises as `read` does."""
        kinds: tuple[Kind, ...] = ("counts", "answers") if topic else ("counts", "losing")
        question = Question("", scope, as_of)
        with self._database.session() as session:
            made = [
                library_answer(
                    session, question, self._wish(kind, since, until, topic, as_of), self._settings, self._links
                )
                for kind in kinds
            ]
        return tuple(one for place, one in enumerate(made) if place == 0 or one.kind == "structured")

    def _wish(self, kind: Kind, since: date | None, until: date | None, topic: str | None, as_of: datetime) -> Wish:
        if since is not None and until is not None and until < since:
            raise Fatal("The window ends before it starts.", "Give the earlier day first.", status=422)
        looked, window, before = window_between(since, until, as_of, self._settings)
        return Wish(kind, replace(looked, topic=_topic(topic)), window, before)


def _topic(words: str | None) -> str | None:
    if not words:
        return None
    key = words.strip().casefold().replace(" ", "_")
    if key in LABELS:
        return key
    named = topic_named(words)
    if named is None:
        raise Fatal("There is no such kind of objection.", f"There are {', '.join(LABELS)}.", status=422)
    return named[0]
