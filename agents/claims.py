"""The claim check: nothing reaches a person but what stands in its source. It holds for every road, a model's included.

A claim is dropped unless each of its quotes stands verbatim in a record that the asker may see, words quoted in its text are words of its
evidence, and each number, date and name in it stands in its evidence or in the record that the evidence is of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from agents.answer import Claim, Evidence
from agents.sources import Source, Sources
from infra.spine.scope import Scope
from sales.names import fold
from sales.spoken_dates import days_in
from sales.spoken_numbers import Spoken, numbers_in
from sales.wording import MONTH_NAMES, ORDINARY, WEEKDAY_NAMES, WEEKDAYS, tokens

_QUOTED = re.compile(r"“([^“”]*(?:“[^“”]*”[^“”]*)*)”")
_DATE = re.compile(
    r"\b(?:(?P<wd>Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? )?(?P<d>\d{1,2})(?:st|nd|rd|th)? (?P<mon>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?(?: (?P<y>\d{4}))?\b|\b(?P<iso>\d{4}-\d\d-\d\d)\b"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SPAN = re.compile(r"\s*(?:calendar |working )?(?P<unit>days?|weeks?)\b", re.I)
_COUNTED = re.compile(
    r"\s*(?:times|mails?|e-?mails?|calls?|promises|changes|meetings|people|quotes?|notes?|more)\b", re.I
)
_OUR_WORDS = frozenset("crm next note also open".split())


@dataclass(frozen=True)
class Checked:
    """The claims that stood, with their evidence completed from the sources, and how many fell."""

    kept: tuple[Claim, ...]
    dropped: int


class ClaimCheck:
    """Checks the claims of one answer against the spine, inside the asker's scope and as of the answer's day."""

    def __init__(self, session: Session, scope: Scope, zone: ZoneInfo, today: date) -> None:
        self._sources = Sources(session, scope, zone)
        self._zone = zone
        self._today = today

    def check(self, claims: Sequence[Claim]) -> Checked:
        """Return the claims that stand. A claim without evidence never does."""
        found = self._sources.read(evidence for claim in claims for evidence in claim.evidence)
        kept = []
        for claim in claims:
            sources = [found.get((evidence.source, evidence.id)) for evidence in claim.evidence]
            standing = [
                (evidence, source)
                for evidence, source in zip(claim.evidence, sources, strict=True)
                if source is not None and _stands(evidence, source)
            ]
            if not claim.evidence or len(standing) != len(claim.evidence):
                continue
            if self._supported(claim, [source for _, source in standing]):
                kept.append(
                    claim.model_copy(
                        update={"evidence": tuple(_completed(evidence, source) for evidence, source in standing)}
                    )
                )
        return Checked(tuple(kept), len(claims) - len(kept))

    def _supported(self, claim: Claim, sources: Sequence[Source]) -> bool:
        said = [_flat(evidence.quote) for evidence in claim.evidence] + [
            _flat(source.label) for source in sources if source.label
        ]
        for quoted in _QUOTED.findall(claim.text):
            bare = _flat(quoted).removesuffix(" …").rstrip(".")
            if not any(bare in words for words in said):
                return False
        rest = _QUOTED.sub(" ", claim.text)
        days = self._days(claim.evidence, sources)
        without_dates = _DATE.sub(" ", rest)
        return (
            all(_is_one_of(match, days, self._today) for match in _DATE.finditer(rest))
            and self._numbers_stand(without_dates, claim.evidence, sources, days)
            and _names_stand(without_dates, claim.evidence, sources)
        )

    def _days(self, evidence: Iterable[Evidence], sources: Sequence[Source]) -> set[date]:
        days = {day for source in sources for day in source.days}
        for one, source in zip(evidence, sources, strict=True):
            said_on = source.at.astimezone(self._zone).date() if source.at else self._today
            for when in days_in(one.quote, said_on):
                days |= {when.first, when.last}
        return days

    def _numbers_stand(
        self, text: str, evidence: Sequence[Evidence], sources: Sequence[Source], days: set[date]
    ) -> bool:
        known = {number for source in sources for number in source.numbers}
        for words in (*(one.quote for one in evidence), *(name for source in sources for name in source.names)):
            known |= {number.value for number in numbers_in(words)}
        currencies = {source.currency for source in sources if source.currency}
        for number in numbers_in(text):
            after = text[number.end :]
            if span := _SPAN.match(after):
                week = 7 if span["unit"].lower().startswith("week") else 1
                if number.value in known or any(abs((self._today - day).days) // week == number.value for day in days):
                    continue
                return False
            if number.value in known and _same_currency(number, currencies):
                continue
            if _COUNTED.match(after) and number.value <= max(len(evidence), 1):
                continue
            if number.in_words and number.value <= 1:
                continue
            return False
        return True


def _flat(text: str | None) -> str:
    return " ".join((text or "").split())


def _stands(evidence: Evidence, source: Source) -> bool:
    """Whether a quote stands in its source, said by the one it is given to."""
    if not evidence.quote.strip():
        return False
    if evidence.speaker is not None and source.speakers and evidence.speaker not in source.speakers:
        return False
    if evidence.turns:
        cited = [source.turns.get(turn) for turn in evidence.turns]
        return any(
            turn is not None and evidence.quote in turn[1] and evidence.speaker in (None, turn[0]) for turn in cited
        ) and all(turn is not None for turn in cited)
    if source.turns and not any(evidence.quote in text for text in source.texts):
        return any(
            evidence.quote in text and evidence.speaker in (None, speaker) for speaker, text in source.turns.values()
        )
    return evidence.quote in source.values or any(evidence.quote in text for text in source.texts)


def _completed(evidence: Evidence, source: Source) -> Evidence:
    """Fill in what the source knows: its kind, its moment and what people call it."""
    of_turn = source.turns.get(evidence.turns[0]) if evidence.turns else None
    return evidence.model_copy(
        update={
            "source": source.kind,
            "at": source.at,
            "label": evidence.label or source.label,
            "speaker": evidence.speaker or (of_turn[0] if of_turn else None),
        }
    )


def _is_one_of(match: re.Match[str], days: set[date], today: date) -> bool:
    """Whether a written date is one of the known days; without a year it is one by day and month near today."""
    if match["iso"]:
        return any(day.isoformat() == match["iso"] for day in days)
    month = _MONTHS.index(match["mon"].lower()) + 1
    for day in days:
        if day.day != int(match["d"]) or day.month != month:
            continue
        if match["y"] and day.year != int(match["y"]):
            continue
        if not match["y"] and abs((day - today).days) > 366:
            continue
        if match["wd"] and WEEKDAYS[day.weekday()] != match["wd"].lower():
            continue
        return True
    return False


def _same_currency(number: Spoken, currencies: set[str]) -> bool:
    return number.currency is None or not currencies or number.currency in currencies


def _names_stand(text: str, evidence: Sequence[Evidence], sources: Sequence[Source]) -> bool:
    """Whether every capitalised word that is no ordinary one belongs to the evidence or to its record."""
    known: set[str] = set(_OUR_WORDS)
    for words in (
        *(one.quote for one in evidence),
        *(one.speaker or "" for one in evidence),
        *(name for source in sources for name in source.names),
        *(speaker for source in sources for speaker in source.speakers),
    ):
        known |= {token.key for token in tokens(words)}
    for token in tokens(text):
        if not token.capital or token.key in ORDINARY or token.key in known:
            continue
        if token.key in MONTH_NAMES or token.key in WEEKDAY_NAMES or token.text[0].isdigit() or numbers_in(token.text):
            continue
        if fold(token.text) not in known:
            return False
    return True
