"""What a person added to a draft by hand and no evidence holds: told as a risk on the new version; the sender decides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from agents.proposals.edited_closing import edited_closing
from agents.proposals.record import Closing, Content, EffectContent, Mail, Task
from infra.errors import Fatal
from sales.claiming import claims_in
from sales.names import fold
from sales.spoken_dates import days_in
from sales.spoken_numbers import numbers_in
from sales.wording import MONTH_NAMES, ORDINARY, WEEKDAY_NAMES, Token, tokens

BY_HAND = "Added by hand, and in no evidence: "
"""How the risk of an edited draft begins."""

READDRESSED = "The recipient was changed by hand: "
_CUSTOMER = re.compile(r"Names (?P<name>.+) as a customer: make sure that they may be named\.")

_EDITABLE = {"mail": frozenset({"subject", "body", "to", "to_name"}), "task": frozenset({"title", "due", "note"})}
_SENTENCE_END = re.compile(r"[.!?:;\n•\-–—\"“”()\[\]]\s*$")
_VERB_LIKE = re.compile(r"(?:ing|ed|ly|tion|ness|ment|able|ful)$")
_MOST_NAMED = 8
_MOST_QUOTED = 120
_EFFECT: TypeAdapter[Mail | Task | Closing] = TypeAdapter(EffectContent)


def names_customer(name: str) -> str:
    """Return the risk of a draft that names a customer of ours. An edit that takes the name out takes the risk with it."""
    return f"Names {name} as a customer: make sure that they may be named."


def edited(first: Content, present: Content, edit: Mapping[str, Any], now: datetime) -> Content:
    """Return the content with `edit` applied and what it adds flagged. `first` is what the machine had written.

    Raises Fatal (422) where a field can't be edited, or its value can't stand there.
    """
    if isinstance(present.effect, Closing):
        return _with_flags(first, present, edited_closing(present.effect, edit), now)
    allowed = _EDITABLE[present.effect.kind]
    if not edit or not set(edit) <= allowed:
        raise Fatal("That can't be edited.", f"What can be edited: {', '.join(sorted(allowed))}.", status=422)
    try:
        effect = _EFFECT.validate_python({**present.effect.model_dump(), **edit})
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][-1])
        raise Fatal(f"The {field} can't be used.", "Mend it and try again.", status=422) from error
    if isinstance(effect, Mail) and not (effect.subject.strip() and effect.body.strip()):
        raise Fatal("A mail needs a subject and a text.", "Write them and try again.", status=422)
    assert isinstance(effect, Mail | Task)
    return _with_flags(first, present, effect, now)


def _with_flags(first: Content, present: Content, effect: Mail | Task | Closing, now: datetime) -> Content:
    text = fold(" ".join(_texts_of(effect)))
    told = {
        risk: fold(found["name"]) in text
        for risk in (*first.risks, *present.risks)
        if (found := _CUSTOMER.fullmatch(risk)) is not None
    }
    named = [risk for risk, still in told.items() if still]
    others = [one for one in present.risks if one not in told and not one.startswith((BY_HAND, READDRESSED))]
    return present.model_copy(update={"effect": effect, "risks": (*others, *named, *_flags(first, effect, now))})


def _flags(first: Content, effect: Mail | Task | Closing, now: datetime) -> Iterable[str]:
    added = additions(first, effect, now)
    if added:
        more = f" and {len(added) - _MOST_NAMED} more" if len(added) > _MOST_NAMED else ""
        yield BY_HAND + ", ".join(added[:_MOST_NAMED]) + more + "."
    if isinstance(effect, Mail) and isinstance(first.effect, Mail) and effect.to.lower() != first.effect.to.lower():
        yield f"{READDRESSED}it was {first.effect.to}."


def additions(first: Content, effect: Mail | Task | Closing, now: datetime) -> tuple[str, ...]:
    """Return the numbers, dates, names and claiming sentences of the edited text that stand neither in the draft as written nor in its evidence."""
    known = [*_words_of(first.effect), *first.why, *(one.quote for one in first.evidence)]
    known += [text for one in first.evidence for text in (one.speaker, one.label) if text]
    today = now.date()
    numbers = {number.value for text in known for number in numbers_in(text)}
    days = {day for text in known for when in days_in(text, today) for day in (when.first, when.last)}
    names = {token.key for text in known for token in tokens(text)} | {
        "i",
        "im",
        "ill",
        "id",
        "ive",
        "hi",
        "hello",
        "dear",
    }
    found: dict[str, None] = {}
    for text in _texts_of(effect):
        dated = days_in(text, today)
        for when in dated:
            # "Thursday?" asks for a meeting; a day of a month is a claim.
            exact = any(letter.isdigit() for letter in text[when.start : when.end])
            if exact and not {when.first, when.last} <= days:
                found[text[when.start : when.end].strip()] = None
        for number in numbers_in(text):
            inside = any(when.start <= number.start < when.end for when in dated)
            if not inside and number.value not in numbers and not (number.in_words and number.value <= 1):
                found[text[number.start : number.end].strip()] = None
        for name in _names(text, names):
            found[name] = None
    if not isinstance(effect, Task):
        for sentence in _claimed(_texts_of(effect), known, tuple(found)):
            found[sentence] = None
    return tuple(found)


def _claimed(texts: Iterable[str], known: Iterable[str], flagged: Iterable[str]) -> Iterable[str]:
    """Yield sentences that claim something which nobody has said before, but for those of which a part is flagged by itself."""
    said = " ".join(fold(" ".join(text.split())) for text in known)
    for sentence in (one for text in texts for one in claims_in(text)):
        words = " ".join(sentence.split()).rstrip(".!")
        if fold(words) not in said and not any(part in sentence for part in flagged):
            yield f"“{words}”" if len(words) <= _MOST_QUOTED else f"“{words[:_MOST_QUOTED]}…”"


def _names(text: str, known: set[str]) -> Iterable[str]:
    """Yield runs of capitalised words that nobody has named before: companies and people."""
    run: list[Token] = []
    for token in [*tokens(text), None]:
        if token is not None and _is_new_name(text, token, known):
            if run and text[run[-1].end : token.start].strip(" "):
                yield text[run[0].start : run[-1].end]
                run = []
            run.append(token)
        elif run:
            yield text[run[0].start : run[-1].end]
            run = []


def _is_new_name(text: str, token: Token, known: set[str]) -> bool:
    if not token.capital or token.key in known or token.key in ORDINARY:
        return False
    if token.key in MONTH_NAMES or token.key in WEEKDAY_NAMES or numbers_in(token.text):
        return False
    before = text[: token.start].rstrip(" ")
    # Any word is capitalised where a sentence begins; there a form that only verbs and the like have is no name.
    begins = not before or _SENTENCE_END.search(before) is not None
    return not (begins and (_VERB_LIKE.search(token.key) or len(token.key) <= 2))


def _texts_of(effect: Mail | Task | Closing) -> tuple[str, ...]:
    if isinstance(effect, Closing):
        # What goes out is held to the evidence; tasks and rows are read by the one who writes them.
        return _texts_of(effect.mail) if effect.mail is not None else ()
    return (effect.subject, effect.body) if isinstance(effect, Mail) else (effect.title, effect.note)


def _words_of(effect: Mail | Task | Closing) -> tuple[str, ...]:
    if isinstance(effect, Mail):
        return (*_texts_of(effect), effect.to_name, effect.sender_name, effect.to, effect.sender)
    if isinstance(effect, Closing):
        tasks = [f"{one.title} {one.due or ''}" for one in effect.tasks]
        between = [effect.between.to_name, effect.between.sender_name] if effect.between is not None else []
        return (*(_words_of(effect.mail) if effect.mail is not None else ()), *tasks, *between, effect.title)
    return _texts_of(effect)
