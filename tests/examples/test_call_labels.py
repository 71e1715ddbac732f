"""The labels of calls and stories: everything they point at is there, and every value they hold was said where they say."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from examples.render import render
from tests.examples.test_render import LABELS, NEW_YORK, STORIES, TODAY, calls, ids, message_ids, table

ELEMENTS = (
    "metrics",
    "economic_buyer",
    "decision_criteria",
    "decision_process",
    "paper_process",
    "identify_pain",
    "champion",
    "competition",
)
STATED = {"filled", "contradicted"}
STANCES = {"supporter", "neutral", "against"}
HEALTH = {"at_risk", "watch", "healthy", "won", "lost", "unknown"}

Label = dict[str, Any]


def labels(name: str) -> list[Label]:
    """Read a file of labels as it stands on the day of loading."""
    text = render((LABELS / name).read_text("utf-8"), TODAY, NEW_YORK)
    return [json.loads(line) for line in text.splitlines()]


def parts(label: Label) -> Iterator[tuple[str, Label]]:
    """Give whatever of a call's label points at turns."""
    for name, element in label["elements"].items():
        if element["state"] in STATED:
            yield name, element
    for kind in ("next_steps", "objections", "commitments", "crm"):
        for part in label.get(kind, []):
            yield kind, part


CALLS = {call["id"]: call for _, call in calls()}
CALL_LABELS = {label["call"]: label for label in labels("calls.jsonl")}


def test_every_call_is_labelled_once() -> None:
    assert [label["call"] for label in labels("calls.jsonl")] == sorted(CALLS)


@pytest.mark.parametrize("name", sorted(CALL_LABELS))
def test_each_turn_that_a_label_names_holds_a_value_of_it_and_each_value_was_said(name: str) -> None:
    turns = {str(place): turn["text"] for place, turn in enumerate(CALLS[name]["turns"])}
    for kind, part in parts(CALL_LABELS[name]):
        assert part["turns"], (kind, part)
        assert part["facts"], (kind, part)
        assert set(part["turns"]) <= set(turns), (kind, part)
        said = [turns[turn] for turn in part["turns"]]
        silent = [text for text in said if not any(re.search(fact, text, re.IGNORECASE) for fact in part["facts"])]
        unsaid = [fact for fact in part["facts"] if not any(re.search(fact, text, re.IGNORECASE) for text in said)]
        assert (silent, unsaid) == ([], []), kind


@pytest.mark.parametrize("name", sorted(CALL_LABELS))
def test_a_label_of_a_call_has_the_words_that_its_readme_knows(name: str) -> None:
    label = CALL_LABELS[name]
    assert label["framework"] == "MEDDPICC"
    assert tuple(label["elements"]) == ELEMENTS
    for element in label["elements"].values():
        assert element["state"] in STATED | {"open", "either"}
        if element["state"] not in STATED:
            assert element["turns"] == element["facts"] == []
    assert {step["owner"] for step in label["next_steps"]} <= {"seller", "buyer"}
    assert {promise["side"] for promise in label["commitments"]} <= {"seller", "buyer"}
    assert {objection["answered"] for objection in label["objections"]} <= {True, False, None}
    buyers = {one["name"] for one in CALLS[name]["participants"] if not one["email"].endswith("@tallyport.example")}
    assert set(label["stances"]) == buyers
    for stance in label["stances"].values():
        assert set(stance.split("|")) <= STANCES
    said = "\n".join(turn["text"] for turn in CALLS[name]["turns"])
    for vendor in label["competitors"] + label.get("competitors_optional", []):
        assert vendor in said, vendor


def test_what_a_contradiction_stands_against_is_an_earlier_turn_or_a_field_of_the_deal() -> None:
    fields = set(table("deals")[0])
    found = 0
    for name, label in CALL_LABELS.items():
        for element in label["elements"].values():
            assert ("against" in element) == (element["state"] == "contradicted"), name
            for against in element.get("against", []):
                record, place = against.split(":", 1)
                if record in CALLS:
                    assert CALLS[record]["deal"] == CALLS[name]["deal"], against
                    assert CALLS[record]["started_at"] < CALLS[name]["started_at"], against
                    assert int(place) < len(CALLS[record]["turns"]), against
                else:
                    assert (record, place in fields) == (CALLS[name]["deal"], True), against
                found += 1
        assert {entry["field"] for entry in label.get("crm", [])} <= fields, name
    assert found >= 5


def test_there_is_enough_of_every_element_to_measure_it() -> None:
    stated = Counter(
        element
        for label in CALL_LABELS.values()
        for element, told in label["elements"].items()
        if told["state"] in STATED
    )
    assert set(stated) == set(ELEMENTS)
    assert min(stated.values()) >= 10


def test_every_open_deal_and_every_story_has_a_health() -> None:
    told = labels("stories.jsonl")
    deals = {row["id"]: row for row in table("deals")}
    names = [label["deal"] for label in told]
    deep = {label["deal"] for label in told if "story" in label}
    assert len(names) == len(set(names))
    assert {call["deal"] for call in CALLS.values()} == deep
    assert len(deep) == len(STORIES)
    assert set(names) == deep | {name for name, row in deals.items() if not row["stage"].startswith("Closed")}
    known = set(CALLS) | message_ids() | ids("activities")
    for label in told:
        assert set(label["health"].split("|")) <= HEALTH, label
        if "story" in label:
            assert label["account"] == deals[label["deal"]]["account"]
            assert label["reasons"]
            assert set(label["evidence"]) <= known, set(label["evidence"]) - known
            missing = [fact for fact in label["facts"] if not re.search(fact, label["story"], re.IGNORECASE)]
            assert missing == [], label["deal"]
