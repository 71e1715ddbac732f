"""How well calls are qualified: precision and recall of MEDDPICC's elements, by element, on the sample's calls and on both halves of the written ones.

An element is right where it is filled, the label says so, and one of its quotes stands in a turn of the label (`cited`); `first` asks that of its first
quote alone, `nearby` also takes a quote from the turn just before or after. `either` is not counted. Of the half that is held back only figures are
printed, never a call.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from agents.notes.call import Call
from agents.notes.house import House
from agents.notes.people import recognised
from agents.notes.qualification import qualify
from agents.notes.record import ElementNote
from examples.render import render
from sales.addresses import domain_of
from sales.transcripts import trouble_of
from tests.evals import spoken_calls
from tests.evals.call_notes import call_of_file

ROOT = Path(__file__).resolve().parents[2]
WRITTEN = ROOT / "tests" / "evals" / "calls"
SAMPLE = ROOT / "examples"
SETS = ("sample", "dev", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "held")
_DAY = date(2026, 11, 23)


@dataclass
class Count:
    """Of one element: how often the label fills it, how often we do, and how often rightly, in three ways of being right."""

    labelled: int = 0
    filled: int = 0
    cited: int = 0
    first: int = 0
    nearby: int = 0

    def add(self, other: Count) -> None:
        """Add another's counts."""
        for name in ("labelled", "filled", "cited", "first", "nearby"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def precision(self) -> float:
        """Return the share of filled elements that are right; 1 where none is filled."""
        return self.cited / self.filled if self.filled else 1.0

    @property
    def recall(self) -> float:
        """Return the share of labelled elements that were found; 1 where none is labelled."""
        return self.cited / self.labelled if self.labelled else 1.0


@dataclass
class Result:
    """The counts of one set of calls, and what went wrong in it."""

    name: str
    elements: dict[str, Count] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @property
    def whole(self) -> Count:
        """Return the counts of all elements together."""
        total = Count()
        for one in self.elements.values():
            total.add(one)
        return total


def run(name: str) -> Result:
    """Qualify every labelled call of a set and count."""
    result = Result(name)
    for call, told in calls_of(name):
        labels = told["elements"]
        elements = {} if trouble_of(call.turns) else {one.element: one for one in qualify(call).elements}
        for key, label in labels.items():
            count = result.elements.setdefault(key, Count())
            if label["state"] != "either":
                said = elements.get(key) or ElementNote(element=key, label=key, state="open")
                made, wrong = _judged(said, label)
                count.add(made)
                if wrong:
                    result.wrong.append(f"{call.id} {key}: {wrong}")
    return result


def _judged(note: ElementNote, label: dict[str, Any]) -> tuple[Count, str | None]:
    wanted = label["state"] in ("filled", "contradicted")
    turns = {int(turn) for turn in (*label["turns"], *label.get("perhaps", ()))}
    made = Count(labelled=int(wanted), filled=int(note.state != "open"))
    if note.state == "open":
        return made, f"missed {sorted(turns)}" if wanted else None
    places = [said.position for said in note.said]
    if wanted:
        made.cited = int(bool(turns & set(places)))
        made.first = int(places[0] in turns)
        made.nearby = int(any(abs(place - turn) <= 1 for place in places for turn in turns))
    quote = note.said[0].quote
    return made, None if made.cited else f"cites {places}, not {sorted(turns)}: {quote!r}"


def calls_of(name: str) -> Iterator[tuple[Call, dict[str, Any]]]:
    """Yield the calls of a set with their labels; `name` is one of `SETS`, or a file of spoken calls in their folder."""
    if name == "sample":
        house = House(domains=frozenset({"tallyport.example"}), rivals=tuple(_rivals()))
        folder, file = SAMPLE / "company" / "calls", SAMPLE / "labels" / "calls.jsonl"
    else:
        house = House()
        folder, file = WRITTEN / name, WRITTEN / name / "labels.jsonl"
    spoken = folder if folder.suffix == ".txt" else folder / "calls.txt"
    if spoken.exists():
        for told, labels in spoken_calls.read(spoken):
            yield recognised(call_of_file(told), house), labels
        return
    by_call = {one["call"]: one for one in map(json.loads, file.read_text(encoding="utf-8").splitlines())}
    for path in sorted(folder.glob("*.json")):
        text = path.read_text(encoding="utf-8")
        told = json.loads(render(text, _DAY, ZoneInfo("America/New_York")) if name == "sample" else text)
        call = recognised(_at_home(call_of_file(told), house), house)
        if call.id in by_call:
            yield call, by_call[call.id]


def _at_home(call: Call, house: House) -> Call:
    """Return the call with its account's domain, as the spine would tell it: that of whoever is not ours."""
    domains = {domain_of(one.email) for one in call.participants if one.email and not house.is_ours(one.email)}
    return replace(call, account_domain=domains.pop()) if house.domains and len(domains) == 1 else call


def _rivals() -> list[str]:
    with (SAMPLE / "company" / "deals.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    column = next((name for name in rows[0] if "compet" in name.casefold()), None) if rows else None
    return sorted({row[column] for row in rows if column and row[column]})


def table(results: list[Result]) -> str:
    """Return the figures as lines: by set and element, then all elements together."""
    lines = [
        "qualification (MEDDPICC)",
        f"{'set':<8}{'element':<20}{'precision':>18}{'recall':>18}{'first':>8}{'nearby':>8}",
    ]
    for result in results:
        for name, one in (*result.elements.items(), ("all elements", result.whole)):
            lines.append(
                f"{result.name:<8}{name:<20}{one.precision:>8.2f} ({one.cited:>3}/{one.filled:>3}){one.recall:>8.2f} ({one.cited:>3}/{one.labelled:>3})"
                f"{one.first:>8}{one.nearby:>8}"
            )
    return "\n".join(lines)
