"""The labels of the written calls can be trusted: they point at turns that exist and at words that were said there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from integrations.files.reading import read
from sales.records import Transcript

CALLS = Path(__file__).resolve().parent / "calls"
HALVES = ("dev", "held")
ELEMENTS = {
    "metrics",
    "economic_buyer",
    "decision_criteria",
    "decision_process",
    "paper_process",
    "identify_pain",
    "champion",
    "competition",
}


def _labels(half: str) -> list[dict[str, Any]]:
    lines = (CALLS / half / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _imported(half: str) -> dict[str, Transcript]:
    calls: dict[str, Transcript] = {}
    for path in sorted((CALLS / half).glob("*.json")):
        for record in read(path):
            assert isinstance(record, Transcript), f"{path.name}: {record}"
            calls[record.call_id] = record
    return calls


def _pointers(label: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    listed = [
        (f"{kind} {place}", entry)
        for kind in ("next_steps", "objections", "commitments")
        for place, entry in enumerate(label[kind])
    ]
    return [(name, entry) for name, entry in label["elements"].items() if entry["state"] != "open"] + listed


@pytest.mark.parametrize("half", HALVES)
def test_every_call_of_a_half_imports_whole_and_has_its_labels(half: str) -> None:
    calls, labels = _imported(half), _labels(half)
    assert len(calls) == 16
    assert sorted(calls) == sorted(label["call"] for label in labels)
    for path in (CALLS / half).glob("*.json"):
        written = json.loads(path.read_text(encoding="utf-8"))
        imported = calls[written["id"]]
        assert path.stem == written["id"]
        assert [(turn.speaker, turn.text, turn.start, turn.end) for turn in imported.turns] == [
            (turn["speaker"], turn["text"], turn["start"], turn["end"]) for turn in written["turns"]
        ]
        assert imported.started_at is not None
        assert 25 <= len(imported.turns) <= 90


@pytest.mark.parametrize("half", HALVES)
def test_labels_point_at_turns_that_say_it(half: str) -> None:
    calls = _imported(half)
    faults = []
    for label in _labels(half):
        turns = calls[label["call"]].turns
        for name, entry in _pointers(label):
            where = f"{label['call']} {name}"
            if not entry["turns"] or not all(0 <= at < len(turns) for at in entry["turns"]):
                faults.append(f"{where}: positions {entry['turns']}")
                continue
            said = [turns[at].text for at in entry["turns"]]
            faults += [
                f"{where}: nobody says {fact!r}"
                for fact in entry["facts"]
                if not any(re.search(fact, text, re.IGNORECASE) for text in said)
            ]
            faults += [] if 1 <= len(entry["facts"]) <= 2 else [f"{where}: {len(entry['facts'])} facts"]
    assert faults == []


@pytest.mark.parametrize("half", HALVES)
def test_labels_speak_of_known_elements_sides_and_people(half: str) -> None:
    calls = _imported(half)
    for label in _labels(half):
        call = calls[label["call"]]
        said = "\n".join(turn.text for turn in call.turns).casefold()
        assert set(label["elements"]) == ELEMENTS, label["call"]
        for element in label["elements"].values():
            assert element["state"] in ("filled", "open", "either"), label["call"]
            assert element["state"] != "open" or element["turns"] == element["facts"] == [], label["call"]
        assert {turn.speaker for turn in call.turns} <= set(label["sides"]), label["call"]
        assert set(label["sides"].values()) <= {"seller", "buyer"}, label["call"]
        assert {step["owner"] for step in label["next_steps"]} <= {"seller", "buyer"}, label["call"]
        assert {promise["side"] for promise in label["commitments"]} <= {"seller", "buyer"}, label["call"]
        assert {type(objection["answered"]) for objection in label["objections"]} <= {bool}, label["call"]
        assert set(label["stances"].values()) <= {"supporter", "neutral", "against"}, label["call"]
        assert {label["sides"][name] for name in label["stances"]} <= {"buyer"}, label["call"]
        assert all(name.casefold() in said for name in label["competitors"]), label["call"]


@pytest.mark.parametrize("half", HALVES)
def test_elements_are_filled_by_the_buyers_own_words(half: str) -> None:
    calls = _imported(half)
    for label in _labels(half):
        turns = calls[label["call"]].turns
        for name, element in label["elements"].items():
            speakers = {turns[at].speaker or "" for at in element["turns"] if element["state"] == "filled"}
            assert {label["sides"][speaker] for speaker in speakers} <= {"buyer"}, f"{label['call']} {name}"
