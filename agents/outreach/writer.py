"""A mail worded by a language model: the same records, the same check. What it says beyond its evidence, or at greater length, is not taken."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from agents.answer import Evidence
from agents.model.forms import fill_in
from agents.model.prompts import prompt
from agents.model.slot import Slot, flat
from agents.outreach.checking import Line, LineCheck, is_clean_line, words_in
from agents.outreach.draft import Drafted, Occasion, layout
from infra.settings import Settings
from sales.mail_words import company_name, plain_line
from sales.signals import MEANINGS
from sales.spoken_numbers import numbers_in
from sales.wording import content_stems

_LEAST_SUPPORT = 1 / 3
"""So many of a line's own words must be words of its evidence: a paraphrase has more, and words from elsewhere have none."""

_NEVER = re.compile(
    r"\b(?:just (?:bumping|checking|following)|bump(?:ing)? this|circl\w+ back|touch\w* base|follow\w* up|password|credential|log ?in|bank|wire|gift card|invoice|click|download|attach\w*|unsubscribe|guarantee\w*|free of charge|discount|ignore|instruction|prompt|http)\b",
    re.IGNORECASE,
)
"""What no first mail of ours says, whoever words it."""

_OURSELVES = re.compile(r"\b(?:we|us|our|ours|my|me)\b", re.IGNORECASE)
"""A line about the occasion does not speak for us: what we do or pay can't stand in somebody else's words."""

_SHORTEST = 3


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ToldLine(_Strict):
    """One statement and the ids of the evidence it rests on, such as e1."""

    text: str = Field(min_length=1, max_length=300)
    evidence: tuple[str, ...] = Field(min_length=1, max_length=4)


class ToldMail(_Strict):
    """The mail: its subject, one to three statements with their evidence, and one question."""

    subject: str = Field(min_length=1, max_length=78)
    lines: tuple[ToldLine, ...] = Field(min_length=1, max_length=3)
    question: str = Field(min_length=1, max_length=200)


class ModelWriter:
    """Words mails with the model that the settings name: `agents.outreach.road.Writer`. The model is opened for each mail and closed after it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def write(self, occasion: Occasion, check: LineCheck) -> Drafted | None:
        """Return the mail, or None where the model gave none that stands; then the templates serve."""
        shelf = _shelf(occasion)
        if not shelf:
            return None
        slot = Slot()
        system = prompt("outreach_system").filled(
            {"slot": slot.mark, "most_words": str(max(15, occasion.most_words - 12))}
        )
        message = prompt("outreach_mail").filled(
            {
                "slot": slot.mark,
                "occasion": _occasion(occasion),
                "voice": _voice(occasion),
                "evidence": "\n".join(_shown(name, one) for name, one in shelf.items()),
            }
        )
        told = fill_in(self._settings, system, message, ToldMail)
        return held(told, shelf, occasion, check.stands) if told is not None else None


def _shelf(occasion: Occasion) -> dict[str, Evidence]:
    """Return the evidence that the model may cite, by id."""
    pieces = (*occasion.evidence, *occasion.former_evidence, *(occasion.peer.evidence if occasion.peer else ()))
    return {f"e{number}": one for number, one in enumerate(dict.fromkeys(pieces), 1)}


def _shown(name: str, one: Evidence) -> str:
    label = f" ({flat(one.label, 120)})" if one.label and one.label != one.quote else ""
    return f"[{name}] {one.source}{label}: {flat(one.quote, 400)}"


def _occasion(occasion: Occasion) -> str:
    """Say in words of ours what it is about; names from outside come flattened, so that they can't bring a line of their own."""
    what = MEANINGS[occasion.kind].words if occasion.kind is not None else "news"
    if occasion.topic:
        what = f"a mail about {flat(occasion.topic, 120)}, taking up what they said"
    company = flat(company_name(occasion.company) or "their company", 60)
    example = f"; a customer like them: {flat(occasion.peer.name, 60)}" if occasion.peer is not None else ""
    offer = f"; we sell: {flat(occasion.offer, 80)}" if occasion.offer else ""
    return f"{company}: {what}{example}{offer}"


def _voice(occasion: Occasion) -> str:
    voice = occasion.voice
    short = "uses contractions" if voice.contractions else "uses no contractions"
    return f"{voice.tone}, {short}, about {voice.words} words a sentence"


def held(
    told: ToldMail, shelf: dict[str, Evidence], occasion: Occasion, stands: Callable[[Line], bool]
) -> Drafted | None:
    """Return the mail where every part of it holds, or None: nothing is mended, as half a mail is none."""
    lines = []
    for number, one in enumerate(told.lines):
        evidence = [shelf.get(name.strip().strip("[]").lower()) for name in one.evidence]
        if any(found is None for found in evidence):
            return None
        lines.append(Line("opener" if number == 0 else "proof", _one_line(one.text), tuple(e for e in evidence if e)))
    question = Line("ask", _one_line(told.question), tuple(shelf.values()))
    subject = plain_line(told.subject)
    if not _speaks_of_the_occasion(lines[0], occasion) or not all(_holds(line, stands, occasion) for line in lines):
        return None
    if (
        not stands(question)
        or _figures(question.text)
        or _NEVER.search(question.text)
        or not question.text.endswith("?")
    ):
        return None
    body = layout(occasion, (*lines, question))
    whole = f"{subject} {' '.join(line.text for line in lines)} {question.text}"
    if whole.count("?") != 1 or words_in(body) > occasion.most_words or _shouts(whole):
        return None
    if (
        not is_clean_line(subject)
        or _NEVER.search(subject)
        or not stands(Line("subject", subject, tuple(shelf.values())))
    ):
        return None
    return Drafted(subject, body, "model", (*lines, question), by_model=True)


def _one_line(text: str) -> str:
    return plain_line(flat(text, 400))


def _speaks_of_the_occasion(line: Line, occasion: Occasion) -> bool:
    """Whether the first line rests on the signal itself."""
    return any(one in occasion.evidence for one in line.evidence)


def _holds(line: Line, stands: Callable[[Line], bool], occasion: Occasion) -> bool:
    if _NEVER.search(line.text) or words_in(line.text) < _SHORTEST or not line.text[:1].isupper():
        return False
    if not _figures(line.text) <= _figures_read(occasion) or (_OURSELVES.search(line.text) and not _is_proof(line)):
        return False
    own = {one for one in content_stems(line.text) if not any(sign.isdigit() for sign in one)}
    return len(own & _words_of(line.evidence, occasion)) >= len(own) * _LEAST_SUPPORT and stands(line)


def _figures_read(occasion: Occasion) -> set[Decimal]:
    """Return the figures that we read out of the signal ourselves: text from outside can hold any other, and be repeated."""
    read = occasion.told
    slots = (read.sum, read.round, read.role, read.technology, read.rival, read.headline, occasion.company)
    product = occasion.peer.product if occasion.peer is not None else None
    return {figure for text in (*slots, product) if text for figure in _figures(text)}


def _is_proof(line: Line) -> bool:
    return all(one.source != "signal" for one in line.evidence)


def _figures(text: str) -> set[Decimal]:
    return {number.value for number in numbers_in(text) if not (number.in_words and number.value <= 1)}


def _words_of(evidence: Sequence[Evidence], occasion: Occasion) -> frozenset[str]:
    what = MEANINGS[occasion.kind].words if occasion.kind is not None else "news"
    peer = f"{occasion.peer.name} customer chose" if occasion.peer is not None else ""
    said = " ".join(f"{one.quote} {one.label or ''}" for one in evidence)
    return content_stems(
        f"{said} {occasion.company or ''} {what} {peer} {occasion.industry or ''} {occasion.topic or ''}"
    )


def _shouts(text: str) -> bool:
    return text.count("!") > 1 or any(word.isupper() and len(re.sub(r"\W", "", word)) > 6 for word in text.split())
