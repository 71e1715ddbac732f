"""Real calls and meetings: every number, date, amount and name in a summary was said, and every quote stands in its turn.

Every tenth of each kind, six calls, in `make test`; all in `make soak`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.notes.call import Call
from agents.notes.record import CallNotes
from integrations.files.reading import read
from sales.records import Transcript
from tests.evals.call_notes import call_of_file, notes_of, ungrounded

pytestmark = pytest.mark.shared_data


def real_calls(data: Path, every: int) -> Iterator[Call]:
    """Return every `every`th call of each kind, from the first one on."""
    for line in (data / "calls" / "qmsum-val" / "val.cases.jsonl").read_text(encoding="utf-8").splitlines()[::every]:
        told = json.loads(line)
        yield call_of_file({"id": told["meeting"], "turns": told["turns"]})
    for line in (data / "calls" / "earnings" / "calls.jsonl").read_text(encoding="utf-8").splitlines()[::every]:
        told = json.loads(line)
        yield call_of_file({"id": told["call"], "turns": told["turns"]})
    for record in read(data / "calls" / "zoom" / "zoom-meeting001_transcript.vtt"):
        assert isinstance(record, Transcript)
        turns = [{"id": one.turn_id, "speaker": one.speaker, "text": one.text, "start": one.start} for one in record.turns]  # fmt: skip
        yield call_of_file({"id": record.call_id, "turns": turns})


def quotes_of(notes: CallNotes) -> Iterator[tuple[int, str]]:
    for topic in notes.summary:
        for line in topic.lines:
            yield from ((said.position, said.quote) for said in line.said)
    for step in notes.next_steps:
        yield from ((said.position, said.quote) for said in step.said)


@pytest.mark.parametrize(
    ("every", "wanted", "told_at_least"),
    [(10, 6, 150), pytest.param(1, 40, 1_001, marks=[pytest.mark.soak, pytest.mark.timeout(1_800)])],
)
def test_all_that_a_summary_tells_was_said(shared_data: Path, every: int, wanted: int, told_at_least: int) -> None:
    figures = calls = 0
    for call in real_calls(shared_data, every):
        notes = notes_of(call)
        assert notes.state == "ready", call.id
        assert 3 <= len(notes.summary) <= 8, call.id
        told, lost = ungrounded(call, notes)
        assert lost == [], call.id
        assert all(quote in call.turns[position].text for position, quote in quotes_of(notes)), call.id
        figures, calls = figures + told, calls + 1
    assert calls == wanted
    assert figures >= told_at_least


def test_captions_without_speakers_go_to_review(shared_data: Path) -> None:
    for name in ("adaptivecards-ProductVideoSubtitles.srt", "adaptivecards-ProductVideoSubtitles.vtt"):
        for record in read(shared_data / "calls" / "zoom" / name):
            assert isinstance(record, Transcript)
            call = call_of_file({"turns": [{"speaker": one.speaker, "text": one.text} for one in record.turns]})
            assert notes_of(call).state == "review"
