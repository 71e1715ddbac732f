"""How well notes meet labelled calls: next steps, commitments, objections, competitors, stances, and whether every figure of a summary was said.

A file of labels stands beside its calls (`tests/evals/calls/*/labels.jsonl`); the sample's are in `examples/labels/calls.jsonl`. A label is met by a
note of the same side that cites one of its turns or holds one of its facts; each meets one.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from agents.notes.call import Call, Guest, SpokenTurn
from agents.notes.house import House
from agents.notes.people import recognised
from agents.notes.qualification import qualify
from agents.notes.reading import read
from agents.notes.record import CallNotes, Said
from examples.render import render
from sales.addresses import domain_of
from sales.names import account_key
from sales.spoken_numbers import numbers_in
from sales.transcripts import trouble_of

KINDS = ("next steps", "commitments", "objections", "competitors")
SETS = ("sample", "dev", "second", "third", "fourth", "fifth", "sixth", "seventh", "held")
_ROOT = Path(__file__).resolve().parents[2]
WRITTEN = _ROOT / "tests" / "evals" / "calls"
SAMPLE = _ROOT / "examples"
_TODAY = date(2026, 11, 23)


@dataclass
class Tally:
    """Labels met, labels in all, notes that met one, notes in all."""

    met: int = 0
    labels: int = 0
    right: int = 0
    notes: int = 0

    def add(self, other: Tally) -> None:
        """Add another's counts."""
        self.met += other.met
        self.labels += other.labels
        self.right += other.right
        self.notes += other.notes

    @property
    def precision(self) -> float | None:
        """Return the share of notes that met a label; None where there is no note."""
        return self.right / self.notes if self.notes else None

    @property
    def recall(self) -> float | None:
        """Return the share of labels that were met; None where there is no label."""
        return self.met / self.labels if self.labels else None


@dataclass
class Score:
    """The figures of one set of calls. `figures` and `grounded` count the numbers of summaries, and those that were said."""

    name: str
    calls: int = 0
    kinds: dict[str, Tally] = field(default_factory=lambda: {kind: Tally() for kind in KINDS})
    stances: int = 0
    stances_right: int = 0
    figures: int = 0
    grounded: int = 0
    misses: list[str] = field(default_factory=list)


def call_of_file(told: dict[str, Any]) -> Call:
    """Return a call as a file of the sets tells it: its participants with their sides, and its turns."""
    guests = tuple(
        Guest(one.get("name"), one.get("email"), one.get("side", "unknown")) for one in told.get("participants", [])
    )
    side = {guest.name: guest.side for guest in guests}
    at = datetime.fromisoformat(told["started_at"]) if told.get("started_at") else None
    turns = tuple(
        SpokenTurn(i, str(turn.get("id", i)), turn.get("speaker"), side.get(turn.get("speaker"), "unknown"), None, None, turn.get("start"), turn.get("end"), turn["text"])
        for i, turn in enumerate(told["turns"])
    )  # fmt: skip
    return Call(
        id=str(told.get("id", "call")), title=told.get("title"), at=at, day=at.date() if at else None,
        account_id="account" if told.get("account") else None, account_name=told.get("account"), account_domain=None,
        deal_id=None, owner_id=None, url=None, content_hash="", participants=guests, turns=turns,
    )  # fmt: skip


def notes_of(call: Call, house: House | None = None) -> CallNotes:
    """Return the notes of a call that stands in no spine."""
    seen = recognised(call, house or House())
    qualification = qualify(seen) if trouble_of(seen.turns) is None else None
    return read(seen, house or House(), {}, _TODAY, qualification)


def run(name: str) -> Score:
    """Make the notes of every labelled call of a set (`SETS`) and measure them."""
    sample = name == "sample"
    house = House(domains=frozenset({"tallyport.example"}), rivals=_sample_rivals()) if sample else House()
    folder = SAMPLE / "company" / "calls" if sample else WRITTEN / name
    labels = _labels(SAMPLE / "labels" / "calls.jsonl" if sample else folder / "labels.jsonl")
    score = Score(name)
    for path in sorted(folder.glob("*.json")):
        text = path.read_text(encoding="utf-8")
        call = call_of_file(json.loads(render(text, _TODAY, ZoneInfo("America/New_York")) if sample else text))
        if call.id in labels:
            call = recognised(_at_home(call, house), house)
            measure(score, call, notes_of(call, house), _by_position(labels[call.id], call))
    return score


def _at_home(call: Call, house: House) -> Call:
    """Return the call with its account's domain, as the spine would tell it: that of whoever is not ours."""
    domains = {domain_of(one.email) for one in call.participants if one.email and not house.is_ours(one.email)}
    return replace(call, account_domain=domains.pop()) if house.domains and len(domains) == 1 else call


def _sample_rivals() -> tuple[str, ...]:
    with (SAMPLE / "company" / "deals.csv").open(encoding="utf-8", newline="") as file:
        return tuple(sorted({row["competitor"] for row in csv.DictReader(file)} - {""}))


def _by_position(label: dict[str, Any], call: Call) -> dict[str, Any]:
    """Return a label whose turns are positions: the sample's name them by their ids."""
    place = {turn.turn_id: turn.position for turn in call.turns}
    lists = ("next_steps", "commitments", "objections")
    return {
        **label,
        **{
            kind: [{**one, "turns": [place.get(str(turn), turn) for turn in one["turns"]]} for one in label[kind]]
            for kind in lists
        },
    }


def _labels(path: Path) -> dict[str, dict[str, Any]]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return {label["call"]: label for label in map(json.loads, lines)}


def measure(score: Score, call: Call, notes: CallNotes, label: dict[str, Any]) -> None:
    """Add one call to a score."""
    score.calls += 1
    made = {
        "next steps": [(one.side, one.text, one.said) for one in notes.next_steps],
        "commitments": [(one.side, one.text, one.said) for one in notes.commitments],
        "objections": [("buyer", one.text, one.said) for one in notes.objections],
    }
    wanted = {
        "next steps": [(one.get("owner"), one) for one in label.get("next_steps", [])],
        "commitments": [(one.get("side"), one) for one in label.get("commitments", [])],
        "objections": [("buyer", one) for one in label.get("objections", [])],
    }
    for kind in made:
        tally, missed, extra = _match(wanted[kind], made[kind])
        score.kinds[kind].add(tally)
        score.misses += [f"{call.id} missed {kind}: {one}" for one in missed]
        score.misses += [f"{call.id} extra {kind}: {one}" for one in extra]
    named = {account_key(one.name) for one in notes.competitors}
    rivals = {account_key(name) for name in label.get("competitors", []) if name}
    met = {one for one in rivals if any(one in other or other in one for other in named)}
    allowed = rivals | {account_key(name) for name in label.get("competitors_optional", [])}
    right = {one for one in named if any(one in other or other in one for other in allowed)}
    score.kinds["competitors"].add(Tally(len(met), len(rivals), len(right), len(named)))
    score.misses += [f"{call.id} competitors: wanted {rivals}, got {named}"] if rivals - met or named - right else []
    stands = {one.name: one.stance for one in notes.sentiment}
    for person, stance in label.get("stances", {}).items():
        score.stances += 1
        holds = stands.get(person) in stance.split("|")
        score.stances_right += holds
        if not holds:
            score.misses.append(f"{call.id} stance of {person}: wanted {stance}, got {stands.get(person)}")
    figures = ungrounded(call, notes)
    score.figures += figures[0]
    score.grounded += figures[0] - len(figures[1])
    score.misses += [f"{call.id} not said: {one}" for one in figures[1]]


def _match(
    wanted: Sequence[tuple[str | None, dict[str, Any]]], made: Sequence[tuple[str, str, tuple[Said, ...]]]
) -> tuple[Tally, list[str], list[str]]:
    free = list(range(len(made)))
    met = 0
    missed = []
    for side, label in wanted:
        place = next((i for i in free if side in (None, made[i][0]) and _meets(label, made[i])), None)
        if place is None and label.get("optional"):
            continue
        if place is None:
            missed.append(f"{side} {label['facts']} at {label['turns']}")
            continue
        free.remove(place)
        met += not label.get("optional")
    # A second note of the same thing is no error of its own kind: it meets a label as well.
    right = len(made) - len(free)
    extra = []
    for i in free:
        if any(side in (None, made[i][0]) and _meets(label, made[i]) for side, label in wanted):
            right += 1
        else:
            extra.append(f"{made[i][0]} {made[i][1]} at {[said.position for said in made[i][2]]}")
    needed = sum(not label.get("optional") for _, label in wanted)
    return Tally(met, needed, right, len(made)), missed, extra


def _meets(label: dict[str, Any], note: tuple[str, str, tuple[Said, ...]]) -> bool:
    _, text, said = note
    if {one.position for one in said} & set(label["turns"]):
        return True
    words = " ".join([text, *(one.quote for one in said)]).casefold()
    return any(part.casefold() in words for fact in label["facts"] for part in fact.split("|") if len(part.split()) > 1)


def ungrounded(call: Call, notes: CallNotes) -> tuple[int, list[str]]:
    """Return how many figures and names with a capital the summary holds, and those that its call doesn't."""
    spoken = " ".join(f"{turn.speaker or ''} {turn.text}" for turn in call.turns)
    values = {number.value for number in numbers_in(spoken)}
    values |= {number.value for turn in call.turns for number in numbers_in(turn.text)}
    words = {word.casefold() for word in re.findall(r"[^\W_]+", spoken)}
    count, lost = 0, []
    for topic in notes.summary:
        for line in topic.lines:
            for number in numbers_in(line.text):
                count += 1
                if number.value not in values:
                    lost.append(line.text[number.start : number.end])
            for name in re.findall(r"\b[A-Z][^\W_]+", line.text):
                count += 1
                if name.casefold() not in words:
                    lost.append(name)
    return count, lost


def report(scores: Sequence[Score]) -> list[str]:
    """Return the lines that `make eval` prints."""
    lines = []
    for score in scores:
        lines.append(f"notes of calls, {score.name}: {score.calls} calls")
        for kind, tally in score.kinds.items():
            lines.append(
                f"  {kind:<12} precision {_share(tally.precision)} ({tally.right} of {tally.notes})  recall {_share(tally.recall)} ({tally.met} of {tally.labels})"
            )
        lines.append(f"  stances      right {score.stances_right} of {score.stances}")
        lines.append(f"  summary      {score.grounded} of {score.figures} figures and names were said")
    return lines


def _share(share: float | None) -> str:
    return "  –  " if share is None else f"{share:.3f}"
