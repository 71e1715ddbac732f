"""A summary worded by a language model: each line cites turns of the call, and what doesn't stand in them is dropped. Nothing else of the notes is its."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from pydantic import BaseModel, ConfigDict, Field

from agents.answer import Evidence
from agents.model.forms import fill_in
from agents.model.prompts import prompt
from agents.model.slot import Slot, flat
from agents.notes.call import Call
from agents.notes.quoting import Quoting
from agents.notes.record import CallNotes, Line, Said, TopicNotes
from infra.settings import Settings
from sales.names import fold
from sales.sentences import Sentence, sentences
from sales.spoken_numbers import numbers_in
from sales.wording import MONTH_NAMES, ORDINARY, WEEKDAY_NAMES, content_stems, tokens, word_keys

_MOST_LETTERS = 36_000
_MOST_OF_A_TURN = 600
_LEAST_WORDS = 4
_MOST_WORDS = 36
_LEAST_SUPPORT = 0.4
"""So many of a line's own words must be words of the turns that it cites."""
_NEVER = re.compile(r"https?:|www\.|[<>{}\[\]`|]|\b(?:ignore|instruction|prompt|as an ai|assistant|password|system message)\b", re.I)  # fmt: skip

Stands = Callable[[str, tuple[Evidence, ...]], bool]
"""Whether a line's quotes, numbers, dates and names stand in its evidence: the claim check."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ToldLine(_Strict):
    """One sentence and the ids of the turns it rests on, such as t12."""

    text: str = Field(min_length=1, max_length=300)
    turns: tuple[str, ...] = Field(min_length=1, max_length=4)


class ToldTopic(_Strict):
    """A topic of the call and what was said about it."""

    label: str = Field(min_length=1, max_length=40)
    lines: tuple[ToldLine, ...] = Field(min_length=1, max_length=4)


class ToldSummary(_Strict):
    """The summary of the call by topic."""

    topics: tuple[ToldTopic, ...] = Field(min_length=1, max_length=8)


class ModelSummaries:
    """Words summaries with the model that the settings name. It is opened for each call and closed after it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def name(self) -> str:
        """Return which model it is, for the version of the reader."""
        return self._settings.model or ""

    def told(self, call: Call) -> ToldSummary | None:
        """Return what the model makes of a call; None where it made nothing, in its bounds, or its provider failed."""
        slot = Slot()
        system = prompt("notes_system").filled({"slot": slot.mark})
        shown = "\n".join(_shown(call))
        message = prompt("notes_call").filled({"slot": slot.mark, "title": flat(call.title or "a call", 120), "turns": shown})  # fmt: skip
        return fill_in(self._settings, system, message, ToldSummary)


def with_summary(notes: CallNotes, call: Call, told: ToldSummary | None, stands: Stands) -> CallNotes:
    """Return the notes with the model's summary, as far as it stands; the rules' own where next to nothing does."""
    topics = held(told, call, stands) if told is not None else ()
    kept = sum(len(topic.lines) for topic in topics)
    return notes.model_copy(update={"summary": topics}) if kept >= 2 else notes


def held(told: ToldSummary, call: Call, stands: Stands) -> tuple[TopicNotes, ...]:
    """Return the topics with those of their lines that stand in the turns that they cite."""
    quoting = Quoting(call)
    made = []
    for number, topic in enumerate(told.topics):
        lines = [line for one in topic.lines if (line := _held(one, quoting, stands)) is not None]
        if not lines:
            continue
        spoken = " ".join(quoting.turns[said.position].text for line in lines for said in line.said)
        label = flat(topic.label, 40).strip(" .:")
        if _NEVER.search(label) or numbers_in(label) or not _names_stand(label, spoken, ()):
            label = f"Topic {'ABCDEFGH'[number]}"
        made.append(TopicNotes(topic=f"told:{fold(label)}", label=label, lines=tuple(lines)))
    return tuple(made)


def _shown(call: Call) -> list[str]:
    """Return the turns as the model sees them, each on a line of its own, as many as fit."""
    lines: list[str] = []
    letters = 0
    for turn in call.turns:
        if not turn.text.strip():
            continue
        line = f"[t{turn.position}] {flat(turn.speaker or 'somebody', 60)}: {flat(turn.text, _MOST_OF_A_TURN)}"
        letters += len(line)
        if letters > _MOST_LETTERS:
            break
        lines.append(line)
    return lines


def _held(line: ToldLine, quoting: Quoting, stands: Stands) -> Line | None:
    text = flat(line.text, 400)
    cited = _cited(line.turns, quoting)
    words = len(text.split())
    if not cited or not _LEAST_WORDS <= words <= _MOST_WORDS or _NEVER.search(text):
        return None
    spoken = " ".join(quoting.turns[position].text for position in cited)
    speakers = [name for position in cited if (name := quoting.name_of(quoting.turns[position]))]
    said = {number.value for number in numbers_in(spoken)}
    if any(number.value not in said for number in numbers_in(text) if not (number.in_words and number.value <= 1)):
        return None
    if not _names_stand(text, spoken, speakers) or not _is_supported(text, spoken, speakers):
        return None
    best = tuple(_best(quoting, position, text) for position in cited)
    evidence = tuple(
        Evidence(source="call", id=quoting.call.id, quote=one.quote, turns=(one.turn,), at=quoting.call.at)
        for one in best
    )
    return Line(text=text, said=best) if stands(text, evidence) else None


def _cited(ids: Sequence[str], quoting: Quoting) -> list[int]:
    """Return the positions of the turns that a line cites; none where one of them isn't there."""
    found = []
    for one in ids:
        match = re.fullmatch(r"\[?t(\d{1,6})\]?", one.strip(), re.I)
        if match is None or int(match[1]) not in quoting.turns:
            return []
        found.append(int(match[1]))
    return found


def _names_stand(text: str, spoken: str, speakers: Sequence[str]) -> bool:
    known = set(word_keys(spoken)) | {key for name in speakers for key in word_keys(name)}
    for token in tokens(text):
        of_days = token.key in MONTH_NAMES or token.key in WEEKDAY_NAMES
        if of_days and token.key not in known:
            return False
        if token.capital and token.key not in ORDINARY and token.key not in known:
            return False
    return True


def _is_supported(text: str, spoken: str, speakers: Sequence[str]) -> bool:
    own = content_stems(text) - content_stems(" ".join(speakers))
    return bool(own) and len(own & content_stems(spoken)) >= _LEAST_SUPPORT * len(own)


def _best(quoting: Quoting, position: int, text: str) -> Said:
    """Return the quote of a cited turn: the whole of a short one, of a long one the stretch with the line's words."""
    turn = quoting.turns[position]
    whole = Sentence(0, len(turn.text), turn.text)
    if len(turn.text) <= _MOST_OF_A_TURN:
        return quoting.said(position, whole)
    wanted = content_stems(text)
    return quoting.said(position, max(sentences(turn.text), key=lambda one: len(content_stems(one.text) & wanted)))
