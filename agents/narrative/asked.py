"""One question with all that was understood of it, and the words that follow from that: for the search, for headlines, for "not found"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from agents.answer import Answer
from agents.mentions import Mentions
from agents.narrative.intents import Wanted
from agents.narrative.subject import Subject
from agents.question import Question
from agents.thread import Context
from sales.names import fold
from sales.spoken_numbers import numbers_in
from sales.wording import content_stems


@dataclass(frozen=True)
class Asked:
    """One question with all that was understood of it."""

    question: Question
    mentions: Mentions
    context: Context
    wanted: Wanted
    subject: Subject


def not_found(asked: Asked, headline: str) -> Answer:
    """Return the answer that says what was looked for and not found."""
    unknown = tuple(name for name in asked.mentions.unknown_names if not is_speaker(name, asked.subject))
    notes = (f"Nothing that you can see is called {' or '.join(f'“{name}”' for name in unknown)}.",) if unknown else ()
    return Answer(kind="not_found", headline=headline, notes=notes, unknown_words=unknown, as_of=asked.question.as_of)


def is_speaker(name: str, subject: Subject) -> bool:
    return any(set(fold(name).split()) <= set(fold(person).split()) for person in subject.people)


def search_words(asked: Asked) -> str:
    """The words to search for: the question without the company's name, which stands in every passage anyway, or in none."""
    text = asked.question.text[:600]
    for mention in sorted(asked.mentions.found, key=lambda one: -one.start):
        if mention.best.kind in ("account", "deal") and not mention.from_thread and mention.end <= len(text):
            text = f"{text[: mention.start]} {text[mention.end :]}"
    text = re.sub(r"\s+['’]s\b", " ", text)
    if asked.context.topic and not asked.wanted.rest and not asked.wanted.topics:
        text = f"{text} {asked.context.topic}"
    return " ".join(text.split()) or asked.question.text[:600]


def wanted_stems(asked: Asked) -> frozenset[str]:
    """The stems that an answer should hold: the question's own words and unknown names, without people's names and words of asking."""
    words = content_stems(" ".join(word for word in asked.wanted.rest if not any(letter.isdigit() for letter in word)))
    names = frozenset(
        stem
        for name in asked.mentions.unknown_names
        if not is_speaker(name, asked.subject)
        for stem in content_stems(name)
    )
    people = frozenset(
        one for person in (*asked.subject.people, *asked.subject.titles) for one in content_stems(person)
    )
    spoken_of = frozenset(one for name in asked.subject.about for one in content_stems(name))
    products = frozenset(one for mention in asked.mentions.of("product") for one in content_stems(mention.text))
    return (words - people) | names | products | spoken_of


def figures_in(text: str) -> frozenset[Decimal]:
    """Return the figures that a question names, for meeting them as they were said; years and small counts are none."""
    return frozenset(
        number.value
        for number in numbers_in(text)
        if number.value >= 20 and not (number.kind == "plain" and 1990 <= number.value <= 2100)
    )


def about(asked: Asked) -> str:
    """Name the topic of a question in its own words."""
    words = [word for word in asked.wanted.rest if content_stems(word)]
    names = [name for name in asked.mentions.unknown_names if not is_speaker(name, asked.subject)]
    spelled = {word.casefold(): word for word in re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", asked.question.text)}
    spoken = {fold(part) for person in asked.subject.people for part in person.split()}
    shown = [
        spelled.get(word, word)
        for word in words
        if word not in spoken and word not in {part.casefold() for name in names for part in name.split()}
    ]
    text = " ".join([*shown, *names][:7])
    return text or (asked.wanted.topics[0].name if asked.wanted.topics else asked.context.topic or "this")


def looked_for(asked: Asked) -> str:
    subject = about(asked)
    of = f" by {asked.subject.people[0]}" if asked.subject.people else ""
    return f"“{subject}”{of}" if subject != "this" else f"an answer to “{asked.question.text[:80].strip()}”"
