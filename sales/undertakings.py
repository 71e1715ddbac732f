"""What is to happen after a talk: promises, offers that were taken up, requests that were agreed to, meetings that were set.

A proposal alone is nothing: an offer or a request counts where the other side agrees, and whatever the other side declines is dropped, however
firmly it was said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from sales.agreeing import agrees, declines
from sales.asserting import is_question
from sales.commitments import due_in, same_object, topic_stems
from sales.sentences import Sentence, joined, sentences
from sales.spoken_dates import When, days_in
from sales.talk import Utterance
from sales.undertaking_sense import act_of, is_plain, stands
from sales.undertaking_words import (
    AND_THEN,
    DEADLINE,
    DOES_IT,
    GOING_WITHIN,
    HYPOTHETICAL,
    IN_THE_TALK,
    JEST,
    LAUGHS,
    MEETING,
    MOST_ASKED,
    NEGATED,
    NOW,
    OFFER,
    PLAN,
    POLITE_IF,
    PROMISE,
    REQUEST,
    SHORT,
    THIRD,
    TO_THEM_IN_EARNEST,
)
from sales.wording import MONTH_NAMES

Kind = Literal["promise", "offer", "request", "meeting", "plan"]


_POINTS_BACK = re.compile(r"\b(?:it|that|this|those|these|them|both|so|the same)\b", re.I)


_WILL_HAVE_BEEN = re.compile(
    r"have (?:\w+ly )?(?!need|red\b|feed|seed)(?:been|read|gone|done|seen|had|left|lost|forgotten|\w{3,}ed)\b", re.I
)
"""What will be over by then is no promise unless a day is named: `by which time I'll have retired`."""


@dataclass(frozen=True)
class Undertaking:
    """One thing that is to happen. `position` and `sentence` are where it was said, `act` the words of doing, verbatim.

    `owner` is the speaker who is to do it, as the transcript names them, and `side` theirs; `due` the day that was named, in the turn
    `due_position`. `about` is what was asked for, where the words themselves name nothing, and `agreed` where the other side agreed.
    """

    kind: Kind
    position: int
    sentence: Sentence
    act: str
    owner: str | None
    side: str
    due: When | None = None
    due_position: int | None = None
    due_words: str | None = None
    about: tuple[int, Sentence] | None = None
    agreed: tuple[int, Sentence] | None = None

    @property
    def topic(self) -> frozenset[str]:
        """Return the stems that tell it from others."""
        return topic_stems(self.act) | (topic_stems(self.about[1].text) if self.about else frozenset())


def undertakings_in(
    turns: Sequence[Utterance], said_on: date, names: Sequence[tuple[str, str, str]] = ()
) -> list[Undertaking]:
    """Return what is to happen after the talk, in its order, each thing once. `names` are people of the talk: first name, speaker, side."""
    made: list[Undertaking] = []
    for index, turn in enumerate(turns):
        for sentence in sentences(turn.text):
            if len(sentence.text) > 1_500:
                continue
            found = _in_sentence(turns, index, sentence, said_on, names)
            if found is not None:
                made += _apart(found, said_on)
    return _each_once(made)


def _apart(made: Undertaking, said_on: date) -> list[Undertaking]:
    """Return two undertakings where one sentence holds two, each with a day of its own: `I'll send it tomorrow and call you on Friday`."""
    cut = AND_THEN.search(made.act) if made.kind == "promise" else None
    if cut is None:
        return [made]
    first, second = made.act[: cut.start()], made.act[cut.end() :]
    days = _best_day(first, said_on), _best_day(second, said_on)
    if days[0] is None or days[1] is None or days[0].first == days[1].first:
        return [made]
    return [
        replace(made, act=act.strip(" ,"), due=day, due_position=made.position, due_words=act[day.start : day.end])
        for act, day in ((first, days[0]), (second, days[1]))
    ]


def _in_sentence(
    turns: Sequence[Utterance], index: int, sentence: Sentence, said_on: date, names: Sequence[tuple[str, str, str]]
) -> Undertaking | None:
    turn, text = turns[index], sentence.text
    third = _third_person(text, names)
    if third is not None:
        act, owner, side = third
        made = Undertaking("promise", turn.position, sentence, act, owner, side)
        return _dated(_unless_declined(made, turns, index), turns, index, said_on)
    for kind, pattern in (("meeting", MEETING), ("promise", PROMISE), ("offer", OFFER), ("request", REQUEST), ("plan", PLAN)):  # fmt: skip
        match = pattern.search(text)
        if match is None or not stands(text, match, kind):
            continue
        act = act_of(match)
        if _WILL_HAVE_BEEN.match(act) and due_in(text, said_on) is None:
            continue
        made = Undertaking(kind, turn.position, sentence, act, turn.speaker, turn.side)  # type: ignore[arg-type]
        if made.side == "unknown" and not is_plain(text, match, kind, act):
            continue
        settled = None if _in_jest(made, turns, index) else _settled(made, turns, index, said_on)
        if settled is not None:
            return _dated(settled, turns, index, said_on)
    return None


def _in_jest(made: Undertaking, turns: Sequence[Utterance], index: int) -> bool:
    """Whether something is said for a laugh: it promises what no deal needs, or the other side laughs at it and nothing of business is in it."""
    if due_in(made.act, date(2026, 1, 5)) is not None and not JEST.search(made.act):
        return False
    if JEST.search(made.sentence.text):
        return TO_THEM_IN_EARNEST.search(made.act) is None
    reply = _reply_to(made, turns, index)
    return (
        reply == index + 1 and LAUGHS.match(turns[reply].text) is not None and not TO_THEM_IN_EARNEST.search(made.act)
    )


def _third_person(text: str, names: Sequence[tuple[str, str, str]]) -> tuple[str, str, str] | None:
    """Return what a sentence says that somebody of the talk will do: `Marcus will send you the deck`."""
    known = {first.casefold(): (speaker, side) for first, speaker, side in names if len(first) > 1}
    if not known or is_question(text):
        return None
    pattern = THIRD.replace("{names}", "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True)))
    found = re.search(pattern, text, re.I | re.S)
    if (
        found is None
        or IN_THE_TALK.match(found["act"])
        or NEGATED.search(text)
        or (HYPOTHETICAL.search(text) and not POLITE_IF.search(text))
    ):
        return None
    speaker, side = known[found["name"].casefold()]
    return " ".join(found["act"].split()), speaker, side


def _settled(made: Undertaking, turns: Sequence[Utterance], index: int, said_on: date) -> Undertaking | None:
    """Return an undertaking as the other side took it, or None where they declined, or had to agree and didn't."""
    asked = made.kind in ("offer", "request") or (made.kind == "meeting" and is_question(made.sentence.text))
    answer = _reply_to(made, turns, index)
    if made.kind == "request":
        return _taken_on(made, turns, answer, said_on) if answer is not None else None
    if answer is not None and declines(turns[answer].text):
        return None
    if made.kind == "offer" and made.side == "unknown" and answer is None:
        return None
    if made.kind == "offer" and _was_asked_for(turns, index):
        return _with_object(made, turns, index)
    if asked:
        if answer is None:
            return None
        firm = _agreement(turns[answer], said_on)
        if (
            firm is None
            and is_question(turns[answer].text)
            and (later := _after_asking_back(turns, answer)) is not None
        ):
            answer, firm = later, _agreement(turns[later], said_on)
        if firm is None:
            return None
        made = replace(made, agreed=(turns[answer].position, firm))
    return _with_object(made, turns, index)


def _reply_to(made: Undertaking, turns: Sequence[Utterance], index: int) -> int | None:
    """Return the index of the next turn of somebody else that says anything: of another side, where sides are known."""
    seen = 0
    for later in range(index + 1, min(len(turns), index + 8)):
        turn = turns[later]
        if turn.speaker == turns[index].speaker or not turn.text.strip():
            continue
        if made.side != "unknown" and turn.side == made.side:
            continue
        seen += 1
        if len(turn.text.split()) > 0:
            return later
        if seen == GOING_WITHIN:
            break
    return None


def _after_asking_back(turns: Sequence[Utterance], asked: int) -> int | None:
    """Return the index of what the same speaker says once their question back is answered: `Only listening? — Only listening. — Then yes.`"""
    following = range(asked + 1, min(len(turns), asked + 4))
    return next((i for i in following if turns[i].speaker == turns[asked].speaker and turns[i].text.strip()), None)


def _was_asked_for(turns: Sequence[Utterance], index: int) -> bool:
    """Whether an offer comes after a yes to what its speaker asked just before: `Would a visit help? — It would. — We can set that up.`"""
    if index < 2 or turns[index - 1].speaker == turns[index].speaker:
        return False
    asked = turns[index - 2]
    return asked.speaker == turns[index].speaker and "?" in asked.text and agrees(turns[index - 1].text)


def _agreement(turn: Utterance, said_on: date) -> Sentence | None:
    """Return the words by which a turn agrees, or None."""
    parts = sentences(turn.text)
    if not parts:
        return None
    dated = next((one for one in parts[:3] if due_in(one.text, said_on)), None)
    # "Two pages, on Monday" agrees by naming the day.
    by_day = dated is not None and len(turn.text.split()) <= SHORT and not is_question(turn.text)
    if not (agrees(turn.text) or (by_day and not declines(turn.text))):
        return None
    return dated or parts[0]


def _taken_on(made: Undertaking, turns: Sequence[Utterance], answer: int, said_on: date) -> Undertaking | None:
    """Return a request as the undertaking of whoever agreed to it."""
    turn = turns[answer]
    if declines(turn.text):
        return None
    promised = any(
        (match := PROMISE.search(one.text)) is not None and stands(one.text, match, "promise")
        for one in sentences(turn.text)
    )
    if promised:
        return None  # their own words say it, and take the request up as what they are about
    firm = _agreement(turn, said_on)
    if firm is None:
        return None
    return replace(made, owner=turn.speaker, side=turn.side, agreed=(turn.position, firm))


def _unless_declined(made: Undertaking, turns: Sequence[Utterance], index: int) -> Undertaking | None:
    answer = _reply_to(replace(made, side=turns[index].side), turns, index)
    return None if answer is not None and declines(turns[answer].text) else made


def _with_object(made: Undertaking, turns: Sequence[Utterance], index: int) -> Undertaking | None:
    """Add what was asked for, where the words of a promise name nothing themselves."""
    named = topic_stems(made.act)
    if made.kind == "meeting" or len(named) >= 2 or (named and not _POINTS_BACK.search(made.act)):
        return made
    own = [
        one
        for one in sentences(turns[index].text)
        if one.end <= made.sentence.start and len(topic_stems(one.text)) >= 2
    ]
    for earlier in range(index - 1, max(-1, index - 5), -1):
        turn = turns[earlier]
        if turn.speaker == turns[index].speaker:
            continue
        if (asked := _asked_for(turn)) is not None:
            return replace(made, about=(turn.position, asked))
    if DOES_IT.match(made.act):
        return made if due_in(made.act, date(2026, 1, 5)) else None
    if not topic_stems(made.act):
        if own:
            return replace(made, about=(turns[index].position, own[-1]))
        earlier_one = next((turn for turn in reversed(turns[max(0, index - 3) : index]) if turn.speaker != turns[index].speaker and topic_stems(turn.text)), None)  # fmt: skip
        if earlier_one is not None:
            last = next((one for one in reversed(sentences(earlier_one.text)) if topic_stems(one.text)), None)
            return replace(made, about=(earlier_one.position, last)) if last is not None else made
        return made if due_in(made.act, date(2026, 1, 5)) else None
    return made


def _asked_for(turn: Utterance) -> Sentence | None:
    """Return the stretch of a turn that asks for something: from its first request to its last, with what spells it out behind."""
    parts = sentences(turn.text)
    places = [i for i, one in enumerate(parts) if REQUEST.search(one.text) is not None and not NOW.search(one.text)]
    if not places:
        return None
    first, last = places[0], places[-1]
    if last + 1 < len(parts) and not topic_stems(parts[last].text):
        last += 1
    if len(turn.text[parts[first].start : parts[last].end].split()) > MOST_ASKED:
        first = last = places[-1]
    stretch = joined(turn.text, parts[first], parts[last])
    return stretch if topic_stems(stretch.text) or len(stretch.text.split()) >= 4 else None


def _dated(made: Undertaking | None, turns: Sequence[Utterance], index: int, said_on: date) -> Undertaking | None:
    """Add the day: from the words themselves, the sentences beside them, the agreement, or what was asked for."""
    if made is None:
        return None
    turn = turns[index]
    beside = [one for one in sentences(turn.text) if 0 <= one.start - made.sentence.end <= 3][:1]
    places: list[tuple[int, Sentence]] = [(turn.position, made.sentence), *((turn.position, one) for one in beside if len(one.text.split()) <= 8)]  # fmt: skip
    places += [place for place in (made.agreed, made.about) if place is not None]
    for position, sentence in places:
        when = _best_day(sentence.text, said_on)
        if when is not None:
            words = sentence.text[when.start : when.end]
            return replace(made, due=when, due_position=position, due_words=words)
    return made


def _best_day(text: str, said_on: date) -> When | None:
    """Return the day by which it is to happen: the one that a word such as `by` leads in, else the first; a bare month is none (`the March files`)."""
    named = [
        when
        for when in days_in(text, said_on)
        if when.last >= said_on
        and (
            when.precise
            or text[when.start : when.end].casefold() not in MONTH_NAMES
            or DEADLINE.search(text[: when.start])
        )
    ]
    led = [when for when in named if DEADLINE.search(text[: when.start])]
    exact = [when for when in led or named if when.precise]
    return next(iter(exact or led or named), None)


def _each_once(made: Sequence[Undertaking]) -> list[Undertaking]:
    """Keep each thing once: the first wording, with the day that a later one names."""
    kept: list[Undertaking] = []
    for one in made:
        place = next((i for i, other in enumerate(kept) if _same(one, other)), None)
        if place is None:
            kept.append(one)
            continue
        before = kept[place]
        if before.due is None and one.due is not None:
            before = replace(before, due=one.due, due_position=one.due_position, due_words=one.due_words)
        if before.kind in ("offer", "request", "plan") and one.kind == "promise":
            before = replace(one, due=one.due or before.due, due_position=one.due_position or before.due_position, due_words=one.due_words or before.due_words, about=one.about if topic_stems(one.act) else one.about or (before.position, before.sentence), agreed=one.agreed or before.agreed or (before.position, before.sentence))  # fmt: skip
        kept[place] = before
    return sorted(kept, key=lambda one: (one.position, one.sentence.start))


def _same(one: Undertaking, other: Undertaking) -> bool:
    if one.kind == "meeting" or other.kind == "meeting":
        return one.kind == other.kind and (one.due is None or other.due is None or one.due.first == other.due.first)
    if one.side != other.side:
        return False
    near = abs(one.position - other.position) <= 4
    if (
        near
        and one.owner == other.owner
        and not topic_stems(one.act)
        and one.kind == "promise"
        and (one.due is None or other.due is None)
    ):
        return True  # "You'll have it Thursday" speaks of what was just offered
    if same_object(one.topic, other.topic) and (len(one.topic & other.topic) >= 2 or near):
        return one.due is None or other.due is None or one.due.first == other.due.first or near
    return near and one.owner == other.owner and one.due is not None and other.due is not None and one.due.first == other.due.first and (len(topic_stems(one.act)) == 0 or len(topic_stems(other.act)) == 0)  # fmt: skip
